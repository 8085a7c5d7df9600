import Foundation
import Schema
import TestSupport
import Testing

/// Goal: whoever reads `aggregator/schema/postgres.sql` reads what a migrated server holds. Method: the
/// file as it is on one empty database, the migrations on another, and the server's word on both.
@Suite struct CopyOnServerTests {
    private static func copy() throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../aggregator/schema/postgres.sql").standardized
        return try String(contentsOf: file, encoding: .utf8)
    }

    private static func migrated() async throws -> TemporaryStore {
        try await Backend.postgres.makeStore(migrated: Schema.migrator)
    }

    @Test func theFileMakesWhatTheMigrationsMake() async throws {
        let migrated = try #require(try await Self.migrated().database)
        let read = try TestPostgres.makeDatabase()
        // A migration's text ends without a semicolon: each is run alone.
        let script = try Self.copy().replacing(#/\n\n(-- \d+: )/#) { ";\n\n\($0.output.1)" }
        try read.query(script)
        let (expected, found) = (try migrated.query(Self.catalogue), try read.query(Self.catalogue))
        let differences = Set(expected.split(separator: "\n"))
            .symmetricDifference(found.split(separator: "\n"))
        #expect(differences.isEmpty, "\(differences.sorted().joined(separator: "\n"))")
        #expect(expected.split(separator: "\n").count > 300)
    }

    /// What a reader looks for by its name is there under that name, unless it is taken away again.
    @Test func everyNameOfTheFileIsThere() async throws {
        let migrated = try #require(try await Self.migrated().database)
        let there = Set(try migrated.query(Self.names).split(separator: "\n").map(String.init))
        let text = try Self.copy()
        let created = text.matches(of: #/\nCREATE (?:TABLE|VIEW|(?:UNIQUE )?INDEX|SEQUENCE) (\w+)/#)
            .map { String($0.output.1) }
        let gone = text.matches(of: #/(?:DROP (?:TABLE|VIEW|INDEX) (\w+)|RENAME TO (\w+))/#)
            .compactMap { $0.output.1 ?? $0.output.2 }.map(String.init)
        #expect(created.count > 80)
        for name in created where !gone.contains(name) {
            #expect(there.contains(name), "\(name) is not there")
        }
        let unnamed = there.filter { !created.contains($0) && !gone.contains($0) }
        #expect(unnamed.isEmpty, "\(unnamed.sorted())")
    }

    /// Relations but what constraints, identities and indexes of partitioned tables bring along.
    private static let names = """
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'schema_migration'
            AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid
                AND d.refobjid <> c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'i')
            AND NOT (c.relispartition AND c.relkind = 'i')
            AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid)
        """

    /// Every relation, column, rule, index, view and function, a line each.
    private static let catalogue = """
        SELECT * FROM (
            SELECT concat_ws(' ', 'relation', relname, relkind) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT concat_ws(' ', 'column', c.relname, a.attname,
                format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                pg_get_expr(d.adbin, d.adrelid))
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT concat_ws(' ', 'rule', conrelid::regclass, conname, pg_get_constraintdef(oid))
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL
            SELECT 'view ' || viewname || ' ' || md5(definition) FROM pg_views
            WHERE schemaname = 'public'
            UNION ALL
            SELECT 'function ' || proname || ' ' || md5(prosrc) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
        ) AS lines (line) WHERE line NOT LIKE '%schema_migration%'
        """
}

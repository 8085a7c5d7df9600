import Schema
import Store
import TestSupport
import Testing
import Time

/// Goal: the list of tables is the schema's own, and what it says of their keys is so. Method: a
/// migrated database's catalogue.
@Suite struct SchemaTableTests {
    private static let now = Timestamp(microseconds: 1_767_225_600_000_000)

    private static func migrated(_ backend: Backend) async throws -> TemporaryStore {
        let temporary = try backend.makeStore()
        _ = try await Schema.migrator.up(temporary.store, at: Self.now)
        return temporary
    }

    private static func names(_ kind: TableKind) -> Set<String> {
        Set(Schema.tables.filter { $0.kind == kind }.map(\.name))
    }

    @Test(arguments: Backend.all) func listsEveryTable(_ backend: Backend) async throws {
        let temporary = try await Self.migrated(backend)
        let found = try await temporary.store.read { try $0.all(Self.select) { $0.text(0) } }
        #expect(found.sorted() == Schema.tables.map(\.name).sorted())
    }

    /// Partitions are their table's own business.
    private static let select = SQL(
        sqlite: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        postgres: """
            SELECT CAST(relname AS TEXT) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND NOT relispartition
            """)

    @Test(arguments: Backend.all.filter { "\($0)" == "postgres" })
    func everyKeyOfADistributedTableHoldsTheOrganization(_ backend: Backend) async throws {
        let temporary = try await Self.migrated(backend)
        let keys = try await temporary.store.read { tx in
            try tx.all(Self.keys) { (table: $0.text(0), key: $0.text(1), isLed: $0.flag(2)) }
        }
        #expect(keys.count > 40)
        for key in keys where Self.names(.distributed).contains(key.table) {
            #expect(key.isLed, "\(key.table): \(key.key)")
        }
    }

    /// Primary keys, unique constraints and unique indexes.
    private static let keys = SQL(
        """
        SELECT CAST(t.relname AS TEXT), CAST(k.relname AS TEXT),
            CASE WHEN a.attnum = ANY (i.indkey) THEN 1 ELSE 0 END
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class k ON k.oid = i.indexrelid
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'organization'
        WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
        """)

    @Test(arguments: Backend.all.filter { "\($0)" == "postgres" })
    func foreignKeysGoWhereRowsAre(_ backend: Backend) async throws {
        let temporary = try await Self.migrated(backend)
        let links = try await temporary.store.read { tx in
            try tx.all(Self.links) { (from: $0.text(0), to: $0.text(1), isLed: $0.flag(2)) }
        }
        #expect(links.count > 30)
        let (distributed, reference) = (Self.names(.distributed), Self.names(.reference))
        for link in links {
            let place = "\(link.from) to \(link.to)"
            if reference.contains(link.from) { #expect(reference.contains(link.to), "\(place)") }
            guard distributed.contains(link.from) else { continue }
            #expect(link.isLed, "\(place)")
            #expect(distributed.contains(link.to) || reference.contains(link.to), "\(place)")
        }
    }

    private static let links = SQL(
        """
        SELECT CAST(t.relname AS TEXT), CAST(r.relname AS TEXT),
            CASE WHEN a.attnum = ANY (c.conkey) THEN 1 ELSE 0 END
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        JOIN pg_class r ON r.oid = c.confrelid
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'organization'
        WHERE c.contype = 'f' AND c.conparentid = 0 AND t.relnamespace = 'public'::regnamespace
            AND NOT t.relispartition
        """)

    @Test func listsTablesAfterThoseTheyPointTo() {
        let kinds = Schema.tables.map(\.kind)
        let order: [TableKind] = [.local, .reference, .distributed]
        #expect(kinds == kinds.sorted { order.firstIndex(of: $0)! < order.firstIndex(of: $1)! })
        #expect(Set(Schema.tables.map(\.name)).count == Schema.tables.count)
    }
}

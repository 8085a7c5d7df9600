import Schema
import Store
import TestSupport
import Testing
import Time

/// Goal: with Citus in the database every table is spread once, in an order that its rules allow.
///
/// Method: Citus cannot be had here, so functions of its names stand in. They hold each call against
/// what its documentation demands of keys and foreign keys, by the real catalogue, and record it.
/// What only Citus itself can refuse is not tested.
@Suite struct DistributionTests {
    private static let now = Timestamp(microseconds: 1_767_225_600_000_000)

    private static func migrated() async throws -> TemporaryStore {
        let temporary = try Backend.postgres.makeStore()
        _ = try await Schema.migrator.up(temporary.store, at: Self.now)
        return temporary
    }

    private static var expected: [String] {
        Schema.tables.filter { $0.kind != .local }.map(\.name)
    }

    @Test func spreadsEveryTableOnce() async throws {
        let temporary = try await Self.migrated()
        let database = try #require(temporary.database)
        try database.query(Self.standIn)
        #expect(try await Distribution.apply(to: temporary.store) == Self.expected)
        #expect(try await Distribution.apply(to: temporary.store) == [])
        let calls = try database.query("SELECT call FROM citus_call ORDER BY number")
            .split(separator: "\n")
        #expect(
            calls.map { String($0) }
                == Schema.tables.filter { $0.kind != .local }.map {
                    $0.kind == .reference ? "reference \($0.name)" : "organization \($0.name)"
                })
    }

    @Test func takesUpWhatWasCutOff() async throws {
        let temporary = try await Self.migrated()
        let database = try #require(temporary.database)
        try database.query(Self.standIn)
        try database.query("INSERT INTO citus_fault (name) VALUES ('fact')")
        await #expect(throws: StoreFault.self) {
            _ = try await Distribution.apply(to: temporary.store)
        }
        try database.query("DELETE FROM citus_fault")
        let rest = try await Distribution.apply(to: temporary.store)
        #expect(rest == Array(Self.expected.drop { $0 != "fact" }))
    }

    @Test(arguments: Backend.all)
    func doesNothingWithoutTheExtension(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        _ = try await Schema.migrator.up(temporary.store, at: Self.now)
        #expect(try await Distribution.apply(to: temporary.store) == [])
    }

    /// A key that lacks the organization would pass, if the stand-in did not look.
    @Test func theStandInRefusesAKeyWithoutTheOrganization() async throws {
        let temporary = try await Self.migrated()
        let database = try #require(temporary.database)
        try database.query(Self.standIn)
        try database.query("CREATE UNIQUE INDEX wrong ON fact (chunk, line)")
        await #expect(throws: StoreFault.self) {
            _ = try await Distribution.apply(to: temporary.store)
        }
    }

    private static let standIn = """
        INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
            VALUES (900001, 'citus', 10, 'public'::regnamespace, false, '12.1');
        CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, is_reference boolean);
        CREATE TABLE citus_call (number serial, call text);
        CREATE TABLE citus_fault (name text);
        CREATE FUNCTION create_reference_table(one regclass) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = one AND c.contype = 'f'
                AND c.confrelid NOT IN (SELECT logicalrelid FROM pg_dist_partition
                    WHERE is_reference)) THEN
                RAISE 'a reference table points to reference tables only: %', one;
            END IF;
            INSERT INTO pg_dist_partition VALUES (one, true);
            INSERT INTO citus_call (call) VALUES ('reference ' || one);
        END $$;
        CREATE FUNCTION create_distributed_table(one regclass, by_column text) RETURNS void
        LANGUAGE plpgsql AS $$
        DECLARE
            place smallint := (SELECT attnum FROM pg_attribute
                WHERE attrelid = one AND attname = by_column AND attnotnull);
        BEGIN
            IF EXISTS (SELECT FROM citus_fault WHERE name = one::text) THEN
                RAISE 'cut off at %', one;
            END IF;
            IF place IS NULL OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = one
                AND i.indisunique AND NOT place = ANY (i.indkey)) THEN
                RAISE 'a unique key of % lacks %', one, by_column;
            END IF;
            IF EXISTS (SELECT FROM pg_constraint c
                LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.confrelid
                WHERE c.conrelid = one AND c.contype = 'f' AND c.conparentid = 0
                AND (p.logicalrelid IS NULL
                    OR NOT p.is_reference AND NOT place = ANY (c.conkey))) THEN
                RAISE 'a foreign key of % leads elsewhere', one;
            END IF;
            INSERT INTO pg_dist_partition VALUES (one, false);
            INSERT INTO citus_call (call) VALUES (by_column || ' ' || one);
        END $$;
        GRANT ALL ON pg_dist_partition, citus_call, citus_fault, citus_call_number_seq TO PUBLIC;
        """
}

import Store
import TestSupport
import Testing

/// Goal: a program that runs while another migrates goes on working. Method: two stores on one
/// PostgreSQL; the second changes what the first has prepared a statement for.
@Suite struct StalePlanTests {
    @Test func preparesAnewAfterAMigration() async throws {
        let database = try TestPostgres.makeDatabase()
        var options = PostgresOptions()
        options.connections = 1
        let running = try Store.postgres(url: database.url, options: options)
        let migrating = try Store.postgres(url: database.url, options: options)
        try await migrating.write { tx in
            try tx.execute(SQL("CREATE TABLE t (a BIGINT NOT NULL); INSERT INTO t VALUES (7)"))
        }
        #expect(try await Self.first(in: running) { $0.integer(0) } == 7)
        try await migrating.write { try $0.execute(SQL("ALTER TABLE t ALTER a TYPE TEXT")) }
        #expect(try await Self.first(in: running) { $0.text(0) } == "7")
        await running.close()
        await migrating.close()
    }

    private static func first<T: Sendable>(
        in store: Store, _ make: @escaping @Sendable (Row) -> T
    ) async throws -> T? {
        try await store.read { try $0.first(SQL("SELECT a FROM t"), make: make) }
    }
}

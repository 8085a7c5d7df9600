import Child
import Daemon
import Store
import Synchronization
import TestSupport
import Testing

/// Goal: a pool bounds what waits and outlives its connections. Method: a real server, few connections,
/// held by latches.
@Suite struct PostgresPoolTests {
    private static func store(
        _ database: TestPostgres.Database, connections: Int = 1, waitMax: Duration = .seconds(5),
        queueJobsMax: Int = 10
    ) throws -> Store {
        var options = PostgresOptions()
        (options.connections, options.waitMax) = (connections, waitMax)
        options.queueJobsMax = queueJobsMax
        return try Store.postgres(url: database.url, options: options)
    }

    /// Holds a connection until the first latch is opened, and opens the second when it is free again;
    /// returns once it is held.
    private static func hold(_ store: Store) -> (go: Latch, ended: Latch) {
        let (held, go, ended) = (Latch(), Latch(), Latch())
        store.write { _ in
            held.open()
            go.wait()
        } done: { _ in
            ended.open()
        }
        held.wait()
        return (go, ended)
    }

    private static func kind(_ body: () async throws -> Void) async -> StoreFault.Kind? {
        await #expect(throws: StoreFault.self) { try await body() }?.kind
    }

    @Test func workWaitsNoLongerThanAgreed() async throws {
        let database = try TestPostgres.makeDatabase()
        let store = try Self.store(database, waitMax: .milliseconds(50))
        let metrics = MetricRegistry()
        store.publish(in: metrics)
        let (go, ended) = Self.hold(store)
        #expect(await Self.kind { try await store.read { _ in } } == .overloaded)
        #expect(metrics.text().contains("convey_store_connections{state=\"busy\"} 1"))
        #expect(metrics.text().contains("convey_store_wait_expired_total 1"))
        go.open()
        ended.wait()
        await store.close()
        #expect(await Self.kind { try await store.read { _ in } } == .closed)
    }

    @Test func oneMoreThanMayWaitIsRefusedAtOnce() async throws {
        let database = try TestPostgres.makeDatabase()
        let store = try Self.store(database, waitMax: .seconds(3_600), queueJobsMax: 1)
        let (go, _) = Self.hold(store)
        let waited = Latch()
        store.read { _ in
        } done: { _ in
            waited.open()
        }
        #expect(await Self.kind { try await store.read { _ in } } == .overloaded)
        go.open()
        waited.wait()
    }

    @Test func connectionsThatWereKilledAreMadeAnew() async throws {
        let database = try TestPostgres.makeDatabase()
        let store = try Self.store(database)
        try await store.write { try $0.execute(SQL("CREATE TABLE t (a BIGINT)")) }
        for number in 1...3 {
            try database.disconnectAll()
            try await store.write { tx in
                _ = try tx.run(SQL("INSERT INTO t VALUES ($1)"), .integer(Int64(number)))
            }
        }
        let count = try await store.read {
            try $0.first(SQL("SELECT count(*) FROM t")) { $0.integer(0) }
        }
        #expect(count == 3)
    }

    @Test func aServerThatWentAwayIsAFaultAndComesBack() async throws {
        let directory = try TemporaryDirectory()
        let server = try await TestPostgres.start(in: directory)
        let store = try Store.postgres(url: server.url(database: "convey"))
        try await store.write { try $0.execute(SQL("CREATE TABLE t (a BIGINT)")) }
        try await server.crash()
        #expect(await Self.kind { try await store.read { _ in } } == .unreachable)
        #expect(await Self.kind { try await store.write { _ in } } == .unreachable)
        try await server.start()
        try await store.write { _ = try $0.run(SQL("INSERT INTO t VALUES (1)")) }
        await store.close()
        await server.stop()
    }

    @Test func aSecondHostTakesOver() async throws {
        let pair = try await TestPostgresPair()
        let store = try Store.postgres(url: pair.url)
        try await store.write { try $0.execute(SQL("CREATE TABLE t (a BIGINT)")) }
        try await store.write { _ = try $0.run(SQL("INSERT INTO t VALUES (1)")) }
        try await pair.failOver()
        try await store.write { _ = try $0.run(SQL("INSERT INTO t VALUES (2)")) }
        let sum = try await store.read {
            try $0.first(SQL("SELECT sum(a) FROM t")) { $0.integer(0) }
        }
        #expect(sum == 3)
        await store.close()
    }
}

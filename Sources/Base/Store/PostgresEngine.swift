import Daemon
import Postgres

/// How a PostgreSQL store behaves; the defaults suit a daemon.
package struct PostgresOptions: Sendable {
    /// Connections at most; one more listens to signals, where somebody does.
    package var connections = 8
    /// How long work waits for a connection before it is refused as `overloaded`.
    package var waitMax: Duration = .seconds(5)
    /// Work that may wait; one more is refused as `overloaded`.
    package var queueJobsMax = 1_000
    /// Goes before what the URL says; nil where the server wants none or the URL's own way has it.
    package var password: String?
    /// For each host of the URL.
    package var connectTimeout: Duration = .seconds(5)
    /// Longest run of one statement; migrations have no limit.
    package var statementTimeout: Duration = .seconds(30)
    /// What the server's own views show.
    package var applicationName = "convey"

    /// The defaults.
    package init() {}
}

extension Store {
    /// A store on a PostgreSQL server, 14 or newer. Connects when there is work: a server that is away
    /// makes a fault of that work, and the next tries again.
    /// - Parameter url: a URI of libpq's kind, `postgres://user@host1,host2/name?sslmode=verify-full`;
    ///   of several hosts the one is used that takes writes.
    /// - Source: PostgreSQL 15, section 34.1.1.2.
    package static func postgres(
        url: String, options: PostgresOptions = PostgresOptions()
    ) throws(StoreFault) -> Store {
        Store(engine: PostgresEngine(url: url, options: options))
    }
}

/// A pool of connections, each with its own thread.
private final class PostgresEngine: StoreEngine {
    private let target: ConnectionTarget
    private let pool: PostgresPool

    var kind: StoreKind { .postgres }

    init(url: String, options: PostgresOptions) {
        var target = ConnectionTarget(url: url)
        target.password = options.password
        target.connectTimeout = options.connectTimeout
        target.statementTimeout = options.statementTimeout
        target.applicationName = options.applicationName
        self.target = target
        pool = PostgresPool(target, options: options)
    }

    func write(_ job: Job) { pool.add(job, .write) }

    func read(_ job: Job) { pool.add(job, .read) }

    func backup(to target: String) async throws(StoreFault) {
        throw StoreFault("make a backup", kind: .ownTools)
    }

    func check(isDeep: Bool) async throws(StoreFault) -> [String] {
        throw StoreFault("check every page", kind: .ownTools)
    }

    func size() async throws(StoreFault) -> StoreSize {
        do {
            return try await Store(engine: self).read { transaction in
                let bytes = try transaction.first(Self.size) { $0.integer(0) }
                return StoreSize(database: bytes ?? 0, log: 0, free: 0)
            }
        } catch {
            throw error as? StoreFault ?? StoreFault("ask for the size", kind: .statement)
        }
    }

    private static let size = SQL("SELECT pg_database_size(current_database())")

    func listen(_ heard: @escaping @Sendable (String?) -> Void) -> @Sendable () -> Void {
        PostgresListener.start(target, heard: heard)
    }

    func publish(in metrics: MetricRegistry) { pool.publish(in: metrics) }

    func close() async { pool.close() }
}

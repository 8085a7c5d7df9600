package import Daemon
import Synchronization

/// The databases that a store can be.
package enum StoreKind: Sendable {
    /// One file, one process, one writer.
    case sqlite
    /// A server, any number of processes, many writers at a time.
    case postgres
}

/// The database, whichever it is: `read` and `write` are the only ways to a transaction.
package final class Store: Sendable {
    let engine: any StoreEngine

    init(engine: any StoreEngine) { self.engine = engine }

    /// Which database it is.
    package var kind: StoreKind { engine.kind }

    /// Runs `body` in a transaction that sees one moment of the database and changes nothing.
    /// - Throws: what `body` throws, or a `StoreFault`.
    package func read<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            read(body) { continuation.resume(with: $0) }
        }
    }

    /// Runs `body` in a transaction and returns once that is on disk.
    ///
    /// Writes that wait at the same time share one commit, in the order they came; each is undone
    /// alone when its body throws. What a body saw of the others is told to nobody before all are on
    /// disk. On PostgreSQL writes run side by side; each statement sees what is committed by then.
    ///
    /// A body may run again, where another transaction was in the way or the connection broke: it does
    /// nothing but what its transaction undoes.
    /// - Throws: what `body` throws, after undoing it, or a `StoreFault`: then nothing of it is kept;
    ///   but for `unreachable`, after which a commit may have happened: the same work must be harmless.
    package func write<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            write(body) { continuation.resume(with: $0) }
        }
    }

    /// `read` for callers that are no tasks; `done` is called once, on a thread of the database, and
    /// must not block.
    package func read<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T,
        done: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let outcome = Outcome<T>()
        let job = Job {
            try outcome.set(body($0))
        } done: {
            done(outcome.result($0))
        }
        engine.read(job)
    }

    /// `write` for callers that are no tasks, such as a request that is answered later; `done` is
    /// called once, on a thread of the database, and must not block.
    package func write<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T,
        done: @escaping @Sendable (Result<T, any Error>) -> Void
    ) {
        let outcome = Outcome<T>()
        let job = Job {
            try outcome.set(body($0))
        } done: {
            done(outcome.result($0))
        }
        engine.write(job)
    }

    /// Publishes what its connections do; nothing for SQLite. Called once.
    package func publish(in metrics: MetricRegistry) { engine.publish(in: metrics) }

    /// Finishes what waits, refuses what comes, and closes the database. Called once, at the end.
    package func close() async { await engine.close() }
}

/// A unit of work: `body` in a transaction, then `done` with its end.
struct Job: Sendable {
    let body: @Sendable (Transaction) throws -> Void
    let done: @Sendable (Result<Void, any Error>) -> Void
}

/// What a database does for the store. Every job's `done` is called exactly once.
protocol StoreEngine: Sendable {
    var kind: StoreKind { get }
    func read(_ job: Job)
    func write(_ job: Job)
    func backup(to target: String) async throws(StoreFault)
    func check(isDeep: Bool) async throws(StoreFault) -> [String]
    func size() async throws(StoreFault) -> StoreSize
    /// Calls `heard` with each name that is announced, and with nil where any may have been missed.
    /// - Returns: ends it.
    func listen(_ heard: @escaping @Sendable (String?) -> Void) -> @Sendable () -> Void
    func publish(in metrics: MetricRegistry)
    func close() async
}

/// Carries a body's value from its transaction to its caller, past the commit.
private final class Outcome<T: Sendable>: Sendable {
    private let value = Mutex<T?>(nil)

    func set(_ new: T) { value.withLock { $0 = new } }

    func result(_ end: Result<Void, any Error>) -> Result<T, any Error> {
        end.map {
            guard let value = value.withLock({ $0 }) else {
                preconditionFailure("A job ended well without having run.")
            }
            return value
        }
    }
}

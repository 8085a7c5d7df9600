import Synchronization

/// The database, whichever it is: `read` and `write` are the only ways to a transaction.
package final class Store: Sendable {
    let engine: any StoreEngine

    init(engine: any StoreEngine) { self.engine = engine }

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
    /// disk. A body runs once.
    /// - Throws: what `body` throws, after undoing it, or a `StoreFault`: then nothing of it is kept.
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
    func read(_ job: Job)
    func write(_ job: Job)
    func backup(to target: String) async throws(StoreFault)
    func check(isDeep: Bool) async throws(StoreFault) -> [String]
    func size() async throws(StoreFault) -> StoreSize
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

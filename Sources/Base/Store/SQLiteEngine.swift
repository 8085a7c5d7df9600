import Daemon
import SQLite

/// How a SQLite store behaves; the defaults suit both daemons and tests.
package struct SQLiteOptions: Sendable {
    /// Connections that read at the same time.
    package var readers = 3
    /// Jobs that may wait, of reads and of writes each; one more is refused as `overloaded`.
    package var queueJobsMax = 1_000
    /// Pages in the log at which a commit also copies them into the file; 4 KiB each.
    package var checkpointPages: Int32 = 4_000

    /// The defaults.
    package init() {}
}

extension Store {
    /// Opens a SQLite file, which is made where there is none; blocks. One store for each file, in
    /// one process at a time: the daemon's lock file sees to that.
    package static func sqlite(
        path: String, options: SQLiteOptions = SQLiteOptions()
    ) throws(StoreFault) -> Store {
        Store(engine: try SQLiteEngine(path: path, options: options))
    }

    /// Opens a file that exists for reading only, beside a process that writes to it; blocks. A long read
    /// keeps the writer from shortening its log meanwhile.
    package static func sqliteReader(path: String) throws(StoreFault) -> Store {
        Store(engine: try SQLiteEngine(readingFrom: path))
    }
}

/// One writer, a few readers.
private final class SQLiteEngine: StoreEngine {
    /// Nil where another process writes.
    private let writer: SQLiteWriter?
    private let readers: SQLiteReaders
    private let hub = SignalHub()

    var kind: StoreKind { .sqlite }

    init(path: String, options: SQLiteOptions) throws(StoreFault) {
        writer = try SQLiteWriter(path: path, options: options, hub)
        readers = try SQLiteReaders(path: path, options: options)
    }

    init(readingFrom path: String) throws(StoreFault) {
        var options = SQLiteOptions()
        options.readers = 1
        writer = nil
        readers = try SQLiteReaders(path: path, options: options)
    }

    func write(_ job: Job) {
        guard let writer else {
            return job.done(.failure(StoreFault("write to what is only read", kind: .readOnly)))
        }
        writer.add(job)
    }

    func read(_ job: Job) {
        readers.add { session in
            job.done(Result { try session.read(job.body) })
        } refused: {
            job.done(.failure($0))
        }
    }

    func backup(to target: String) async throws(StoreFault) {
        try await onReader { session throws(SQLiteError) in
            try session.connection.backup(to: target)
        }
    }

    func check(isDeep: Bool) async throws(StoreFault) -> [String] {
        try await onReader { session throws(SQLiteError) in
            try session.connection.check(isDeep ? .full : .quick)
        }
    }

    func size() async throws(StoreFault) -> StoreSize {
        try await onReader { session throws(SQLiteError) in
            let sizes = try session.connection.fileSizes()
            return StoreSize(database: sizes.database, log: sizes.log, free: sizes.free)
        }
    }

    func listen(_ heard: @escaping @Sendable (String?) -> Void) -> @Sendable () -> Void {
        hub.add(heard)
    }

    func publish(in metrics: MetricRegistry) {}

    func close() async {
        readers.close()
        writer?.close()
    }

    private func onReader<T: Sendable>(
        _ body: @escaping @Sendable (SQLiteSession) throws(SQLiteError) -> T
    ) async throws(StoreFault) -> T {
        let result: Result<T, StoreFault> = await withCheckedContinuation { continuation in
            readers.add { session in
                do throws(SQLiteError) {
                    continuation.resume(returning: .success(try body(session)))
                } catch {
                    continuation.resume(returning: .failure(StoreFault(error)))
                }
            } refused: {
                continuation.resume(returning: .failure($0))
            }
        }
        return try result.get()
    }
}

extension SQLiteSession {
    /// One moment of the database for the whole body.
    fileprivate func read(_ body: (Transaction) throws -> Void) throws {
        try execute("BEGIN")
        defer { connection.rollBack() }
        try body(Transaction(self))
    }
}

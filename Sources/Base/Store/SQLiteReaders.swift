import Daemon
import SQLite
import Synchronization

/// A few connections that read, each on its own thread; a job takes the first that is free.
final class SQLiteReaders: Sendable {
    private struct Queue {
        var jobs: [SessionJob] = []
        var idle: [SQLiteReader]
        var isClosed = false
    }

    private let readers: [SQLiteReader]
    private let queue: Mutex<Queue>
    private let queueJobsMax: Int

    init(path: String, options: SQLiteOptions) throws(StoreFault) {
        var readers: [SQLiteReader] = []
        for _ in 0..<options.readers { readers.append(try SQLiteReader(path: path)) }
        self.readers = readers
        queue = Mutex(Queue(idle: readers))
        queueJobsMax = options.queueJobsMax
    }

    /// Gives the job a reader; `refused` is called instead when too many wait.
    func add(
        _ job: @escaping SessionJob, refused: @escaping @Sendable (StoreFault) -> Void
    ) {
        let refusal: StoreFault.Kind? = queue.withLock { queue in
            if queue.isClosed { return .closed }
            if let reader = queue.idle.popLast() {
                reader.executor.perform { self.drain(reader, first: job) }
                return nil
            }
            if queue.jobs.count >= queueJobsMax { return .overloaded }
            queue.jobs.append(job)
            return nil
        }
        if let refusal { refused(StoreFault("take a read", kind: refusal)) }
    }

    /// Finishes what waits, then ends the threads; what comes later is refused.
    func close() {
        queue.withLock { $0.isClosed = true }
        for reader in readers { reader.executor.stop() }
    }

    private func drain(_ reader: SQLiteReader, first: @escaping SessionJob) {
        var next: SessionJob? = first
        while let job = next {
            job(reader.session)
            next = queue.withLock { queue in
                guard queue.jobs.isEmpty else { return queue.jobs.removeFirst() }
                queue.idle.append(reader)
                return nil
            }
        }
    }
}

/// Work for a thread that owns a session.
typealias SessionJob = @Sendable (SQLiteSession) -> Void

/// `@unchecked Sendable`: `session` is touched only on `executor`'s thread, once it is made.
private final class SQLiteReader: @unchecked Sendable {
    let executor = ThreadExecutor(name: "store-reader")
    let session: SQLiteSession

    init(path: String) throws(StoreFault) {
        session = try SQLiteSession(path: path, mode: .reader)
    }
}

import Daemon
import SQLite
import Synchronization

/// The one connection that writes, on its own thread: many jobs, one commit.
final class SQLiteWriter: Sendable {
    /// Jobs taken into one transaction at most.
    private static let groupJobsMax = 256
    /// No further job joins a transaction that has run this long: the first ones wait for it.
    private static let groupTimeMax: Duration = .milliseconds(20)

    private struct Queue {
        var jobs: [Job] = []
        var isDraining = false
        var isClosed = false
    }

    private let executor = ThreadExecutor(name: "store-writer")
    private let queue = Mutex(Queue())
    private let queueJobsMax: Int
    private let group: SQLiteGroup

    init(path: String, options: SQLiteOptions, _ hub: SignalHub) throws(StoreFault) {
        let mode = OpenMode.owner(checkpointPages: options.checkpointPages)
        let session = try SQLiteSession(path: path, mode: mode)
        try session.execute("PRAGMA cache_size = -32768")
        group = SQLiteGroup(session, hub)
        queueJobsMax = options.queueJobsMax
    }

    func add(_ job: Job) {
        let refusal: StoreFault.Kind? = queue.withLock { queue in
            if queue.isClosed { return .closed }
            if queue.jobs.count >= queueJobsMax { return .overloaded }
            queue.jobs.append(job)
            if !queue.isDraining {
                queue.isDraining = true
                executor.perform { self.drain() }
            }
            return nil
        }
        if let refusal { job.done(.failure(StoreFault("take a write", kind: refusal))) }
    }

    /// Commits what waits, then ends the thread; what comes later is refused.
    func close() {
        queue.withLock { $0.isClosed = true }
        executor.stop()
    }

    private func drain() {
        while let jobs = takeJobs() {
            let rest = group.commit(jobs, within: Self.groupTimeMax)
            queue.withLock { $0.jobs.insert(contentsOf: rest, at: 0) }
        }
    }

    private func takeJobs() -> [Job]? {
        queue.withLock { queue in
            guard !queue.jobs.isEmpty else {
                queue.isDraining = false
                return nil
            }
            let jobs = queue.jobs.prefix(Self.groupJobsMax)
            queue.jobs.removeFirst(jobs.count)
            return Array(jobs)
        }
    }
}

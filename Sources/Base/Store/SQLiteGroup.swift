import SQLite

/// One transaction for many jobs, a savepoint each.
///
/// `@unchecked Sendable`: `session` is touched only on the writer's thread, once it is made.
final class SQLiteGroup: @unchecked Sendable {
    private let session: SQLiteSession
    private let hub: SignalHub
    private let clock = ContinuousClock()

    init(_ session: SQLiteSession, _ hub: SignalHub) {
        self.session = session
        self.hub = hub
    }

    /// Runs the jobs and commits once; then tells each its end.
    ///
    /// A job whose body throws is undone alone. Where SQLite gives up the whole transaction, which it
    /// may after disk full, I/O and memory faults, all that ran fail with that fault.
    /// Where no transaction can be begun, all fail.
    /// - Returns: the jobs that were not begun, in order; at least one was.
    func commit(_ jobs: [Job], within limit: Duration) -> ArraySlice<Job> {
        let start = clock.now
        var ends: [Result<Void, any Error>] = []
        var begun = jobs.count
        var announced: [String] = []
        session.announced = []
        do throws(StoreFault) {
            try session.execute("BEGIN IMMEDIATE")
            begun = 0
            for job in jobs where begun == 0 || clock.now - start < limit {
                begun += 1
                ends.append(try run(job))
            }
            try session.execute("COMMIT")
            announced = session.announced
        } catch {
            session.connection.rollBack()
            ends = jobs.prefix(begun).map { _ in .failure(error) }
        }
        for (job, end) in zip(jobs, ends) { job.done(end) }
        hub.tell(announced)
        return jobs[begun...]
    }

    /// - Returns: the job's own end, while the transaction around it lives.
    /// - Throws: what ended the transaction.
    private func run(_ job: Job) throws(StoreFault) -> Result<Void, any Error> {
        try session.execute("SAVEPOINT job")
        let announced = session.announced
        do {
            try job.body(Transaction(session))
            session.connection.resetStatements()
            try session.execute("RELEASE job")
            return .success(())
        } catch {
            session.connection.resetStatements()
            guard session.connection.isInTransaction else {
                throw error as? StoreFault
                    ?? StoreFault("keep a transaction", kind: .io, detail: "it was given up")
            }
            try session.execute("ROLLBACK TO job; RELEASE job")
            session.announced = announced
            return .failure(error)
        }
    }
}

import Daemon
import Postgres
import Synchronization

/// Connections and who waits for one; a job takes the first that is free, in the order they came.
final class PostgresPool: Sendable {
    /// A job with what it may do, and since when it waits.
    private struct Waiter {
        let job: Job
        let access: PostgresSession.Access
        let since: ContinuousClock.Instant
    }

    private let workers: [PostgresWorker]
    private let state: Mutex<PoolState<Waiter>>
    private let counts = PoolCounts()
    private let waitMax: Duration
    private let alarm: Mutex<Alarm?>

    init(_ target: ConnectionTarget, options: PostgresOptions) {
        let counts = counts
        workers = (0..<options.connections).map { _ in PostgresWorker(target, counts) }
        state = Mutex(
            PoolState(size: options.connections, waitersMax: options.queueJobsMax))
        waitMax = options.waitMax
        alarm = Mutex(nil)
        let alarm = Alarm(name: "store-pool") { [weak self] in self?.expire() }
        self.alarm.withLock { $0 = alarm }
    }

    func add(_ job: Job, _ access: PostgresSession.Access) {
        let now = ContinuousClock.now
        let waiter = Waiter(job: job, access: access, since: now)
        let decision = state.withLock { $0.add(waiter, until: now + waitMax) }
        switch decision {
        case .run(let connection): run(waiter, on: connection)
        case .wait: alarm.withLock { $0?.set(at: now + waitMax) }
        case .refuse(let kind):
            job.done(.failure(StoreFault("take work", kind: kind)))
        }
    }

    /// Finishes what waits, then ends the threads; what comes later is refused.
    func close() {
        state.withLock { $0.close() }
        for worker in workers { worker.executor.stop() }
        let alarm = alarm.withLock { alarm in
            defer { alarm = nil }
            return alarm
        }
        alarm?.stop()
    }

    private func run(_ waiter: Waiter, on connection: Int) {
        workers[connection].executor.perform { self.work(connection, first: waiter) }
    }

    /// On the connection's own thread, as long as there is work.
    private func work(_ connection: Int, first: Waiter) {
        let session = workers[connection].session
        var next: Waiter? = first
        while let waiter = next {
            counts.waited(ContinuousClock.now - waiter.since)
            let end = Result { try session.perform(waiter.job.body, waiter.access) }
            waiter.job.done(end)
            next = state.withLock { $0.finish(connection) }
        }
    }

    private func expire() {
        let (expired, next) = state.withLock { state in
            (state.expire(at: .now), state.nextDeadline)
        }
        if let next { alarm.withLock { $0?.set(at: next) } }
        counts.expired(expired.count)
        for waiter in expired {
            waiter.job.done(
                .failure(StoreFault("wait for a connection", kind: .overloaded)))
        }
    }

    func publish(in metrics: MetricRegistry) {
        metrics.observe(
            .gauge, "convey_store_connections", "Connections of the pool, by what they do.",
            labels: ["state"]
        ) { [weak self] in
            guard let self else { return [] }
            return state.withLock { state in
                [
                    .init(["busy"], number: Double(state.inUse)),
                    .init(["idle"], number: Double(state.size - state.inUse)),
                ]
            }
        }
        metrics.observe(
            .gauge, "convey_store_waiting", "Work that waits for a connection."
        ) { [weak self] in
            guard let self else { return [] }
            return [.init(number: state.withLock { Double($0.waiting) })]
        }
        counts.publish(in: metrics)
    }
}

/// A connection's thread. `@unchecked Sendable`: `session` is touched only on `executor`'s thread, once
/// it is made.
private final class PostgresWorker: @unchecked Sendable {
    let executor = ThreadExecutor(name: "store-postgres")
    let session: PostgresSession

    init(_ target: ConnectionTarget, _ counts: PoolCounts) {
        session = PostgresSession(target, counts)
    }
}

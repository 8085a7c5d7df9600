import Daemon
import Synchronization

/// What became of a pool's work since the process started.
final class PoolCounts: Sendable {
    private let waits = Atomic<Int>(0)
    private let waitMicroseconds = Atomic<Int>(0)
    private let expirations = Atomic<Int>(0)
    private let connects = Atomic<Int>(0)
    private let failedConnects = Atomic<Int>(0)
    private let reruns = Atomic<Int>(0)

    func waited(_ duration: Duration) {
        waits.wrappingAdd(1, ordering: .relaxed)
        let (seconds, attoseconds) = duration.components
        let microseconds = Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
        waitMicroseconds.wrappingAdd(microseconds, ordering: .relaxed)
    }

    func expired(_ count: Int) { expirations.wrappingAdd(count, ordering: .relaxed) }

    func connected() { connects.wrappingAdd(1, ordering: .relaxed) }

    func failedToConnect() { failedConnects.wrappingAdd(1, ordering: .relaxed) }

    func ranAgain() { reruns.wrappingAdd(1, ordering: .relaxed) }

    func publish(in metrics: MetricRegistry) {
        metrics.observe(
            .counter, "convey_store_transactions_total", "Transactions that got a connection."
        ) { [.init(number: self.read(self.waits))] }
        metrics.observe(
            .counter, "convey_store_wait_seconds_total", "What they waited for it, together."
        ) { [.init(number: self.read(self.waitMicroseconds) / 1_000_000)] }
        metrics.observe(
            .counter, "convey_store_wait_expired_total",
            "Transactions refused because no connection came free in time."
        ) { [.init(number: self.read(self.expirations))] }
        metrics.observe(
            .counter, "convey_store_connects_total", "Connections to the database, by outcome.",
            labels: ["outcome"]
        ) {
            [
                .init(["made"], number: self.read(self.connects)),
                .init(["failed"], number: self.read(self.failedConnects)),
            ]
        }
        metrics.observe(
            .counter, "convey_store_reruns_total",
            "Transactions begun anew: another was in the way, or the connection broke."
        ) { [.init(number: self.read(self.reruns))] }
    }

    private func read(_ count: borrowing Atomic<Int>) -> Double {
        Double(count.load(ordering: .relaxed))
    }
}

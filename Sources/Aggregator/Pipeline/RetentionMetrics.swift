import Daemon
import Ingest

/// What has expired, and how that went.
struct RetentionMetrics: Sendable {
    private let events: Counter
    private let chunks: Counter
    private let ids: Counter
    private let weeks: Labelled<Counter>
    private let failures: Counter

    init(_ registry: MetricRegistry) {
        events = registry.counter(
            "convey_retention_events_total", "Events that were deleted as their time was over.")
        chunks = registry.counter(
            "convey_retention_chunks_total", "Chunks of bodies that were deleted with their events."
        )
        ids = registry.counter(
            "convey_retention_ids_total", "Ids of events that are not remembered any more.")
        weeks = registry.counter(
            "convey_retention_weeks_total",
            "Weeks of PostgreSQL's events that were made ahead, dropped, or put off.",
            labels: ["change"])
        failures = registry.counter(
            "convey_retention_failures_total", "Times that expiry ended early; it tries again.")
    }

    func deleted(_ deleted: EventExpiry.Deleted) {
        events.increase(by: deleted.events)
        chunks.increase(by: deleted.chunks)
    }

    func forgot(_ count: Int) { ids.increase(by: count) }

    func made(_ count: Int) { weeks["made"].increase(by: count) }

    func dropped() { weeks["dropped"].increase() }

    /// A batch held a lock for too long; it is tried again.
    func waited() { weeks["put_off"].increase() }

    func failed() { failures.increase() }
}

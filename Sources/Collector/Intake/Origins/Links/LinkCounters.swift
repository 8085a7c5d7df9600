import Daemon
import Synchronization

/// What became of a visit to a campaign link.
package enum LinkOutcome: String, CaseIterable, Sendable {
    /// Sent on, the click on the disk.
    case recorded
    /// Sent on before the commit was there; the counts of events tell what became of the click.
    case late
    /// Sent on; the click could not be stored.
    case lost
    /// Sent on without ids: the link has expired, or its visitor's address asked too often.
    case expired, limited
}

/// Counts visits to campaign links by what became of them.
package final class LinkCounters: Sendable {
    private let visits = Mutex<[LinkOutcome: Int64]>([:])

    init() {}

    /// How many visits ended so.
    package subscript(outcome: LinkOutcome) -> Int64 { visits.withLock { $0[outcome] ?? 0 } }

    func count(_ outcome: LinkOutcome) { visits.withLock { $0[outcome, default: 0] += 1 } }

    func publish(in registry: MetricRegistry) {
        registry.observe(
            .counter, "convey_intake_link_visits_total", "Visitors sent on by campaign links.",
            labels: ["outcome"]
        ) { [self] in
            LinkOutcome.allCases.map { .init([$0.rawValue], number: Double(self[$0])) }
        }
    }
}

package import ConveyProtocol
package import Time

/// Decides whether anything older than a conversion may still be on its way. Knows no clock.
///
/// Every collector tells, for each lane, since when it holds something back. Once all of them are past
/// a conversion by five minutes, what led to it is here. What takes longer than the grace period is
/// not waited for: it comes as a new version.
/// - Source: what collectors tell is `pending_from`, protocol/SPEC.md, section 3.
package struct Settling: Sendable, Equatable {
    /// What one collector holds back in one lane.
    package struct Pending: Sendable, Equatable {
        /// The collector's short number.
        package let collector: Int64
        /// Nil of a collector that was never heard of.
        package let lane: Lane?
        /// When the oldest event without a receipt was received; where none waits, when the collector
        /// said so. Nil of one that was never heard of.
        package let since: Timestamp?

        /// What a collector tells of a lane.
        package init(collector: Int64, lane: Lane?, since: Timestamp?) {
            self.collector = collector
            self.lane = lane
            self.since = since
        }
    }

    /// What came of it.
    package enum Verdict: Sendable, Equatable {
        /// Everything up to it, and five minutes more, is here.
        case complete
        /// The grace period is over.
        case graceIsOver
        /// Not yet, at the latest at that time; held up by these.
        case waits(until: Timestamp, by: [Pending])

        /// Whether uploads may follow.
        package var isSettled: Bool {
            switch self {
            case .complete, .graceIsOver: true
            case .waits: false
            }
        }
    }

    /// How far past a conversion every lane has to be.
    package static let margin: Duration = .seconds(300)

    private let pending: [Pending]
    private let unread: Timestamp?
    private let grace: Duration

    /// - Parameter pending: every lane of every collector in force that serves the site.
    /// - Parameter unread: when the oldest event was received that is here and that nobody has looked
    ///   at yet; nil: everything that is here was looked at.
    /// - Parameter grace: the site's, 0 to 72 hours.
    package init(_ pending: [Pending], unread: Timestamp? = nil, grace: Duration) {
        self.pending = pending
        self.unread = unread
        self.grace = grace
    }

    /// Conversions before this instant are complete; without collectors, all are of which nothing
    /// is unread.
    package var horizon: Timestamp {
        let since = pending.map { $0.since ?? .earliest } + [unread ?? .latest]
        return (since.min() ?? .latest) - Self.margin
    }

    /// Conversions that arrived at this instant or before are not waited for any longer.
    package func deadline(at now: Timestamp) -> Timestamp { now - grace }

    /// Judges one conversion.
    package func verdict(
        occurredAt: Timestamp, arrivedAt: Timestamp, at now: Timestamp
    ) -> Verdict {
        if occurredAt < horizon { return .complete }
        if arrivedAt <= deadline(at: now) { return .graceIsOver }
        let holding = pending.filter { ($0.since ?? .earliest) - Self.margin <= occurredAt }
        return .waits(until: arrivedAt + grace, by: holding)
    }
}

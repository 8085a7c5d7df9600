package import ConveyProtocol
package import Time

/// How delivery stands, for `status` and metrics. Times are by the corrected clock.
package struct DeliveryReport: Sendable, Equatable {
    /// What happened and is over, but that the operator should know.
    package struct Incident: Sendable, Equatable {
        /// When it was heard of.
        package let at: Timestamp
        /// For the operator; holds nothing of any event.
        package let sentence: String

        /// Also for what other rooms tell beside.
        package init(at: Timestamp, sentence: String) {
            self.at = at
            self.sentence = sentence
        }
    }

    /// One lane, as the last receipt told, and what was sent since the start.
    package struct LaneFigures: Sendable, Equatable {
        /// Batches with events that brought a receipt.
        package internal(set) var batches: Int64 = 0
        /// Events in those.
        package internal(set) var events: Int64 = 0
        /// Compressed bytes of those.
        package internal(set) var bytes: Int64 = 0
        /// Events among those that the aggregator rejected.
        package internal(set) var rejected: Int64 = 0
        /// The ledger's totals of the current epoch; nil before a receipt.
        package internal(set) var totals: Receipt.Totals?
        /// The next number that the ledger lacks; nil before a receipt.
        package internal(set) var expectedSeq: Int64?
    }

    /// Most incidents that are remembered.
    package static let incidentsMax = 16

    /// Nil before the first since the start.
    package internal(set) var lastReceiptAt: Timestamp?
    /// What keeps events from being delivered now; nil when nothing does.
    package internal(set) var trouble: DeliveryTrouble?
    /// Since when.
    package internal(set) var troubleSince: Timestamp?
    /// Until when nothing is sent; nil when lanes may send.
    package internal(set) var nextTryAt: Timestamp?
    /// What this machine's clock is corrected by; nil before the first answer.
    package internal(set) var clockOffset: Duration?
    /// What went out, by lane.
    package internal(set) var lanes = PerLane<LaneFigures>(repeating: LaneFigures())
    /// The newest version of the settings that a receipt told of.
    package internal(set) var settingsVersion: Int64?
    /// The newest last.
    package internal(set) var incidents: [Incident] = []
    /// Exchanges without an answer of the aggregator, since the start.
    package internal(set) var failures: Int64 = 0

    /// Before anything was sent.
    package init() {}

    /// Says that this machine's clock is wrong, where it is by more than 5 minutes.
    package var clockSentence: String? {
        guard let clockOffset else { return nil }
        let seconds = clockOffset.components.seconds
        guard seconds.magnitude > UInt64(SignatureRule.secondsMax) else { return nil }
        return
            "This machine's clock is \(Self.length(seconds.magnitude)) "
            + "\(seconds > 0 ? "behind" : "ahead"); times of events are corrected. Set the clock."
    }

    mutating func note(_ sentence: String, at now: Timestamp) {
        if incidents.count == Self.incidentsMax { incidents.removeFirst() }
        incidents.append(Incident(at: now, sentence: sentence))
    }

    private static func length(_ seconds: UInt64) -> String {
        switch seconds {
        case ..<7200: "\((seconds + 30) / 60) minutes"
        case ..<172_800: "\((seconds + 1800) / 3600) hours"
        default: "\((seconds + 43_200) / 86_400) days"
        }
    }
}

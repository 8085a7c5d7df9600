/// What became of deliveries, as those who made them were told: the books outside the programs.
package struct Tally: Sendable {
    /// Ids of events that a 2xx answer promised to be stored, each with how often it was promised.
    package private(set) var acknowledged: [String: Int] = [:]
    /// Events that were turned away, by our own reason.
    package private(set) var refused: [String: Int] = [:]
    /// Requests that broke off or were told to come again, and did.
    package var retries = 0
    /// What went otherwise than the shop expected; empty in a sound run.
    package private(set) var surprises: [String] = []

    /// Nothing was told yet.
    package init() {}

    /// Promised events, repeats counted each time.
    package var acknowledgedCount: Int { acknowledged.values.reduce(0, +) }
    /// Refused events.
    package var refusedCount: Int { refused.values.reduce(0, +) }

    /// Notes the final answer to a delivery.
    package mutating func note(_ delivery: Shop.Delivery, status: Int) {
        for expectation in delivery.expectations {
            switch expectation {
            case .stored(let id) where status / 100 == 2: acknowledged[id, default: 0] += 1
            case .refused(let reason) where status / 100 == 4: refused[reason, default: 0] += 1
            case .stored(let id): surprises.append("\(id) was answered \(status), not stored")
            case .refused(let reason): surprises.append("'\(reason)' was answered \(status)")
            }
        }
    }

    /// Notes events that a caller of its own was promised.
    package mutating func acknowledge(_ ids: [String]) {
        for id in ids { acknowledged[id, default: 0] += 1 }
    }

    /// Adds what another courier was told.
    package mutating func add(_ other: Tally) {
        acknowledged.merge(other.acknowledged, uniquingKeysWith: +)
        refused.merge(other.refused, uniquingKeysWith: +)
        retries += other.retries
        surprises += other.surprises
    }
}

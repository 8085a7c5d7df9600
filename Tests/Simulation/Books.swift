import Buffer
import ConveyProtocol
import Store
import TestSupport
import Time

/// The books outside a world: what was acknowledged, when it happened, and what was lost by an
/// operator's deed rather than by the programs.
struct Books: Sendable {
    private struct Entry {
        let lane: Lane
        /// When copies of it arrived at a collector.
        var times: [Timestamp]
        var isAcknowledged: Bool
        var isLost = false
    }

    /// By how much a corrected clock may be wrong: half of the longest exchange, and rounding.
    private static let clockTolerance: Duration = .milliseconds(1_010)

    private var entries: [String: Entry] = [:]
    private var ids: [String] = []

    mutating func brought(_ new: [String], _ lane: Lane, at now: Timestamp, isAcknowledged: Bool) {
        for id in new {
            if entries[id] == nil { ids.append(id) }
            entries[id, default: Entry(lane: lane, times: [], isAcknowledged: false)]
                .times.append(now)
            if isAcknowledged {
                entries[id]?.isAcknowledged = true
                entries[id]?.isLost = false
            }
        }
    }

    func anyID(random: inout SeededRandom) -> (id: String, lane: Lane)? {
        guard !ids.isEmpty else { return nil }
        let id = ids[random.below(ids.count)]
        return entries[id].map { (id, $0.lane) }
    }

    mutating func lose(allBut kept: Set<String>) {
        for id in ids where !kept.contains(id) { entries[id]?.isLost = true }
    }

    // MARK: Reading

    /// Everything that does not add up, in words.
    func read(_ center: Center, _ edges: [Edge]) async throws -> [String] {
        let audit = try await Audit(center)
        return presence(audit) + times(audit) + audit.problems(edges)
    }

    private func presence(_ audit: Audit) -> [String] {
        var problems: [String] = []
        for (id, entry) in entries where entry.isAcknowledged && !entry.isLost {
            if audit.events[id] == nil {
                problems.append("\(id) of \(entry.lane) was acknowledged and is lost")
            }
        }
        for (id, events) in audit.events {
            if entries[id] == nil { problems.append("\(id) is stored and nobody brought it") }
            if events.count != 1 { problems.append("\(id) counts \(events.count) times") }
        }
        return problems
    }

    private func times(_ audit: Audit) -> [String] {
        audit.events.flatMap { id, events in
            events.compactMap { event -> String? in
                let times = entries[id]?.times ?? []
                let isRight = { (time: Timestamp) in
                    times.contains { abs(time - $0) <= Self.clockTolerance }
                }
                guard isRight(event.receivedAt), isRight(event.occurredAt) else {
                    return
                        "\(id) has times \(event.occurredAt), \(event.receivedAt), came at \(times)"
                }
                return nil
            }
        }
    }
}

private func abs(_ duration: Duration) -> Duration {
    duration < .zero ? .zero - duration : duration
}

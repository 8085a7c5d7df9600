internal import Daemon
internal import Synchronization
internal import Time

/// What has happened at the double so far.
package struct DoubleStatistics: Sendable, Equatable {
    /// Requests, faults and refusals by name: `requests.ingest`, `faults.ingest.reset`,
    /// `refused.INVALID_FORMAT`.
    package internal(set) var counts: [String: Int] = [:]
    /// Conversions that Google would hold.
    package internal(set) var conversions = 0
    /// Events that were accepted, repetitions included.
    package internal(set) var events = 0
}

/// All that the double knows, behind one lock that is held for microseconds; commits are appended to
/// the file under it, so that file and memory have one order.
final class DoubleState: Sendable {
    private struct Contents {
        var behaviour: DoubleBehaviour
        var chance: SeededChance
        var record: ConversionRecord
        var counts: [String: Int] = [:]
        var minute: Int64 = 0
        var requestsThisMinute = 0
    }

    private let contents: Mutex<Contents>
    private let file: RecordFile?

    init(_ behaviour: DoubleBehaviour, recordFile path: String?) throws(SystemFault) {
        let opened: (file: RecordFile, record: ConversionRecord)? =
            if let path { try RecordFile.open(path) } else { nil }
        file = opened?.file
        contents = Mutex(
            Contents(
                behaviour: behaviour, chance: SeededChance(seed: UInt64(behaviour.seed)),
                record: opened?.record ?? ConversionRecord()))
    }

    var behaviour: DoubleBehaviour { contents.withLock { $0.behaviour } }

    /// Puts other settings in force; another seed starts chance anew.
    func change<Failure: Error>(
        _ body: (DoubleBehaviour) throws(Failure) -> DoubleBehaviour
    ) throws(Failure) {
        try contents.withLock { contents throws(Failure) in
            let behaviour = try body(contents.behaviour)
            if behaviour.seed != contents.behaviour.seed {
                contents.chance = SeededChance(seed: UInt64(truncatingIfNeeded: behaviour.seed))
            }
            contents.behaviour = behaviour
        }
    }

    /// Counts a request and says how it shall fail.
    func begin(_ endpoint: DoubleEndpoint) -> (DoubleFault?, DoubleBehaviour) {
        contents.withLock { contents in
            contents.counts["requests.\(endpoint.rawValue)", default: 0] += 1
            let random = contents.chance.next()
            let fault = contents.behaviour.faults[endpoint]?.draw(random: random)
            if let fault {
                contents.counts["faults.\(endpoint.rawValue).\(fault.rawValue)", default: 0] += 1
            }
            return (fault, contents.behaviour)
        }
    }

    /// Whether the project's quota allows one more request in this minute.
    func isWithinQuota(at now: Timestamp) -> Bool {
        contents.withLock { contents in
            let minute = now.unixSeconds / 60
            if minute != contents.minute {
                contents.minute = minute
                contents.requestsThisMinute = 0
            }
            contents.requestsThisMinute += 1
            let limit = contents.behaviour.requestsPerMinute
            return limit == 0 || contents.requestsThisMinute <= limit
        }
    }

    func count(_ name: String) { contents.withLock { $0.counts[name, default: 0] += 1 } }

    /// Makes an accepted request last; false when the double holds as much as it may.
    func commit(
        _ request: ConversionRecord.Request, _ entries: [ConversionRecord.Entry]
    ) throws(SystemFault) -> Bool {
        try contents.withLock { contents throws(SystemFault) in
            guard !contents.record.isFull else { return false }
            let refuses = contents.behaviour.refusesDuplicates
            var (request, entries) = (request, entries)
            if refuses { Self.refuseDuplicates(&entries, in: contents.record) }
            let again = entries.count - Set(entries.map(\.key)).count
            if again > 0 { contents.counts["twice_in_request", default: 0] += again }
            for entry in entries { request.note(entry) }
            try file?.append(request, entries)
            contents.record.apply(request, entries)
            return true
        }
    }

    private static func refuseDuplicates(
        _ entries: inout [ConversionRecord.Entry], in record: ConversionRecord
    ) {
        for index in entries.indices where entries[index].reason == nil {
            let known = record.conversions[entries[index].key]?.value
            guard known?.micros == entries[index].micros,
                known?.currency == entries[index].currency
            else { continue }
            entries[index].reason = ConversionRecord.duplicate
        }
    }

    func request(_ id: String) -> ConversionRecord.Request? {
        contents.withLock { $0.record.request(id) }
    }

    func conversion(_ key: RecordedConversion.Key) -> RecordedConversion? {
        contents.withLock { $0.record.conversions[key] }
    }

    /// All conversions, by key.
    var conversions: [RecordedConversion] {
        contents.withLock { Array($0.record.conversions.values) }.sorted { $0.key < $1.key }
    }

    var statistics: DoubleStatistics {
        contents.withLock { contents in
            DoubleStatistics(
                counts: contents.counts, conversions: contents.record.conversions.count,
                events: contents.record.received)
        }
    }
}

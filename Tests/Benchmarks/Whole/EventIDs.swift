import ConveyProtocol
import Stage
import Time

/// What ids the events of a stream have.
enum IDKind: String, CaseIterable, Sendable {
    case ordered = "UUIDv7 ids"
    case random = "random ids"
}

/// Ids for one stream's events; of ten, one is that of an event shortly before.
struct EventIDs: Sendable {
    private static let duplicatesOfTen = 1
    private static let recentMax = 20_000

    private let kind: IDKind
    private var random: SeededGenerator
    /// The last ids, from which duplicates are drawn.
    private var recent: [[UInt8]] = []
    private var nextRecent = 0
    /// How far random ids have come on their way through all numbers, where they ascend.
    private var ascent: (position: Int, count: Int)?

    init(_ kind: IDKind, seed: UInt64) {
        self.kind = kind
        random = SeededGenerator(seed: seed &+ 1_000)
    }

    /// From now on random ids ascend, spread evenly over so many: a past is stored much faster that
    /// way, and lies in the index as it would have come.
    mutating func ascend(through count: Int) { ascent = (0, max(count, 1)) }

    /// From now on random ids come in no order.
    mutating func scatter() { ascent = nil }

    /// The next event's id, as text.
    mutating func next(_ now: Timestamp) -> [UInt8] {
        if random.below(10) < Self.duplicatesOfTen, !recent.isEmpty {
            return recent[random.below(recent.count)]
        }
        let id = fresh(now)
        remember(id)
        return id
    }

    private mutating func fresh(_ now: Timestamp) -> [UInt8] {
        var high = random.next()
        if kind == .ordered {
            high = UInt64(now.milliseconds) << 16 | 0x7000 | high & 0x0FFF
        } else {
            high = (place() ?? high) & ~0xF000 | 0x4000
        }
        let low = random.next() >> 2 | 0x8000_0000_0000_0000
        let bytes = [high, low].flatMap { number in
            (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
        }
        return Array((Identifier<EventID>(bytes: bytes)?.description ?? Samples.id).utf8)
    }

    private mutating func place() -> UInt64? {
        guard let (position, count) = ascent else { return nil }
        ascent?.position += 1
        let step = UInt64.max / UInt64(count)
        return step &* UInt64(position % count) &+ random.next() % step
    }

    private mutating func remember(_ id: [UInt8]) {
        if recent.count < Self.recentMax {
            recent.append(id)
        } else {
            recent[nextRecent] = id
            nextRecent = (nextRecent + 1) % Self.recentMax
        }
    }
}

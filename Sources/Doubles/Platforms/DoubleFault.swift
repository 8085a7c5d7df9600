/// A way in which a real platform fails now and then, to be switched on.
package enum DoubleFault: String, CaseIterable, Codable, Sendable {
    /// 429 with `Retry-After: 1`; nothing is processed.
    case throttled
    /// 500; nothing is processed.
    case `internal`
    /// 503; nothing is processed.
    case unavailable
    /// 401, as of an expired token; nothing is processed.
    case unauthorized
    /// The connection is closed before the request is looked at.
    case reset
    /// Processed at once, answered late.
    case slow
    /// Processed; the connection is closed instead of an answer.
    case answeredButLost = "answered_but_lost"
    /// Checked, then the connection is closed; nothing is processed.
    case lostBeforeCommit = "lost_before_commit"
    /// Processed; the answer is a 200 that is no JSON.
    case garbled
    /// Processed, and then a 500.
    case failedAfterCommit = "failed_after_commit"
}

/// Where faults happen.
package enum DoubleEndpoint: String, CaseIterable, Codable, Sendable, CodingKeyRepresentable {
    case token, ingest, status
}

/// Which requests of one endpoint fail, and how: first a list, one entry a request, then by chance.
package struct FaultScript: Codable, Sendable, Equatable {
    /// For the next requests, in order; nil lets one through.
    package var next: [DoubleFault?]
    /// Chance of each fault, 0...1, for requests after the list; together at most 1.
    package var chances: [DoubleFault: Double]
    /// How many faults are left to happen by chance; nil for no end.
    package var left: Int?

    /// By default nothing fails.
    package init(
        next: [DoubleFault?] = [], chances: [DoubleFault: Double] = [:], left: Int? = nil
    ) {
        (self.next, self.chances, self.left) = (next, chances, left)
    }

    private enum CodingKeys: String, CodingKey { case next, chances, left }

    /// Reads a script; what is left out is as by default.
    package init(from decoder: any Decoder) throws {
        try decoder.refuseOthers(than: ["next", "chances", "left"])
        let members = try decoder.container(keyedBy: CodingKeys.self)
        next = try members.decodeIfPresent([DoubleFault?].self, forKey: .next) ?? []
        chances =
            try members.decodeIfPresent([DoubleFault: Double].self, forKey: .chances) ?? [:]
        left = try members.decodeIfPresent(Int.self, forKey: .left)
    }

    /// The fault of the next request.
    /// - Parameter random: drawn evenly from 0 up to 1 for this request.
    mutating func draw(random: Double) -> DoubleFault? {
        if !next.isEmpty { return next.removeFirst() }
        guard left != 0 else { return nil }
        var bound = 0.0
        for fault in DoubleFault.allCases {
            bound += chances[fault] ?? 0
            guard random < bound else { continue }
            left = left.map { $0 - 1 }
            return fault
        }
        return nil
    }
}

extension DoubleFault: CodingKeyRepresentable {}

/// A member of any name.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// A misspelt member would be a fault that never happens, and a test without teeth.
    func refuseOthers(than names: Set<String>) throws {
        let members = try container(keyedBy: AnyKey.self)
        guard let other = members.allKeys.first(where: { !names.contains($0.stringValue) })
        else { return }
        throw DecodingError.dataCorruptedError(
            forKey: other, in: members, debugDescription: "There is no such member.")
    }
}

/// Numbers that a seed determines (SplitMix64), so that a run can be repeated.
/// - Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
struct SeededChance: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// From 0 up to, not including, 1.
    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
    }
}

package import Crypto

/// Links the events of one epoch and lane: whoever holds the last value can tell whether a line was
/// altered, lost or slipped in. Batch boundaries leave no trace in it.
/// - Source: protocol/SPEC.md, section 4.
package struct Chain: ~Copyable {
    private let hasher = SHA256Hasher()
    /// The value after what was added last.
    package private(set) var value: SHA256Digest

    /// Goes on from a known value.
    package init(after value: SHA256Digest) { self.value = value }

    /// The value of an epoch without a parent, before its first event.
    package static func start(of epoch: EpochID) -> SHA256Digest {
        SHA256Digest(of: Array(epoch.description.utf8))
    }

    /// Adds an event by its line as sent, without LF; twice SHA-256.
    /// - Returns: The line's own digest, which tells a replay from a fork.
    @discardableResult
    package mutating func add(line: Span<UInt8>) -> SHA256Digest {
        let digest = hasher.digest(of: line)
        add(digest)
        return digest
    }

    /// Adds an event by its line within a longer text.
    mutating func add(lineIn text: [UInt8], _ range: Range<Int>) {
        add(line: text.span.extracting(range))
    }

    /// Adds an event by the digest of its line.
    package mutating func add(_ lineDigest: SHA256Digest) {
        hasher.update(value)
        hasher.update(lineDigest)
        value = hasher.finish()
    }

    /// Adds a gap: one step, however many numbers it covers.
    package mutating func add(_ gap: Gap) { add(line: gap.statement.utf8.span) }
}

/// Says that numbers were given out whose events will not come, and why.
package struct Gap: Hashable, Sendable {
    /// From 1.
    package let first: Int64
    /// Not below `first`.
    package let last: Int64
    /// Why.
    package let reason: Reason

    /// Nil unless 1 ≤ first ≤ last ≤ 2^53 − 1.
    package init?(first: Int64, last: Int64, reason: Reason) {
        guard first >= 1, first <= last, last <= BatchHeader.seqMax else { return nil }
        (self.first, self.last, self.reason) = (first, last, reason)
    }

    /// How many numbers it covers.
    package var count: Int64 { last - first + 1 }

    /// The text that the chain hashes.
    package var statement: String { "[\(first),\(last),\"\(reason)\"]" }

    /// Why events will not come: 1-64 of `a-z 0-9 -`.
    package struct Reason: Hashable, Sendable, CustomStringConvertible {
        /// The reason's text.
        package let description: String

        /// A re-send asked for what was receipted and is no longer held.
        package static let receiptedExpired = Reason(known: "receipted-expired")
        /// The aggregator refused the framing of the batch; it lies in a file.
        package static let quarantined = Reason(known: "quarantined")
        /// Lost with a damaged buffer file.
        package static let damaged = Reason(known: "damaged")
        /// The operator gave the events up.
        package static let discarded = Reason(known: "discarded")

        private init(known: String) { description = known }

        /// Reads a reason; nil for anything that is none.
        package init?(_ text: String) {
            guard (1...64).contains(text.utf8.count),
                text.utf8.allSatisfy({ byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                        true
                    default: false
                    }
                })
            else { return nil }
            description = text
        }
    }
}

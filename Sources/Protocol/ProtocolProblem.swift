package import Crypto

/// Every final answer of the aggregator that is no receipt, with what the collector needs to go on.
/// - Source: protocol/SPEC.md, section 7.
package enum ProtocolProblem: Error, Equatable, Sendable {
    /// `line` counts from 1, the header; nil when the body does not decode.
    case framing(FramingFault, line: Int?)
    /// An enrolment or another small body breaks its rule at a member.
    case malformed(pointer: String, code: String)
    case signatureMissing, signatureCoverage, signatureInvalid, digestMismatch
    case signatureTime, authorityUnknown, keyUnknown, tokenInvalid
    case keyRevoked, keyReplaced, collectorMismatch
    case ledgerBehind(LedgerPlace)
    /// `seq` is the first number that is known with another event.
    case ledgerFork(LedgerPlace, seq: Int64)
    case tooLarge(BatchLimits)
    case encoding, mediaType
    case schema
    case slowDown(retryAfter: Duration)
    case unavailable(retryAfter: Duration)
    case `internal`

    /// Where the ledger stands in one epoch and lane.
    package struct LedgerPlace: Equatable, Sendable {
        /// Of the batch.
        package let epoch: EpochID
        /// Of the batch.
        package let lane: Lane
        /// The next number that the ledger lacks.
        package let expectedSeq: Int64
        /// The chain's value before that number.
        package let chain: SHA256Digest

        /// Tells where the ledger stands.
        package init(epoch: EpochID, lane: Lane, expectedSeq: Int64, chain: SHA256Digest) {
            self.epoch = epoch
            self.lane = lane
            self.expectedSeq = expectedSeq
            self.chain = chain
        }
    }

    /// What broke section 3; the code on the wire.
    package enum FramingFault: String, CaseIterable, Sendable {
        case zstd, gzip, dcz
        case lineEnd = "line_end"
        case emptyLine = "empty_line"
        case utf8
        case headerJSON = "header_json"
        case headerMember = "header_member"
        case headerRange = "header_range"
        case count, gaps, seq
    }

    /// The HTTP status.
    package var status: Int { kind.status }

    /// Which row of the table this is, without its details.
    package var kind: Kind {
        switch self {
        case .framing: .framing
        case .malformed: .malformed
        case .signatureMissing: .signatureMissing
        case .signatureCoverage: .signatureCoverage
        case .signatureInvalid: .signatureInvalid
        case .digestMismatch: .digestMismatch
        case .signatureTime: .signatureTime
        case .authorityUnknown: .authorityUnknown
        case .keyUnknown: .keyUnknown
        case .tokenInvalid: .tokenInvalid
        case .keyRevoked: .keyRevoked
        case .keyReplaced: .keyReplaced
        case .collectorMismatch: .collectorMismatch
        case .ledgerBehind: .ledgerBehind
        case .ledgerFork: .ledgerFork
        case .tooLarge: .tooLarge
        case .encoding: .encoding
        case .mediaType: .mediaType
        case .schema: .schema
        case .slowDown: .slowDown
        case .unavailable: .unavailable
        case .internal: .internal
        }
    }
}

/// The most that one batch may hold.
package struct BatchLimits: Equatable, Sendable {
    /// Event lines.
    package let eventsMax: Int
    /// Decoded, header included.
    package let bytesMax: Int

    /// What the protocol allows; an aggregator may state less.
    package static let standard = BatchLimits(eventsMax: 5000, bytesMax: 4_194_304)

    /// Sets both limits.
    package init(eventsMax: Int, bytesMax: Int) {
        self.eventsMax = eventsMax
        self.bytesMax = bytesMax
    }
}

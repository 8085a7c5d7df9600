extension ProtocolProblem {
    /// The rows of the problem table.
    package enum Kind: String, CaseIterable, Sendable {
        case framing, malformed
        case signatureMissing = "signature-missing"
        case signatureCoverage = "signature-coverage"
        case signatureInvalid = "signature-invalid"
        case digestMismatch = "digest-mismatch"
        case signatureTime = "signature-time"
        case authorityUnknown = "authority-unknown"
        case keyUnknown = "key-unknown"
        case tokenInvalid = "token-invalid"
        case keyRevoked = "key-revoked"
        case keyReplaced = "key-replaced"
        case collectorMismatch = "collector-mismatch"
        case ledgerBehind = "ledger-behind"
        case ledgerFork = "ledger-fork"
        case tooLarge = "too-large"
        case encoding
        case mediaType = "media-type"
        case schema
        case slowDown = "slow-down"
        case unavailable, `internal`

        /// What every `type` begins with.
        package static let typePrefix = "urn:convey:problem:"

        /// The value of `type`.
        package var type: String { Self.typePrefix + rawValue }

        /// The HTTP status.
        package var status: Int {
            switch self {
            case .framing, .malformed: 400
            case .signatureMissing, .signatureCoverage, .signatureInvalid, .digestMismatch,
                .signatureTime, .authorityUnknown, .keyUnknown, .tokenInvalid:
                401
            case .keyRevoked, .keyReplaced, .collectorMismatch: 403
            case .ledgerBehind, .ledgerFork: 409
            case .tooLarge: 413
            case .encoding, .mediaType: 415
            case .schema: 422
            case .slowDown: 429
            case .internal: 500
            case .unavailable: 503
            }
        }

        /// The value of `title`: the same words every time.
        package var title: String {
            switch self {
            case .framing: "The batch is not framed as the protocol says."
            case .malformed: "The request is not formed as the protocol says."
            case .signatureMissing: "The request carries no signature."
            case .signatureCoverage: "The signature does not cover the required components."
            case .signatureInvalid: "The signature does not verify."
            case .digestMismatch: "The body is not what its digest says."
            case .signatureTime: "The signature was made at another time."
            case .authorityUnknown: "The request names an authority that is not this one."
            case .keyUnknown: "The key belongs to no collector."
            case .tokenInvalid: "The enrolment token is not valid."
            case .keyRevoked: "The key is revoked."
            case .keyReplaced: "The key was followed by another already."
            case .collectorMismatch: "The batch names another collector than the key."
            case .ledgerBehind: "Earlier numbers are missing here."
            case .ledgerFork: "A number is known with another event."
            case .tooLarge: "The batch is too large."
            case .encoding: "The content coding is not accepted."
            case .mediaType: "The media type is not accepted."
            case .schema: "The event schema is not known."
            case .slowDown: "Too many requests."
            case .unavailable: "Nothing can be stored now."
            case .internal: "The aggregator failed."
            }
        }

        /// What a collector does with it.
        package var remedy: Remedy {
            switch self {
            case .framing: .quarantine
            case .malformed, .tokenInvalid: .giveUp
            case .signatureInvalid, .digestMismatch, .internal: .backOff
            case .signatureTime: .correctClock
            case .signatureMissing, .signatureCoverage, .authorityUnknown, .keyUnknown,
                .keyRevoked, .keyReplaced, .collectorMismatch, .mediaType, .schema:
                .keepAndAlert
            case .ledgerBehind: .resend
            case .ledgerFork: .newEpoch
            case .tooLarge: .split
            case .encoding: .fallBack
            case .slowDown, .unavailable: .wait
            }
        }
    }

    /// What a collector does after a problem; the last column of the table.
    package enum Remedy: Sendable {
        /// Put the batch aside as a file, state the gap, alert, go on.
        case quarantine
        /// Tell the operator; only an enrolment ends so.
        case giveUp
        /// As after a failure of the network.
        case backOff
        /// Take the signed time, try at once, then back off.
        case correctClock
        /// Keep everything, try every 5 minutes, alert.
        case keepAndAlert
        /// Go back to the number that the ledger expects.
        case resend
        /// Go on in a new epoch that names this one as its parent, alert.
        case newEpoch
        /// Send halves.
        case split
        /// Use a content coding that is accepted.
        case fallBack
        /// Wait as long as the answer says.
        case wait
    }
}

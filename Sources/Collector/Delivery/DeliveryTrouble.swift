package import Buffer
package import ConveyProtocol
internal import Daemon
package import HTTP

/// What keeps events from being delivered, in words for the operator.
package enum DeliveryTrouble: Sendable, Equatable {
    /// Nobody, or not the aggregator, answered.
    case exchange(ExchangeFault)
    /// The aggregator's own answer has a form that this version does not know.
    case notUnderstood(status: Int)
    /// The aggregator refused; nil for a problem that this version does not know.
    case refused(ProtocolProblem.Kind?, status: Int)
    /// The buffer failed.
    case buffer(BufferFault)
    /// The receipt was for other numbers than those that were sent.
    case strangeReceipt

    /// One or two sentences: what is wrong, and what to do. Nothing is lost meanwhile.
    package var sentence: String {
        switch self {
        case .exchange(let fault): fault.sentence
        case .notUnderstood(let status):
            "The aggregator answered \(status) in a form that is not known here. "
                + "Upgrade the collector."
        case .refused(let kind?, _): "The aggregator refuses: \(kind.title) \(Self.remedy(kind))"
        case .refused(nil, let status):
            "The aggregator refuses with \(status) for a reason not known here. "
                + "Upgrade the collector."
        case .buffer(let fault): fault.sentence
        case .strangeReceipt:
            "The aggregator's receipt does not fit what was sent. It is sent again."
        }
    }

    /// Whether a person must act before it can go on.
    package var needsPerson: Bool {
        switch self {
        case .refused(let kind, let status):
            switch kind?.remedy {
            case .keepAndAlert, .giveUp, .fallBack: true
            case nil: status < 500
            default: false
            }
        case .exchange, .notUnderstood, .buffer, .strangeReceipt: false
        }
    }

    private static func remedy(_ kind: ProtocolProblem.Kind) -> String {
        switch kind {
        case .keyUnknown, .keyRevoked, .keyReplaced, .collectorMismatch:
            "Everything is kept. Enrol this collector again with a new token."
        case .authorityUnknown:
            "Everything is kept. Add the name in the collector's URL to the aggregator's public names."
        case .signatureMissing, .signatureCoverage:
            "Something on the way removes or adds header fields; check proxies in between."
        case .signatureInvalid, .digestMismatch:
            "The request was altered on the way. It is sent again."
        case .signatureTime: "This machine's clock is wrong. It is corrected for what is sent."
        case .mediaType, .encoding, .schema:
            "Everything is kept. Upgrade the aggregator, or what stands between."
        case .slowDown, .unavailable: "It is sent again when the aggregator asked for it."
        case .internal: "See the aggregator's log. It is sent again."
        case .framing: "The batch is set aside; see the quarantine folder."
        case .tooLarge: "Smaller batches are sent."
        case .ledgerBehind: "Earlier events are sent again."
        case .ledgerFork: "A new epoch carries on."
        case .malformed, .tokenInvalid: "Enrol this collector again with a new token."
        }
    }
}

package import Time

/// How far an upload is.
package enum UploadState: String, CaseIterable, Codable, Sendable {
    /// Not sent now; the code says why.
    case held
    /// To be sent with the next request.
    case due
    /// In a request that was written down; bytes may have left.
    case sending
    /// The platform took the request and has given no verdict yet.
    case accepted
    /// The platform has it.
    case confirmed
    /// The platform, or the check before sending, refused it for good.
    case rejected
    /// It may or may not have arrived, and is not sent again blindly.
    case unknown
    /// It need not, or must not, be sent.
    case cancelled

    /// Whether the platform may get it yet, or be about to judge it.
    package var isInFlight: Bool { self == .sending || self == .accepted }
}

/// What becomes of an upload.
package enum UploadFate: Hashable, Sendable {
    case due
    /// Looked at again at a time, or when something changes.
    case held(code: String, until: Timestamp?)
    case confirmed
    case rejected(code: String)
    case unknown(code: String)
    case cancelled(code: String)

    /// The state that goes with it.
    package var state: UploadState {
        switch self {
        case .due: .due
        case .held: .held
        case .confirmed: .confirmed
        case .rejected: .rejected
        case .unknown: .unknown
        case .cancelled: .cancelled
        }
    }

    /// The reason, where there must be one.
    package var code: String? {
        switch self {
        case .due, .confirmed: nil
        case .held(let code, _), .rejected(let code), .unknown(let code), .cancelled(let code): code
        }
    }

    /// Until when it is held; nil where only a change ends that.
    package var until: Timestamp? {
        if case .held(_, let until) = self { until } else { nil }
    }
}

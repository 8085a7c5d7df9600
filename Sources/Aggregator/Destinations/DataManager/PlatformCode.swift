internal import HTTP

/// Keeps foreign words out of our records: a code is capitals, digits and `_`, or it is not shown.
enum PlatformCode {
    private static let bytesMax = 100

    /// The code, or `UNREADABLE_CODE` for anything that is none.
    static func clean(_ text: String) -> String {
        let isCode =
            (1...bytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
                    || (0x41...0x5A).contains(byte)
            }
        return isCode ? text : "UNREADABLE_CODE"
    }

    /// What no answer means. A request that is sent once never left when no connection came about.
    static func trouble(_ reason: HTTPFault.Reason) -> PlatformTrouble {
        let code = code(of: reason)
        return switch reason {
        case .nameUnknown, .refused, .socketMissing, .unreachable, .connectTimedOut,
            .certificateExpired, .certificateNotYetValid, .certificateForAnotherName,
            .certificateOfUnknownAuthority, .certificateInvalid, .authorityUnreadable:
            .unreached(code: code, httpStatus: nil, retryAfter: nil)
        case .answerTimedOut, .tlsFailed, .reset, .answerMalformed, .answerTooLarge, .stopped,
            .other:
            .uncertain(code: code, httpStatus: nil, retryAfter: nil)
        }
    }

    /// Our own codes for answers that never came.
    static func code(of reason: HTTPFault.Reason) -> String {
        switch reason {
        case .nameUnknown: "NAME_UNKNOWN"
        case .refused, .socketMissing: "CONNECTION_REFUSED"
        case .unreachable: "NETWORK_UNREACHABLE"
        case .connectTimedOut: "CONNECT_TIMED_OUT"
        case .answerTimedOut: "ANSWER_TIMED_OUT"
        case .certificateExpired, .certificateNotYetValid, .certificateForAnotherName,
            .certificateOfUnknownAuthority, .certificateInvalid, .authorityUnreadable:
            "CERTIFICATE_NOT_TRUSTED"
        case .tlsFailed: "TLS_FAILED"
        case .reset: "CONNECTION_RESET"
        case .answerMalformed: "ANSWER_UNREADABLE"
        case .answerTooLarge: "ANSWER_TOO_LARGE"
        case .stopped: "STOPPED"
        case .other: "CONNECTION_FAILED"
        }
    }
}

/// Reads how long a server asks to be left alone.
enum RetryAfter {
    /// The field's seconds, 0 to 24 h; nil without one, or for a date, which would need their clock.
    static func read(_ response: Response) -> Duration? {
        guard let text = response.headers["retry-after"], text.utf8.count <= 6,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int(text)
        else { return nil }
        return .seconds(min(seconds, 86_400))
    }
}

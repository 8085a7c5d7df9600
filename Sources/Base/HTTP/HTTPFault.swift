internal import Daemon

/// Why there is no answer to a request, in words that an operator can act on.
package struct HTTPFault: Fault, Equatable {
    /// What failed.
    package enum Reason: Hashable, Sendable {
        case nameUnknown, refused, unreachable, connectTimedOut, answerTimedOut
        case certificateExpired, certificateNotYetValid, certificateForAnotherName
        case certificateOfUnknownAuthority, certificateInvalid, tlsFailed, authorityUnreadable
        case reset, answerMalformed, answerTooLarge, stopped, socketMissing
        case other(Int32)
    }

    /// What failed, to branch on.
    package let reason: Reason

    /// Made by the client, and by tests that stand in for it.
    package init(_ reason: Reason) { self.reason = reason }

    /// What was being done.
    package var operation: String { "reach the server" }

    /// Whether the same request may succeed later without anybody's help. An expired certificate
    /// too: its renewal is somebody else's routine.
    package var canRetry: Bool { reason != .stopped && reason != .authorityUnreadable }

    /// What went wrong.
    package var cause: String {
        switch reason {
        case .nameUnknown: "its name is not known to DNS"
        case .refused: "nothing listens at its address and port"
        case .unreachable: "the network has no way to its address"
        case .connectTimedOut: "no connection came about in time"
        case .answerTimedOut: "no complete answer came in time"
        case .certificateExpired: "its TLS certificate has expired"
        case .certificateNotYetValid: "its TLS certificate is not valid yet"
        case .certificateForAnotherName: "its TLS certificate is for another name"
        case .certificateOfUnknownAuthority:
            "its TLS certificate was not issued by an authority that is trusted here"
        case .certificateInvalid: "its TLS certificate is not valid"
        case .tlsFailed: "no TLS connection came about"
        case .authorityUnreadable: "the configured certificate authority is not a PEM certificate"
        case .reset: "the connection broke off"
        case .answerMalformed: "what answered does not speak HTTP"
        case .answerTooLarge: "the answer is larger than allowed"
        case .stopped: "this program is stopping"
        case .socketMissing: "its local socket is not there"
        case .other(let code): "libcurl reported error \(code)"
        }
    }

    /// What the operator can do about it.
    package var remedy: String {
        switch reason {
        case .nameUnknown: "Check the configured URL and this machine's DNS."
        case .refused, .socketMissing: "Check that the server runs, and the configured address."
        case .unreachable, .connectTimedOut: "Check this machine's network and any firewall."
        case .answerTimedOut, .reset:
            "It is tried again; if it lasts, check the server and network."
        case .certificateExpired: "Renew the server's certificate."
        case .certificateNotYetValid: "Check this machine's clock, then the server's certificate."
        case .certificateForAnotherName:
            "Check the configured URL; a portal or proxy may stand in between."
        case .certificateOfUnknownAuthority:
            "Configure the server's authority, or find what intercepts the connection."
        case .certificateInvalid, .tlsFailed: "Check the server's certificate and TLS settings."
        case .authorityUnreadable: "Configure a PEM file with the authority's certificate."
        case .answerMalformed: "Check the configured URL and port."
        case .answerTooLarge: "Check that the configured URL is the right server's."
        case .stopped: "Start it again."
        case .other: "See libcurl-errors(3) for the number."
        }
    }
}

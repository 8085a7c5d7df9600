internal import CCurl
internal import COpenSSL
internal import Glibc

extension HTTPFault {
    /// What libcurl knows when a transfer has failed.
    struct Evidence {
        let code: CURLcode
        /// OpenSSL's verdict on the certificate; 0 where it had no complaint.
        let verification: Int
        /// errno of the connection attempt.
        let errorNumber: Int32
        /// Whether any of the request was sent.
        let wasSent: Bool
        let isLocalSocket: Bool
        /// Whether the body or head grew beyond its bound.
        let isTooLarge: Bool
    }

    /// Reads libcurl's codes.
    init(_ evidence: Evidence) {
        if evidence.isTooLarge {
            self.init(.answerTooLarge)
        } else {
            self.init(Self.reason(evidence))
        }
    }

    private static func reason(_ evidence: Evidence) -> Reason {
        switch evidence.code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .nameUnknown
        case CURLE_COULDNT_CONNECT: connectReason(evidence)
        case CURLE_OPERATION_TIMEDOUT:
            evidence.wasSent ? .answerTimedOut : .connectTimedOut
        case CURLE_PEER_FAILED_VERIFICATION: certificateReason(evidence.verification)
        case CURLE_SSL_CACERT_BADFILE: .authorityUnreadable
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM: .tlsFailed
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE: .reset
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
            CURLE_HTTP2:
            .answerMalformed
        case CURLE_ABORTED_BY_CALLBACK: .stopped
        default: .other(Int32(evidence.code.rawValue))
        }
    }

    private static func connectReason(_ evidence: Evidence) -> Reason {
        switch evidence.errorNumber {
        case ENOENT where evidence.isLocalSocket: .socketMissing
        case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EACCES, EPERM: .unreachable
        case ETIMEDOUT: .connectTimedOut
        default: .refused
        }
    }

    private static func certificateReason(_ verification: Int) -> Reason {
        switch Int32(verification) {
        case X509_V_OK, X509_V_ERR_UNSPECIFIED:
            // libcurl compares the name itself, before it asks OpenSSL for a verdict.
            .certificateForAnotherName
        case X509_V_ERR_CERT_HAS_EXPIRED: .certificateExpired
        case X509_V_ERR_CERT_NOT_YET_VALID: .certificateNotYetValid
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE:
            .certificateOfUnknownAuthority
        default: .certificateInvalid
        }
    }
}

package import HTTP

/// Why a request is turned away whole. Every case is for the sender, or the site's owner, to mend.
package enum IntakeRefusal: Error, Equatable, Sendable {
    case keyMissing, keyUnknown, originUnknown, siteUnknown, linkUnknown, featureOff
    case mediaTypeUnknown, bodyMalformed, bodyEmpty, tooManyEvents
    case signatureWrong, signatureExpired, shopUnknown
    case noSettings
    case encoding(BodyRefusal)
    /// A sender has used up what it may send in this time.
    case rateLimited(RateRefusal)

    /// The HTTP status that tells the sender whether to retry.
    package var status: Int {
        switch self {
        case .keyMissing, .keyUnknown, .signatureWrong, .signatureExpired: 401
        case .originUnknown, .shopUnknown: 403
        case .siteUnknown, .linkUnknown: 404
        case .mediaTypeUnknown: 415
        case .bodyMalformed, .bodyEmpty: 400
        case .tooManyEvents: 413
        case .featureOff, .noSettings: 503
        case .encoding(let refusal): refusal.status
        case .rateLimited: 429
        }
    }

    /// What a client branches on, and what refusals are counted by.
    package var code: String {
        switch self {
        case .keyMissing: "key_missing"
        case .keyUnknown: "key_unknown"
        case .originUnknown: "origin_unknown"
        case .siteUnknown: "site_unknown"
        case .linkUnknown: "link_unknown"
        case .featureOff: "switched_off"
        case .mediaTypeUnknown: "media_type_unknown"
        case .bodyMalformed: "body_malformed"
        case .bodyEmpty: "body_empty"
        case .tooManyEvents: "too_many_events"
        case .signatureWrong: "signature_wrong"
        case .signatureExpired: "signature_expired"
        case .shopUnknown: "shop_unknown"
        case .noSettings: "no_settings"
        case .encoding: "encoding_refused"
        case .rateLimited: "rate_limited"
        }
    }

    /// What is wrong, in a sentence of ours.
    package var title: String {
        switch self {
        case .keyMissing: "A site key or a server key is needed."
        case .keyUnknown: "The key is not known here."
        case .originUnknown: "The site does not take events from this origin."
        case .siteUnknown: "The site is not known here."
        case .linkUnknown: "There is no such link."
        case .featureOff: "This endpoint is switched off for the site."
        case .mediaTypeUnknown:
            "The body is application/json, text/plain, application/x-ndjson or CloudEvents in JSON."
        case .bodyMalformed: "The body is not valid JSON."
        case .bodyEmpty: "The body holds no event."
        case .tooManyEvents: "The body holds more events than are allowed."
        case .signatureWrong: "The signature is missing or does not belong to the body."
        case .signatureExpired: "The signature's time is not within five minutes of now."
        case .shopUnknown: "The shop domain is not this site's."
        case .noSettings: "The collector has no settings yet."
        case .encoding: "The body's encoding is refused."
        case .rateLimited: "More requests than are allowed have come; wait before the next."
        }
    }

    /// The refusal as an answer.
    package func response(_ requestID: RequestID?) -> Response {
        if case .encoding(let refusal) = self { return refusal.response(requestID) }
        let response = Response.problem(status, code, title, requestID: requestID)
        switch self {
        case .keyMissing, .keyUnknown: return response.with("WWW-Authenticate", "Bearer")
        case .featureOff, .noSettings: return response.with("Retry-After", "60")
        case .rateLimited(let refusal): return refusal.limiting(response)
        default: return response
        }
    }
}

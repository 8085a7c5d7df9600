import HTTP

/// What browsers are told of other origins (Fetch Standard, CORS protocol). A filter, no
/// authentication: it keeps pages of strangers out, not programs.
enum CrossOrigin {
    /// The request's `Origin`, as browsers spell it; nil for what is no browser.
    static func origin(of request: Request) -> String? {
        request.headers.first("origin")?.lowercased()
    }

    /// Adds what lets a page read the answer.
    static func allow(_ origin: String?, in response: Response) -> Response {
        guard let origin else { return response }
        let allowed = response.with("Access-Control-Allow-Origin", origin).with("Vary", "Origin")
        guard response.headers.occurrences(of: "retry-after") > 0 else { return allowed }
        return allowed.with(
            "Access-Control-Expose-Headers", "Retry-After, RateLimit, RateLimit-Policy")
    }

    /// Answers a preflight: 204 with the permission, 403 without.
    static func preflight(_ request: Request, isAllowed: (String) -> Bool) -> Response {
        guard let origin = origin(of: request), isAllowed(origin) else {
            return IntakeRefusal.originUnknown.response(request.id).with("Vary", "Origin")
        }
        return allow(origin, in: Response(204))
            .with("Access-Control-Allow-Methods", "POST")
            .with("Access-Control-Allow-Headers", allowedFields)
            .with("Access-Control-Max-Age", "7200")
    }

    private static let allowedFields =
        "Content-Type, Content-Encoding, Authorization, X-API-Key, X-Site-Key, Idempotency-Key, Prefer, "
        + "AnonymousId"
}

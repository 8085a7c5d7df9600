import Buffer
import HTTP

/// What intake's routes do, by method and path: the source of `/openapi.json`, and what tests hold
/// every answer against.
enum IntakeOperations {
    /// The description of a route; a preflight's is the same everywhere.
    static func operation(_ route: Route) -> Operation? {
        if route.method == .options { return preflight(route.path) }
        return table["\(route.method.name) \(route.path)"]
    }

    private static let table: [String: Operation] = {
        var table: [String: Operation] = [
            "POST /v1/events": events,
            "POST /webhooks/shopify/{site}": shopify,
            "POST /webhooks/woocommerce/{site}": woocommerce,
            "POST /api/cart-tracking/track": cart,
            "POST /api/cart-tracking/track/bulk": cartBulk,
            "POST /api/conversions": conversion,
            "GET /l/{code}": link,
            "GET /v1/p.gif": pixel,
            "GET /readyz": readiness,
        ]
        for (path, call) in Segment.paths {
            table["POST \(path)"] = segment(path, call?.rawValue ?? "batch")
        }
        return table
    }()

    // MARK: What many share

    static let json = "application/json"
    static let problemType = "application/problem+json"

    /// The refusals of whoever needs a key.
    static let senderRefusals: [IntakeRefusal] = [
        .keyMissing, .keyUnknown, .originUnknown, .mediaTypeUnknown, .bodyMalformed, .featureOff,
        .noSettings,
    ]

    static let idempotencyKey = Operation.Parameter(
        .header, "Idempotency-Key",
        "Names the request: a retry with the same key is the same event.")

    /// Replies in the shape of RFC 9457, one for each status, with the codes that it may have.
    static func problems(
        _ refusals: [IntakeRefusal], others: [Int: [(code: String, title: String)]] = [:]
    ) -> [Operation.Reply] {
        replies(refusals, others: others) { _ in
            [Operation.Content(problemType, .problem)]
        }
    }

    /// Replies for refusals, for what the buffer and the server turn away, and for rate limits.
    static func replies(
        _ refusals: [IntakeRefusal], others: [Int: [(code: String, title: String)]],
        content: (Int) -> [Operation.Content]
    ) -> [Operation.Reply] {
        var reasons = others
        for refusal in refusals {
            reasons[refusal.status, default: []].append((refusal.code, refusal.title))
        }
        return reasons.sorted { $0.key < $1.key }.map { status, reasons in
            Operation.Reply(
                status, reasons.map { "`\($0.code)`: \($0.title)" }.joined(separator: " "),
                headers: headers(status), content(status))
        }
    }

    private static func headers(_ status: Int) -> [String: String] {
        switch status {
        case 401: ["WWW-Authenticate": "How to bring a key."]
        case 429:
            [
                "Retry-After": "Seconds to wait.", "RateLimit": "What is left, by RFC draft.",
                "RateLimit-Policy": "The limits.",
            ]
        case 503, 507: ["Retry-After": "Seconds to wait."]
        default: [:]
        }
    }

    /// What the server itself and the buffer say under every route that takes a body.
    static var pressure: [Int: [(code: String, title: String)]] {
        var reasons: [Int: [(code: String, title: String)]] = [
            400: [("encoding_broken", "The body cannot be decoded.")],
            415: [("encoding_unknown", "The body's encoding is not known here.")],
            413: [("body_too_large", "The request's body is larger than this path takes.")],
            429: [("rate_limited", "More requests than are allowed have come.")],
            503: [("too_busy", "Too much is waiting already; try again.")],
        ]
        for refusal in BufferRefusal.allCases {
            let reason = BufferReason(refusal)
            reasons[reason.status, default: []].append((reason.code, reason.sentence))
        }
        return reasons
    }

    private static func preflight(_ path: String) -> Operation {
        var operation = Operation(
            "preflight\(path.map { $0.isLetter || $0.isNumber ? $0 : "_" }.map(String.init).joined())",
            "What pages may send here (CORS)")
        operation.replies =
            [
                Operation.Reply(
                    204, "The page's origin may send.",
                    headers: ["Access-Control-Allow-Origin": "The origin."])
            ]
            + problems([.originUnknown])
        return operation
    }

    private static let readiness: Operation = {
        var operation = Operation("readyz", "Whether an event could be stored durably now")
        let reasons = BufferRefusal.allCases.map {
            (code: $0.rawValue, title: BufferReason($0).sentence)
        }
        operation.replies =
            [Operation.Reply(200, "It could.", [Operation.Content("text/plain", nil)])]
            + problems([.noSettings], others: [503: reasons])
        return operation
    }()
}

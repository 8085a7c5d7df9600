internal import HTTP
internal import JSON

/// Google's error answers, in the shape of google.rpc.Status.
/// - Source: google/rpc/status.proto, error_details.proto, code.proto.
struct GoogleError: Sendable {
    var http: Int
    var status: StaticString
    var message = "Request refused."
    /// `ErrorInfo.reason`; nil leaves the detail out.
    var reason: String?
    var violations: [Violation] = []
    var metadata: [(name: String, value: String)] = []
    var retryAfterSeconds: Int?
    var requestID = ""

    static let unauthenticated = GoogleError(
        http: 401, status: "UNAUTHENTICATED",
        message: "Request had invalid authentication credentials.", reason: "ACCESS_TOKEN_EXPIRED")
    static let throttled = GoogleError(
        http: 429, status: "RESOURCE_EXHAUSTED", message: "Quota exceeded.",
        reason: "RESOURCE_EXHAUSTED",
        metadata: [("quota_limit", "IngestionMutateRequestsPerMinutePerProject")],
        retryAfterSeconds: 1)
    static let `internal` = GoogleError(
        http: 500, status: "INTERNAL", message: "Internal error.", reason: "INTERNAL_ERROR")
    static let unavailable = GoogleError(
        http: 503, status: "UNAVAILABLE", message: "The service is unavailable.")

    /// A body that is no request at all, refused before Data Manager sees it.
    static func form(_ violations: [Violation]) -> GoogleError {
        GoogleError(
            http: 400, status: "INVALID_ARGUMENT", message: "Invalid JSON payload received.",
            violations: violations)
    }

    /// A request that says something wrong.
    /// - Parameter namesFields: where not, only the first reason is told.
    static func content(_ violations: [Violation], namesFields: Bool) -> GoogleError {
        GoogleError(
            http: 400, status: "INVALID_ARGUMENT",
            message: "There was a problem with the request.",
            reason: namesFields ? "INVALID_ARGUMENT" : violations.first?.reason,
            violations: namesFields ? violations : [])
    }

    /// What an account or an action is refused with, whatever the request says.
    static func configured(_ reason: String) -> GoogleError {
        let refused = ["PERMISSION_DENIED", "NOT_ALLOWLISTED", "TERMS_AND_CONDITIONS_NOT_SIGNED"]
        if refused.contains(reason) {
            return GoogleError(http: 403, status: "PERMISSION_DENIED", reason: reason)
        }
        if reason == "NOT_FOUND" {
            return GoogleError(http: 404, status: "NOT_FOUND", reason: reason)
        }
        return GoogleError(http: 400, status: "INVALID_ARGUMENT", reason: reason)
    }

    /// The answer.
    var response: Response {
        var json = JSONWriter()
        json.object { json in
            json.key("error")
            json.object { json in
                json.key("code")
                json.integer(Int64(http))
                json.key("message")
                json.string(message)
                json.key("status")
                json.string(status)
                json.key("details")
                json.array { details(&$0) }
            }
        }
        let response = Response.json(http, json.bytes)
        guard let seconds = retryAfterSeconds else { return response }
        return response.with("Retry-After", "\(seconds)")
    }

    private func details(_ json: inout JSONWriter) {
        if let reason {
            json.object { json in
                Self.type("ErrorInfo", &json)
                json.key("reason")
                json.string(reason)
                json.key("domain")
                json.string("datamanager.googleapis.com")
                guard !metadata.isEmpty else { return }
                json.key("metadata")
                json.object { json in
                    for (name, value) in metadata {
                        json.key(name)
                        json.string(value)
                    }
                }
            }
        }
        if !violations.isEmpty {
            json.object { json in
                Self.type("BadRequest", &json)
                json.key("fieldViolations")
                json.array { json in
                    for violation in violations { Self.write(violation, &json) }
                }
            }
        }
        json.object { json in
            Self.type("RequestInfo", &json)
            json.key("requestId")
            json.string(requestID)
        }
    }

    private static func write(_ violation: Violation, _ json: inout JSONWriter) {
        json.object { json in
            json.key("field")
            json.string(violation.field)
            json.key("description")
            json.string(violation.description)
            guard let reason = violation.reason else { return }
            json.key("reason")
            json.string(reason)
        }
    }

    private static func type(_ name: StaticString, _ json: inout JSONWriter) {
        json.key("@type")
        json.string("type.googleapis.com/google.rpc.\(name)")
    }
}

import Doubles
import Foundation
import HTTP
import Testing

/// Speaks with a double as a program of Google's customer would, by hand.
struct Caller {
    let origin: Origin
    let credentials: DoubleCredentials
    let client = Client()

    init(double: GoogleDouble) { self.init(origin: double.origin, double.credentials) }

    init(origin: Origin, _ credentials: DoubleCredentials = .init()) {
        (self.origin, self.credentials) = (origin, credentials)
    }

    func token(_ form: String? = nil) async throws -> String {
        let answer = try await post(
            "/token", form ?? Self.form(credentials),
            type: "application/x-www-form-urlencoded")
        return try Self.member("access_token", of: answer) as? String ?? ""
    }

    static func form(_ credentials: DoubleCredentials) -> String {
        "grant_type=refresh_token&client_id=\(credentials.clientID)"
            + "&client_secret=\(credentials.clientSecret)&refresh_token=\(credentials.refreshToken)"
    }

    func post(
        _ path: String, _ body: String, token: String? = nil, type: String = "application/json"
    ) async throws -> Response {
        var request = ClientRequest(.post, origin, path, body: Array(body.utf8))
        request.headers.add("Content-Type", type)
        if let token { request.headers.add("Authorization", "Bearer \(token)") }
        return try await client.send(request)
    }

    func get(_ path: String, token: String? = nil) async throws -> Response {
        var request = ClientRequest(.get, origin, path)
        if let token { request.headers.add("Authorization", "Bearer \(token)") }
        return try await client.send(request)
    }

    func ingest(_ body: String) async throws -> Response {
        try await post("/v1/events:ingest", body, token: token())
    }

    func requestID(_ body: String) async throws -> String {
        let answer = try await ingest(body)
        return try #require(try Self.member("requestId", of: answer) as? String)
    }

    /// `SUCCESS`, and failures by reason.
    func verdict(on requestID: String) async throws -> (String, [String: String]) {
        let answer = try await get(
            "/v1/requestStatus:retrieve?requestId=\(requestID)", token: token())
        let statuses = try Self.member("requestStatusPerDestination", of: answer)
        let status = try #require((statuses as? [[String: Any]])?.first)
        let info = status["errorInfo"] as? [String: Any]
        let counts = info?["errorCounts"] as? [[String: Any]] ?? []
        return (
            status["requestStatus"] as? String ?? "",
            Dictionary(
                counts.map { ($0["reason"] as? String ?? "", $0["recordCount"] as? String ?? "") },
                uniquingKeysWith: { first, _ in first })
        )
    }

    /// Field and reason of each fault that an answer names.
    static func violations(_ answer: Response) throws -> [String: String] {
        let error = try member("error", of: answer) as? [String: Any]
        let details = error?["details"] as? [[String: Any]] ?? []
        let violations = details.flatMap { $0["fieldViolations"] as? [[String: Any]] ?? [] }
        return Dictionary(
            violations.map { ($0["field"] as? String ?? "", $0["reason"] as? String ?? "") },
            uniquingKeysWith: { first, _ in first })
    }

    static func member(_ name: String, of answer: Response) throws -> Any? {
        let object = try JSONSerialization.jsonObject(with: Data(answer.body))
        return (object as? [String: Any])?[name]
    }
}

/// Bodies of `events:ingest`.
enum Bodies {
    static let now = "2026-03-10T12:00:00Z"

    static func event(
        _ id: String, value: String = "12.5", click: String = "EAIaIQobChMIsample",
        at: String = "2026-03-09T12:00:00Z", more: String = ""
    ) -> String {
        #"{"transactionId":"\#(id)","eventTimestamp":"\#(at)","eventSource":"WEB","#
            + #""adIdentifiers":{"gclid":"\#(click)"},"conversionValue":\#(value),"currency":"EUR"\#(more)}"#
    }

    static let destination =
        #"{"operatingAccount":{"accountType":"GOOGLE_ADS","accountId":"1234567890"},"#
        + #""productDestinationId":"987"}"#

    static func request(_ events: [String], more: String = "") -> String {
        #"{"destinations":[\#(destination)],"events":[\#(events.joined(separator: ","))]\#(more)}"#
    }
}

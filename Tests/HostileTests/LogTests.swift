import Child
import Crypto
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: nothing that tells of a person, and no key, reaches a log or an error's answer, whatever is sent
/// to whichever door, sound or broken.
///
/// Method: both real programs and the double of the platform log as much as they can, at level `debug`
/// and with a line for every request. Every door gets every body, every header and every address that
/// holds a sample of a person; then all that was written and every answer above 399 is searched.
@Suite(.inTurn, .timeLimit(.minutes(15))) struct LogTests {
    /// People who do not exist, at addresses that belong to nobody.
    private static let samples = [
        "maria.lindqvist", "maria.lindqvist%40", "Lindqvist", "lindqvist", "+46701740605",
        "070-174 06 05", "Storgatan 55", "11455", "198.51.100.", "2001:db8:77",
        "cookie-of-maria", "bearer-of-maria", "Cj0KCQmariasclickid0123456789",
    ]

    @Test(arguments: Backend.ofPrograms)
    func nothingOfAPersonIsWrittenDown(_ backend: Backend) async throws {
        let stage = try await Stage.fresh(on: backend)
        let loud = ["CONVEY_AGGREGATOR_LOG_LEVEL": "debug"]
        let aggregator = try await stage.startAggregator(environment: loud)
        let merchant = try await Merchant.open("Logs", stores: ["lamps"], on: stage)
        let collector = try await merchant.startCollector(environment: [
            "CONVEY_COLLECTOR_LOG_LEVEL": "debug", "CONVEY_COLLECTOR_LOG_REQUESTS": "all",
        ])
        try await merchant.takesEvents()
        let platform = try AdPlatform(on: stage)
        let double = try await platform.start()

        let doors = Self.doors(merchant) + Self.doors(stage) + Self.doors(platform)
        let sent = try await Self.knock(at: doors, of: merchant, stage)
        #expect(sent.refused > 100 && sent.taken > 10, "\(sent)")
        try await Books(stage: stage, merchant: merchant).settled(within: .seconds(60))

        for program in [collector, aggregator, double] { await program.stop() }
        let secrets = merchant.shops.flatMap { [$0.serverKey, $0.webhookSecret] }
        let read = try Self.search(stage, for: Self.samples + secrets)
        print("Logs: \(sent), \(read) lines searched")
        // The logs know of most requests, or nothing was searched.
        #expect(read > (sent.taken + sent.refused) / 2, "\(read) lines")
        try stage.remove()
    }

    // MARK: Doors

    private struct Door {
        let method: HTTP.Method
        let origin: Origin
        let path: String
    }

    private static func doors(_ merchant: Merchant) -> [Door] {
        let site = merchant.shops[0].siteID
        let posts = [
            "/v1/events", "/v1/track", "/v1/identify", "/v1/batch", "/webhooks/shopify/\(site)",
            "/webhooks/woocommerce/\(site)", "/webhooks/shopify/maria.lindqvist@example.com",
            "/api/cart-tracking/track", "/api/cart-tracking/track/bulk", "/api/conversions",
            "/maria.lindqvist@example.com",
        ]
        let gets = ["/l/lindqvist", "/v1/p.gif", "/readyz", "/metrics", "/nothing/lindqvist"]
        return posts.map { Door(method: .post, origin: merchant.intake, path: $0) }
            + gets.map { Door(method: .get, origin: merchant.intake, path: $0) }
    }

    private static func doors(_ stage: Stage) -> [Door] {
        let posts = ["/v1/batches", "/v1/collectors/enroll", "/nothing/lindqvist"]
        let gets = ["/api/v1/orders/explain", "/api/v1/conversions/lindqvist/explain", "/healthz"]
        return posts.map { Door(method: .post, origin: stage.aggregator, path: $0) }
            + gets.map { Door(method: .get, origin: stage.aggregator, path: $0) }
    }

    private static func doors(_ platform: AdPlatform) -> [Door] {
        ["/token", "/v1/events:ingest", "/nothing/lindqvist"].map {
            Door(method: .post, origin: platform.origin, path: $0)
        }
    }

    // MARK: What is sent

    private static let person = """
        {"email":"Maria.Lindqvist@example.com","phone":"+46701740605","first_name":"Maria",\
        "last_name":"Lindqvist","street":"Storgatan 55","postal_code":"11455","country":"SE"}
        """

    private static let bodies = [
        // sound, with a person in every place
        """
        {"type":"purchase","user":\(person),"client":{"ip":"198.51.100.77"},\
        "page":{"url":"https://a.example/?email=maria.lindqvist%40example.com"},\
        "click":{"gclid":"Cj0KCQmariasclickid0123456789"},"order":{"id":"1"},\
        "value":{"amount":"10.00","currency":"EUR"},"data":{"note":"070-174 06 05"}}
        """,
        // broken in each way, with a person where it breaks
        #"{"type":"maria.lindqvist@example.com"}"#,
        #"{"type":"t","id":"maria.lindqvist@example.com"}"#,
        #"{"type":"t","occurred_at":"Lindqvist"}"#,
        #"{"type":"t","value":{"amount":"+46701740605","currency":"Lindqvist"}}"#,
        #"{"type":"t","user":"maria.lindqvist@example.com"}"#,
        #"{"type":"t","user":{"email":["maria.lindqvist@example.com"]}}"#,
        #"{"type":"t","consent":{"analytics":"Lindqvist"}}"#,
        #"{"type":"t","data":{"a":[[[[[[[[["Lindqvist"]]]]]]]]]}}"#,
        #"{"type":"t","lindqvist":1,"lindqvist":2}"#, #"{"type":"t","user":\#(person)"#,
        "maria.lindqvist@example.com", #"["maria.lindqvist@example.com"]"#, "",
        #"{"key":"maria.lindqvist@example.com","type":"t"}"#,
        #"{"storeName":"lindqvist","email":"maria.lindqvist@example.com","shop":"lindqvist"}"#,
        #"{"type":"track","userId":"maria.lindqvist@example.com","event":"Lindqvist"}"#,
        #"{"writeKey":"bearer-of-maria","type":"track","event":"Order Completed"}"#,
    ]

    /// Headers beside the credential.
    private static let headers: [(String, String)] = [
        ("User-Agent", "Lindqvist/1.0 maria.lindqvist@example.com"),
        ("Referer", "https://a.example/?email=maria.lindqvist%40example.com"),
        ("Cookie", "session=cookie-of-maria"),
        ("X-Real-IP", "2001:db8:77::1"), ("X-Request-Id", "maria.lindqvist@example.com"),
        ("Idempotency-Key", "maria.lindqvist@example.com"), ("Accept-Language", "lindqvist"),
        ("traceparent", "maria.lindqvist@example.com"),
        ("X-Shopify-Topic", "orders/lindqvist"), ("X-Shopify-Shop-Domain", "lindqvist.example"),
        ("X-WC-Webhook-Topic", "lindqvist"), ("Forwarded", "for=198.51.100.77"),
    ]

    private static let types = [
        "application/json", "text/plain", "application/x-ndjson", "lindqvist/html",
        "application/cloudevents+json",
    ]

    private static func credentials(_ merchant: Merchant) -> [(String, String)?] {
        let shop = merchant.shops[0]
        return [
            ("X-API-Key", shop.siteKey), ("Authorization", "Bearer \(shop.serverKey)"),
            ("Authorization", "Bearer bearer-of-maria"), ("Origin", "https://lindqvist.example"),
            ("Content-Encoding", "lindqvist"), nil,
        ]
    }

    private struct Sent: CustomStringConvertible {
        var taken = 0
        var refused = 0
        var description: String { "\(taken) taken, \(refused) refused" }
    }

    /// Each door gets each body once, with credentials and types by turns.
    private static func knock(
        at doors: [Door], of merchant: Merchant, _ stage: Stage
    ) async throws -> Sent {
        var settings = Client.Settings()
        settings.trust = .authority(pem: stage.authorityPEM)
        let client = Client(settings)
        let credentials = credentials(merchant)
        var sent = Sent()
        for (row, door) in doors.enumerated() {
            for (column, body) in bodies.enumerated() {
                var headers = Headers()
                for (name, value) in Self.headers { headers.add(name, value) }
                // What one address is refused again leaves no line of its own.
                headers.add("X-Forwarded-For", "198.51.100.\((sent.taken + sent.refused) & 255)")
                headers.add("Content-Type", types[column == 0 ? 0 : column % types.count])
                if let (name, value) = credentials[(row + column / 2) % credentials.count] {
                    headers.add(name, value)
                }
                let query =
                    column % 3 == 1 ? "?email=maria.lindqvist%40example.com&key=lindqvist" : ""
                let request = ClientRequest(
                    door.method, door.origin, door.path + query, headers: headers,
                    body: door.method == .get ? [] : Array(body.utf8))
                let answer = try await client.send(request)
                if answer.status < 400 { sent.taken += 1 } else { sent.refused += 1 }
                guard answer.status >= 400 else { continue }
                expectNothing(
                    of: samples + [merchant.shops[0].serverKey],
                    in: String(decoding: answer.body, as: UTF8.self), "\(door.path), body \(column)"
                )
            }
        }
        return sent
    }

    // MARK: Searching

    /// - Returns: how many lines were read.
    private static func search(_ stage: Stage, for secrets: [String]) throws -> Int {
        let folder = stage.path("logs")
        var lines = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            // What a command prints for who ran it is no log: keys are shown once.
            guard name.hasSuffix(".log") else { continue }
            expectNothing(of: secrets, in: text, name)
            lines += text.split(separator: "\n").count
        }
        return lines
    }

    private static func expectNothing(of secrets: [String], in text: String, _ place: String) {
        for secret in secrets where text.contains(secret) {
            let line = text.split(separator: "\n").first { $0.contains(secret) } ?? ""
            Issue.record("\(place) holds \(secret): \(line.prefix(300))")
        }
    }

}

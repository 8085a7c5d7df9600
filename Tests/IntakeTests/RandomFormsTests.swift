import Foundation
import HTTP
import TestSupport
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: whatever comes in a foreign form is stored soundly or refused, never both and never wrongly.
/// Method: bodies of known names and awkward values, put together at random; a failure prints the seed.
@Suite struct RandomFormsTests {
    private static let names = [
        "specversion", "id", "source", "type", "time", "data", "data_base64", "event", "messageId",
        "userId", "anonymousId", "timestamp", "sentAt", "context", "traits", "properties", "page",
        "campaign", "url", "products", "product_id", "price", "quantity", "total", "currency",
        "order_id", "email", "phone", "name", "address", "country", "consent", "ip", "screen",
        "width", "height", "click", "gclid", "utm", "value", "amount", "segment", "cloud_event",
        "batch", "a@b.example", "[email-1]", "", "e_1",
    ]
    private static let values = [
        "1", "-1", "1.5", "1e300", "18446744073709551615", "true", "null", #""""#, #""1.0""#,
        #""track""#, #""page""#, #""Order Completed""#, #""purchase""#, #""USD""#, #""1,234.50""#,
        #""27.50""#, #""2026-01-01T00:00:00Z""#, #""a@b.example""#, #""\u0000\ud83d\ude00 é""#,
        #""https://shop.example/?gclid=EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQY&utm_id=1""#,
        #""e30=""#, "\"\(String(repeating: "x", count: 9000))\"",
    ]

    private static func value(_ depth: Int, _ random: inout SeededRandom) -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<3 where depth > 0: object(depth - 1, front: [], &random)
        case 3 where depth > 0:
            "["
                + (0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth - 1, &random) }
                .joined(separator: ",") + "]"
        default: values.randomElement(using: &random) ?? "0"
        }
    }

    /// - Parameter front: Members that stand before the random ones, whose names are others.
    private static func object(
        _ depth: Int, front: [String] = [], _ random: inout SeededRandom
    ) -> String {
        let names = names.filter { name in !front.contains { $0.hasPrefix("\"\(name)\":") } }
            .shuffled(using: &random).prefix(Int.random(in: 0...12, using: &random))
        let members = names.map { #""\#($0)":\#(value(depth, &random))"# }
        return "{" + (front + members).joined(separator: ",") + "}"
    }

    private static let forms: [(path: String, type: String?, front: [String])] = [
        (
            "/v1/events", "application/cloudevents+json",
            [#""specversion":"1.0""#, #""id":"1""#, #""source":"/""#, #""type":"purchase""#]
        ),
        ("/v1/events", nil, [#""type":"purchase""#]),
        ("/v1/track", nil, [#""event":"Order Completed""#]), ("/v1/track", nil, []),
        ("/v1/page", nil, []), ("/v1/identify", nil, []), ("/v1/group", nil, []),
        ("/v1/alias", nil, []),
    ]

    @Test func everyBodyIsStoredSoundlyOrRefused() {
        var random = SeededRandom(seed: UInt64.random(in: 0...UInt64.max))
        let harness = IntakeHarness { custom, _ in
            custom.limits.trustedRequestsPerMinute = 1_000_000
        }
        var (stored, refused) = (0, 0)
        for _ in 0..<1000 {
            let form = Self.forms.randomElement(using: &random) ?? Self.forms[0]
            var headers: Headers = ["X-API-Key": IntakeHarness.serverKey]
            if let type = form.type { headers.add("Content-Type", type) }
            let body = Self.object(3, front: form.front, &random)
            let response = harness.send(
                Request(.post, form.path, headers: headers, body: Array(body.utf8)))
            let seed: Comment = "seed \(random.seed): \(form.path) \(body)"
            #expect(response.status == 200 || response.status == 400, seed)
            if response.status == 200 { stored += 1 } else { refused += 1 }
        }
        let events = harness.store.events
        #expect(events.count == stored && stored > 0 && refused > 0)
        for event in events { #expect(event.fault == nil, "seed \(random.seed): \(event.text)") }
    }

    @Test func everyPictureIsStoredSoundlyOrRefused() {
        var random = SeededRandom(seed: UInt64.random(in: 0...UInt64.max))
        let harness = IntakeHarness { custom, _ in custom.limits.requestsPerMinute = 1_000_000 }
        let parts = [
            "type", "id", "=", "&", "page.", "data.", "user.", "order.", "url", "%20", "%zz", "é",
            "a",
            "value", "1.5", "utm_source", "gclid", "consent.analytics", "granted", ".",
            "@b.example",
        ]
        for _ in 0..<1000 {
            let query = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }.joined()
            let response = harness.send(
                Request(.get, "/v1/p.gif?key=\(IntakeHarness.siteKey)&\(query)"))
            let seed: Comment = "seed \(random.seed): \(query)"
            #expect(response.status == 200 || response.status == 400, seed)
        }
        for event in harness.store.events {
            #expect(event.fault == nil, "seed \(random.seed): \(event.text)")
        }
    }
}

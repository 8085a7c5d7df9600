import Foundation
import HTTP
import TestSupport
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: whatever comes as the body of a contract, the answer has the contract's shape and what is
/// stored is sound. Method: bodies drawn from pieces that are nearly right; `Conformance` holds every
/// answer against its schema. A failure names the seed.
@Suite struct ContractRandomTests {
    private static let names = [
        "storeName", "productId", "productTitle", "productUrl", "variantId", "customerEmail",
        "customerFirstName", "personImageUrl", "generatedImageUrl", "sessionId", "userAgent",
        "tracking_id", "campaign_link_id", "event_type", "revenue_amount", "currency",
        "event_data", "key", "events", "data", "id", "type",
    ]
    private static let values = [
        #""shop.example""#, #""https://shop.example/a?b=c""#, #""ann@example.com""#, "null", "1",
        "12.10", "-0", "1e9", "18446744073709551615", #""""#, "true", "[]", "{}", #""EUR""#,
        #""5f0d3a52-77c1-4c7e-9d0a-6a1f0c9b2e11""#, #""purchase""#, #""course_enrollment""#,
        #""\u0000\ud83d\ude00""#, #""\#(String(repeating: "ä", count: 700))""#, #"{"order_id":7}"#,
    ]

    private static func object(_ random: inout SeededRandom, depth: Int = 0) -> String {
        let members = names.filter { _ in random.next() % 3 == 0 }.map { name in
            if depth == 0, random.next() % 8 == 0 {
                let events = (0..<random.next() % 4).map { _ in object(&random, depth: 1) }
                return #""events":[\#(events.joined(separator: ","))]"#
            }
            // Mostly what belongs there, so that many are taken.
            if name == "storeName", random.next() % 4 > 0 { return #""storeName":"shop.example""# }
            if name.hasSuffix("_id"), random.next() % 4 > 0 {
                return #""\#(name)":"5f0d3a52-77c1-4c7e-9d0a-6a1f0c9b2e11""#
            }
            return #""\#(name)":\#(values[Int(random.next() % UInt64(values.count))])"#
        }
        return "{\(Set(members).joined(separator: ","))}"
    }

    @Test func answersInShapeAndStoresWhatIsSound() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let harness = IntakeHarness { custom, _ in
            custom.limits.trustedRequestsPerMinute = 1_000_000
        }
        let paths = [
            "/api/cart-tracking/track", "/api/cart-tracking/track/bulk", "/api/conversions",
        ]
        for _ in 0..<1500 {
            var body = Self.object(&random)
            if random.next() % 16 == 0 { body.removeLast() }
            let path = paths[Int(random.next() % 3)]
            let response = harness.send(
                Request(
                    .post, path, headers: ["X-API-Key": IntakeHarness.serverKey],
                    body: Array(body.utf8)))
            #expect([200, 201, 202, 400].contains(response.status), "seed \(seed): \(body)")
        }
        let events = harness.store.events
        #expect(!events.isEmpty, "seed \(seed)")
        for event in events { #expect(event.fault == nil, "seed \(seed): \(event.text)") }
    }
}

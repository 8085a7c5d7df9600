import Crypto
import Foundation
import HTTP
import TestSupport
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: who signs with the site's secret speaks as its server, and nobody else does. Method: requests
/// signed by the test, at times around the tolerance.
@Suite struct RequestSignatureTests {
    private static let secret = "signing secret"
    private static let previous = "the one before"
    /// What the harness' clock shows: 2026-01-01T00:00:00Z.
    private static let now = 1_767_225_600
    private let harness = IntakeHarness { custom, _ in
        custom.webhookSecrets = ["signing": [secret, previous]]
    }
    private let body = #"{"id":"1","type":"purchase","order":{"id":"7"}}"#

    private func code(
        _ time: Int, _ secret: String, path: String = "/v1/events", _ body: String
    ) -> String {
        let message = Array("\(time).\(path).\(body)".utf8)
        return HMAC.sha256(message, key: Array(secret.utf8)).hex
    }

    private func post(
        _ signature: String, to target: String = "/v1/events",
        site: String? = IntakeHarness.site.description
    ) -> Response {
        var headers: Headers = ["X-Convey-Signature": signature]
        if let site { headers.add("X-Site-Id", site) }
        return harness.send(Request(.post, target, headers: headers, body: Array(body.utf8)))
    }

    private func signature(_ time: Int = now, _ secret: String = secret) -> String {
        "t=\(time),v1=\(code(time, secret, body))"
    }

    @Test func letsTheSignerInAsTheSitesServer() {
        #expect(post(signature()).status == 200)
        let event = harness.store.events[0]
        #expect(event["source"] == "server" && event["class"] == "server_key")
        // A replay is the same event.
        #expect(post(signature()).results().first?["id"] as? String == "1")
    }

    @Test func signsCallsOfSegmentAsWell() {
        let body = #"{"messageId":"m-1","event":"Order Completed"}"#
        let code = code(Self.now, Self.secret, path: "/v1/track", body)
        let headers: Headers = [
            "X-Convey-Signature": "t=\(Self.now),v1=\(code)", "X-Site-Id": "shop.example",
        ]
        let request = Request(.post, "/v1/track", headers: headers, body: Array(body.utf8))
        #expect(harness.send(request).status == 200)
        #expect(harness.store.events[0]["class"] == "server_key")
    }

    @Test func findsTheSite() {
        let site = IntakeHarness.site.description
        #expect(post(signature(), to: "/v1/events?site=\(site)", site: nil).status == 200)
        #expect(post(signature(), site: "shop.example").status == 200)
        #expect(post(signature(), site: nil)["code"] == "site_unknown")
        #expect(post(signature(), site: "other.example")["code"] == "site_unknown")
        // The other site has no signing secret.
        let other = post(signature(), site: IntakeHarness.shop.description)
        #expect(other.status == 401 && other["code"] == "signature_wrong")
    }

    @Test func takesBothSecretsWhileTheyAreChanged() {
        #expect(post(signature(Self.now, Self.previous)).status == 200)
        let both = signature(Self.now, "newest") + ",v1=" + code(Self.now, Self.secret, body)
        #expect(post(both).status == 200)
        #expect(post(signature(Self.now, "newest"))["code"] == "signature_wrong")
    }

    @Test(arguments: [(-300, 200), (300, 200), (-301, 401), (301, 401)])
    func toleratesFiveMinutes(_ shift: Int, status: Int) {
        let response = post(signature(Self.now + shift))
        #expect(response.status == status)
        #expect(status == 200 || response["code"] == "signature_expired")
    }

    @Test func coversTimePathAndBody() {
        let right = code(Self.now, Self.secret, body)
        for wrong in [
            "t=\(Self.now + 1),v1=\(right)",
            "t=\(Self.now),v1=\(code(Self.now, Self.secret, path: "/v1/batch", body))",
            "t=\(Self.now),v1=\(code(Self.now, Self.secret, body + " "))",
            "t=\(Self.now),v1=\(right.dropLast(2))", "t=\(Self.now),v1=", "t=\(Self.now)",
            "v1=\(right)", "t=,v1=\(right)", "t=-1,v1=\(right)", "",
            "t=1,t=\(Self.now),v1=\(right)",
            "t=\(Self.now)" + String(repeating: ",v1=\(right)", count: 5),
            String(repeating: "x", count: 10_000),
        ] {
            let response = post(wrong)
            #expect(response.status == 401 && response["code"] == "signature_wrong", "\(wrong)")
        }
        #expect(harness.store.events.isEmpty)
    }

    @Test func aWrongSignatureIsNotMendedByAKey() {
        let headers: Headers = [
            "X-Convey-Signature": "t=\(Self.now),v1=00",
            "X-Site-Id": IntakeHarness.site.description, "X-API-Key": IntakeHarness.serverKey,
        ]
        let request = Request(.post, "/v1/events", headers: headers, body: Array(body.utf8))
        #expect(harness.send(request).status == 401)
    }

    @Test func aReplayIsTheSameEventAlsoWithoutAnID() {
        let body = #"[{"type":"login"},{"type":"login"}]"#
        let code = code(Self.now, Self.secret, body)
        let send = { (fields: Headers) -> [String?] in
            var headers = fields
            headers.add("X-Site-Id", IntakeHarness.site.description)
            let request = Request(.post, "/v1/events", headers: headers, body: Array(body.utf8))
            return harness.send(request).results().map { $0["id"] as? String }
        }
        let first = send(["X-Convey-Signature": "t=\(Self.now),v1=\(code)"])
        let again = send([
            "X-Convey-Signature": "v1=\(code.uppercased()), t=\(Self.now)",
            "Idempotency-Key": "another",
        ])
        #expect(first == again && Set(first).count == 2 && !first.contains(nil))
    }

    @Test func nobodyReadsWhatIsSignedAsSomethingElse() {
        let body = #"{"specversion":"1.0","id":"1","source":"/","type":"purchase"}"#
        let signature = "t=\(Self.now),v1=\(code(Self.now, Self.secret, body))"
        let send = { (type: String, more: [(String, String)]) -> Response in
            var headers: Headers = [
                "X-Convey-Signature": signature, "X-Site-Id": IntakeHarness.site.description,
                "Content-Type": type,
            ]
            for (name, value) in more { headers.add(name, value) }
            return harness.send(
                Request(.post, "/v1/events", headers: headers, body: Array(body.utf8)))
        }
        #expect(send("application/cloudevents+json", []).status == 200)
        #expect(send("application/json", []).status == 400)
        #expect(send("application/x-ndjson", []).status == 400)
        let attributes = ["specversion": "1.0", "id": "2", "source": "/", "type": "login"]
        let binary = send("application/json", attributes.map { ("ce-\($0)", $1) })
        #expect(binary.status == 401 && harness.store.events.count == 1)
    }

    @Test func readsAnyText() {
        var random = SeededRandom(seed: UInt64.random(in: 0...UInt64.max))
        let request = Request(.post, "/v1/events", body: Array(body.utf8))
        let secrets = [Array(Self.secret.utf8)]
        for _ in 0..<20_000 {
            let parts = ["t=", "v1=", ",", "1767225600", "00", "ab", "=", " ", "é", "v2=x"]
            let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }.joined()
            let isValid = RequestSignature(text)?.isValid(for: request, under: secrets)
            #expect(isValid != true, "seed \(random.seed): \(text)")
        }
    }
}

import HTTP
import Synchronization
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: who sends too much is told so and when to come again; nobody else notices. Method: requests
/// from many addresses through the routes, time moved by hand.
@Suite struct RateLimitTests {
    private let event = #"{"type":"login"}"#

    private func send(
        _ harness: IntakeHarness, from address: String, key: String? = IntakeHarness.siteKey,
        _ headers: Headers = Headers()
    ) -> Response {
        var headers = headers
        if let key { headers.add("X-API-Key", key) }
        let arrival = Request.Arrival(peer: .address(IPAddress(address)!, port: 1))
        return harness.send(
            Request(
                .post, "/v1/events", headers: headers, body: Array(event.utf8), by: arrival))
    }

    private func harness(_ requests: Int = 3, trusted: Int = 3) -> IntakeHarness {
        IntakeHarness { custom, shop in
            custom.limits.requestsPerMinute = requests
            custom.limits.trustedRequestsPerMinute = trusted
            shop.limits = custom.limits
        }
    }

    @Test func refusesWhatIsAboveTheQuota() {
        let harness = harness()
        for _ in 0..<3 { #expect(send(harness, from: "192.0.2.1").status == 200) }
        let refused = send(harness, from: "192.0.2.1", ["Origin": IntakeHarness.origin])
        #expect(refused.status == 429)
        #expect(refused["code"] == "rate_limited")
        #expect(refused.headers["Content-Type"] == "application/problem+json")
        #expect(refused.headers["Retry-After"] == "65")
        #expect(refused.headers["RateLimit"] == #""address-minute";r=0;t=65"#)
        #expect(refused.headers["RateLimit-Policy"] == #""address-minute";q=3;w=60"#)
        #expect(refused.headers["Access-Control-Allow-Origin"] == IntakeHarness.origin)
        #expect(
            refused.headers["Access-Control-Expose-Headers"]
                == "Retry-After, RateLimit, RateLimit-Policy")
        #expect(harness.store.events.count == 3)
        #expect(harness.intake.counters.requests == ["rate_limited": 1])
        #expect(harness.store.state.withLock { $0.refused[.pageview] } == ["rate_limited": 1])
    }

    @Test func hasRoomAgainWhenItSaid() {
        let harness = harness()
        for _ in 0..<3 { _ = send(harness, from: "192.0.2.1") }
        harness.uptime.advance(by: .seconds(64))
        #expect(send(harness, from: "192.0.2.1").headers["Retry-After"] == "1")
        harness.uptime.advance(by: .seconds(1))
        #expect(send(harness, from: "192.0.2.1").status == 200)
    }

    @Test func countsAddressesApartAndIPv6ByCustomer() {
        let harness = harness(1)
        #expect(send(harness, from: "192.0.2.1").status == 200)
        #expect(send(harness, from: "192.0.2.2").status == 200)
        #expect(send(harness, from: "2001:db8:1:2::1").status == 200)
        #expect(send(harness, from: "2001:db8:1:2:ffff::9").status == 429)
        #expect(send(harness, from: "2001:db8:1:3::1").status == 200)
        #expect(send(harness, from: "::ffff:192.0.2.1").status == 429)
    }

    @Test func countsSitesApart() {
        let harness = harness(1)
        #expect(send(harness, from: "192.0.2.1").status == 200)
        #expect(send(harness, from: "192.0.2.1", key: IntakeHarness.shopKey).status == 200)
        #expect(send(harness, from: "192.0.2.1").status == 429)
    }

    @Test func aServerKeyHasACeilingOfItsOwn() {
        let harness = harness(1, trusted: 3)
        for address in ["192.0.2.1", "192.0.2.1", "192.0.2.2"] {
            #expect(send(harness, from: address, key: IntakeHarness.serverKey).status == 200)
        }
        let refused = send(harness, from: "192.0.2.9", key: IntakeHarness.serverKey)
        #expect(refused.status == 429)
        #expect(refused.headers["RateLimit"] == #""trusted-minute";r=0;t=65"#)
        #expect(send(harness, from: "192.0.2.1").status == 200)
    }

    @Test func aSignedWebhookOverTheCeilingIsToldToComeAgain() {
        let harness = harness(1, trusted: 2)
        let body = Array("{}".utf8)
        // What is not signed uses up nothing.
        for _ in 0..<5 {
            #expect(harness.webhook("orders/create", body, secret: "other").status == 401)
        }
        #expect(harness.webhook("orders/create", body).status == 200)
        #expect(harness.webhook("orders/create", body).status == 200)
        let refused = harness.webhook("orders/create", body)
        #expect(refused.status == 429)
        #expect(refused.headers["Retry-After"] == "65")
        #expect(harness.intake.counters.requests["rate_limited"] == 1)
    }

    @Test func whoTriesKeysIsLimitedToo() {
        let harness = harness()
        for _ in 0..<600 {
            #expect(send(harness, from: "192.0.2.1", key: "site_guess").status == 401)
        }
        #expect(send(harness, from: "192.0.2.1", key: "site_guess").status == 429)
        #expect(send(harness, from: "192.0.2.1").status == 200)
    }

    @Test func theCartContractHasItsOwnTwoQuotas() throws {
        let harness = IntakeHarness { custom, _ in
            custom.limits.cartRequestsPerMinute = 2
            custom.limits.cartRequestsPerHour = 3
        }
        let request = Request(.post, "/x")
        let ask = { () throws(IntakeRefusal) in
            _ = try harness.intake.admission().sender(
                of: request, .siteKey(IntakeHarness.siteKey), for: .cartTracking)
        }
        try ask()
        try ask()
        #expect(throws: IntakeRefusal.self) { try ask() }
        harness.uptime.advance(by: .seconds(65))
        try ask()
        do throws(IntakeRefusal) {
            try ask()
            Issue.record("The hour's quota was not held.")
        } catch {
            let answer = error.response(nil)
            #expect(answer.headers["RateLimit"]?.hasPrefix(#""cart-hour";r=0;t=3"#) == true)
            #expect(
                answer.headers["RateLimit-Policy"]
                    == #""cart-minute";q=2;w=60, "cart-hour";q=3;w=3600"#)
        }
    }

    // MARK: Proxies

    @Test func behindAnUnnamedProxyVisitorsAreStillToldApart() {
        let harness = harness(1)
        let through = { (visitor: String) in
            send(harness, from: "127.0.0.1", ["X-Forwarded-For": "203.0.113.9, \(visitor)"])
        }
        #expect(through("198.51.100.1").status == 200)
        #expect(through("198.51.100.2").status == 200)
        #expect(through("198.51.100.1").status == 429)
        #expect(harness.intake.counters.untrustedProxyRequests == 3)
        // The proxy's own address says nothing of a visitor.
        #expect(harness.store.events.allSatisfy { $0["client.ip"] == nil })
    }

    @Test func aProxyThatIsNamedMeanwhileIsTrustedAtOnce() throws {
        let harness = harness(100)
        let through = {
            send(harness, from: "127.0.0.1", ["X-Forwarded-For": "198.51.100.7"])
        }
        #expect(through().status == 200)
        #expect(harness.intake.untrustedProxyRequests == 1)
        var settings = IntakeSettings()
        settings.trustedProxies = try #require(TrustedProxies(["127.0.0.1"]))
        harness.intake.use(settings)
        #expect(through().status == 200)
        #expect(harness.intake.untrustedProxyRequests == 0)
        #expect(harness.store.events.map { $0["client.ip"] } == [nil, "198.51.100.0"])
    }

    @Test func aPublicAddressCannotPassForOthers() {
        let harness = harness(1)
        let from = { (claim: String) in
            send(harness, from: "192.0.2.1", ["X-Forwarded-For": claim])
        }
        #expect(from("198.51.100.1").status == 200)
        #expect(from("198.51.100.2").status == 429)
    }

    @Test func aNamedProxysVisitorsAreCountedOneByOne() throws {
        var settings = IntakeSettings()
        settings.trustedProxies = try #require(TrustedProxies(["127.0.0.1"]))
        let harness = IntakeHarness(settings: settings) { custom, _ in
            custom.limits.requestsPerMinute = 1
        }
        let through = { (visitor: String) in
            send(harness, from: "127.0.0.1", ["X-Forwarded-For": visitor])
        }
        #expect(through("198.51.100.1").status == 200)
        #expect(through("198.51.100.2").status == 200)
        #expect(through("198.51.100.2").status == 429)
    }
}

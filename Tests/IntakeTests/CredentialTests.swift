import HTTP
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: the credential alone says whose event it is and who sends; origins filter browsers.
/// Method: requests with keys in every place, and with none.
@Suite struct CredentialTests {
    private let harness = IntakeHarness()
    private let event = #"{"id":"1","type":"login","source":"shopify","class":"webhook"}"#

    @Test func findsTheKeyInEveryPlace() {
        let places: [(Headers, String, String)] = [
            (["Authorization": "Bearer \(IntakeHarness.serverKey)"], "", "server"),
            (["Authorization": "bearer \(IntakeHarness.siteKey)"], "", "browser"),
            (["X-API-Key": IntakeHarness.serverKey], "", "server"),
            (["X-Site-Key": IntakeHarness.siteKey], "", "browser"),
            ([:], "?key=\(IntakeHarness.siteKey)", "browser"),
        ]
        for (headers, query, source) in places {
            let response = harness.send(
                Request(
                    .post, "/v1/events\(query)", headers: headers, body: Array(event.utf8)))
            #expect(response.status == 200)
            #expect(harness.store.events.last?["source"] == source)
        }
    }

    @Test func takesASiteKeyFromTheBody() {
        let body = #"{"id":"1","type":"login","key":"\#(IntakeHarness.siteKey)"}"#
        #expect(harness.post(body, key: nil).status == 200)
        #expect(harness.store.events[0]["class"] == "site_key")
        #expect(!harness.store.events[0].text.contains(IntakeHarness.siteKey))
        let secret = #"{"id":"1","type":"login","key":"\#(IntakeHarness.serverKey)"}"#
        #expect(harness.post(secret, key: nil).status == 401)
    }

    @Test func refusesTheKeyOfAnotherSiteInOneRequest() {
        let body = """
            [{"id":"1","type":"login","key":"\(IntakeHarness.siteKey)"},
             {"id":"2","type":"login","key":"\(IntakeHarness.shopKey)"},{"id":"3","type":"login"}]
            """
        let response = harness.post(body, key: nil)
        #expect(
            response.results().map { $0["status"] as? String } == [
                "stored", "refused", "stored",
            ])
        #expect(response.results()[1]["code"] as? String == "unknown_site")
        #expect(harness.store.events.allSatisfy { $0["site"] == IntakeHarness.site.description })
    }

    @Test(arguments: [nil, "site_unknown", "server_unknown", "", "nonsense"] as [String?])
    func refusesOtherKeys(_ key: String?) {
        let response = harness.post(event, key: key)
        #expect(response.status == 401)
        #expect(response.headers["WWW-Authenticate"] == "Bearer")
        #expect(harness.store.events.isEmpty)
    }

    @Test func answersSwitchedOffSitesWith503() {
        let off = IntakeHarness { custom, _ in custom.features["events"] = false }
        #expect(off.post(event).status == 503)
        let disabled = IntakeHarness { custom, _ in custom.isEnabled = false }
        #expect(disabled.post(event).status == 503)
        #expect(disabled.intake.counters.requests == ["switched_off": 1])
    }

    // MARK: Origins

    @Test func letsTheSitesOriginsThrough() {
        for origin in [IntakeHarness.origin, "https://SHOP.example"] {
            let response = harness.post(event, headers: ["Origin": origin])
            #expect(response.status == 200)
            #expect(response.headers["Access-Control-Allow-Origin"] == IntakeHarness.origin)
            #expect(response.headers["Vary"] == "Origin")
        }
        #expect(harness.post(event).headers["Access-Control-Allow-Origin"] == nil)
    }

    @Test(arguments: [
        "https://evil.example", "null", "https://shop.example.evil.example", "http://shop.example",
    ])
    func keepsOtherOriginsOut(_ origin: String) {
        let response = harness.post(event, headers: ["Origin": origin])
        #expect(response.status == 403)
        #expect(response.headers["Access-Control-Allow-Origin"] == nil)
        #expect(harness.store.events.isEmpty)
        // A server's key is no page's: its origin means nothing.
        #expect(
            harness.post(event, key: IntakeHarness.serverKey, headers: ["Origin": origin]).status
                == 200)
    }

    @Test func letsTheNullOriginThroughWhereThePixelSendsIt() {
        let pixel = IntakeHarness { custom, _ in custom.allowsNullOrigin = true }
        let response = pixel.post(event, headers: ["Origin": "null", "Content-Type": "text/plain"])
        #expect(response.status == 200)
        #expect(response.headers["Access-Control-Allow-Origin"] == "null")
    }

    @Test func answersPreflights() {
        let ask = { (query: String, origin: String) in
            harness.send(
                Request(
                    .options, "/v1/events\(query)",
                    headers: ["Origin": origin, "Access-Control-Request-Method": "POST"]))
        }
        let allowed = ask("?key=\(IntakeHarness.siteKey)", IntakeHarness.origin)
        #expect(allowed.status == 204)
        #expect(allowed.headers["Access-Control-Allow-Methods"] == "POST")
        #expect(allowed.headers["Access-Control-Allow-Headers"]?.contains("X-Site-Key") == true)
        #expect(ask("", IntakeHarness.origin).status == 204)
        #expect(ask("?key=\(IntakeHarness.shopKey)", IntakeHarness.origin).status == 403)
        #expect(ask("", "https://evil.example").status == 403)
    }
}

/// Goal: one visitor is one address, whoever stands between. Method: chains of hops.
@Suite struct TrustedProxiesTests {
    private func client(
        _ trusted: [String], peer: String, _ headers: Headers
    ) throws -> String? {
        let proxies = try #require(TrustedProxies(trusted))
        let address = try #require(IPAddress(peer))
        return proxies.client(
            of: Request(
                .get, "/", headers: headers,
                by: Request.Arrival(peer: .address(address, port: 1))))?.description
    }

    @Test func believesNobodyUnasked() throws {
        #expect(
            try client([], peer: "192.0.2.1", ["X-Forwarded-For": "198.51.100.7"]) == "192.0.2.1")
        #expect(
            try client(["10.0.0.0/8"], peer: "192.0.2.1", ["X-Real-IP": "198.51.100.7"])
                == "192.0.2.1")
    }

    @Test(arguments: [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7 , 10.0.0.2", "198.51.100.7"),
        ("10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::7]:80", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("198.51.100.7, unknown, 10.0.0.2", "10.0.0.2"),
        ("nonsense", "10.0.0.1"),
    ])
    func walksTheChainFromTheRight(_ chain: String, client expected: String) throws {
        #expect(
            try client(["10.0.0.0/8"], peer: "10.0.0.1", ["X-Forwarded-For": chain]) == expected)
    }

    @Test func takesXRealIPWhereThereIsNoChain() throws {
        #expect(try client(["::1"], peer: "::1", ["X-Real-IP": "198.51.100.7"]) == "198.51.100.7")
    }

    @Test func joinsRepeatedFields() throws {
        let headers: Headers = [
            "X-Forwarded-For": "203.0.113.9", "x-forwarded-for": "198.51.100.7",
        ]
        #expect(try client(["10.0.0.1"], peer: "10.0.0.1", headers) == "198.51.100.7")
    }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "x", "fd00::/129", "10.0.0.0/8/8", "",
    ])
    func refusesOtherNetworks(_ text: String) {
        #expect(TrustedProxies([text]) == nil)
    }

    @Test func noticesAProxyThatNobodyTrusts() throws {
        let proxies = try #require(TrustedProxies([]))
        let request = { (peer: IPAddress) in
            Request(
                .get, "/", headers: ["X-Forwarded-For": "198.51.100.7"],
                by: Request.Arrival(peer: .address(peer, port: 1)))
        }
        #expect(proxies.isUntrustedProxy(request(try #require(IPAddress("127.0.0.1")))))
        #expect(!proxies.isUntrustedProxy(request(try #require(IPAddress("192.0.2.1")))))
    }
}

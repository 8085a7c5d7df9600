import Crypto
import Foundation
import HTTP
import Synchronization
import Testing

@testable import Buffer
@testable import ConveyProtocol
@testable import Intake

/// Goal: what Segment's clients send becomes events, and they hear what they understand. Method: calls
/// through the routes over a store in memory.
@Suite struct SegmentTests {
    private let harness = IntakeHarness()

    private func send(
        _ path: String, _ body: String, key: String? = IntakeHarness.serverKey,
        headers: Headers = Headers()
    ) -> Response {
        var headers = headers
        if let key {
            headers.add("Authorization", "Basic " + Base64.encode(Array("\(key):".utf8)))
        }
        return harness.send(Request(.post, path, headers: headers, body: Array(body.utf8)))
    }

    private func event(_ path: String, _ body: String) throws -> Event {
        let response = send(path, body)
        #expect(response.status == 200, "\(response.text)")
        let id = response.results().first?["id"] as? String
        let event = try #require(harness.store.events.last { $0["id"] == id })
        #expect(event.fault == nil)
        return event
    }

    private static let order = """
        {"messageId":"m-1","userId":"u-7","anonymousId":"v-9","event":"Order Completed",
         "timestamp":"2025-12-31T23:00:00.000+01:00","sentAt":"2025-12-31T10:00:00Z",
         "context":{"ip":"192.0.2.77","userAgent":"Mozilla/5.0 (Shopper)","locale":"de-DE",
          "sessionId":1767225600,"screen":{"width":320,"height":568},
          "campaign":{"name":"spring","source":"mail","medium":"email"},
          "page":{"url":"https://shop.example/thanks?gclid=EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQY",
           "title":"Thanks"},
          "library":{"name":"analytics-test","version":"1"},
          "traits":{"email":"Ann@Example.com","phone":"+49 30 1234567","name":"Ann Example",
           "address":{"street":"Main 1","city":"Berlin","postalCode":10115,"country":"DE"}}},
         "properties":{"order_id":"#1042","checkout_id":"c-3","total":27.5,"revenue":25,
          "currency":"USD","coupon":"hasbros","email":"ann@example.com",
          "products":[{"product_id":507,"sku":"45-32","name":"Monopoly","price":19,"quantity":"1",
            "category":"Games","brand":"Hasbro","url":"https://shop.example/p"},
           {"product_id":"505","price":0.30000000000000004,"quantity":-2,"bundle":{"a":1}}]}}
        """

    @Test func storesAnOrderWithEverythingThatItSays() throws {
        let event = try event("/v1/track", Self.order)
        let expected: [String: String] = [
            "id": "m-1", "type": "purchase", "source": "server", "class": "server_key",
            "occurred_at": "2025-12-31T22:00:00.000Z", "visitor": "v-9", "session": "1767225600",
            "user.external_id": "u-7", "user.country": "DE",
            "user.email_sha256": SHA256Digest(of: Array("ann@example.com".utf8)).hex,
            "user.phone_sha256": SHA256Digest(of: Array("+49301234567".utf8)).hex,
            "user.first_name_sha256": SHA256Digest(of: Array("ann".utf8)).hex,
            "user.last_name_sha256": SHA256Digest(of: Array("example".utf8)).hex,
            "user.postal_code_sha256": SHA256Digest(of: Array("10115".utf8)).hex,
            "page.title": "Thanks", "client.ip": "192.0.2.0",
            "client.user_agent": "Mozilla/5.0 (Shopper)", "client.language": "de-DE",
            "client.screen": "320x568", "utm.campaign": "spring", "utm.source": "mail",
            "click.gclid": "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQY", "order.id": "1042",
            "order.checkout_token": "c-3", "value.amount": "27.50", "value.currency": "USD",
            "data.revenue": "25", "data.coupon": "hasbros", "data.segment.event": "Order Completed",
            "data.segment.library": "analytics-test",
        ]
        for (path, value) in expected { #expect(event[path] == value, "\(path)") }
        #expect(event.lane == .conversion && event["data.email"] == nil)
        #expect(!event.text.lowercased().contains("ann"))
        #expect(
            event.text.contains(
                """
                "items":[{"id":"507","sku":"45-32","title":"Monopoly","category":"Games",\
                "quantity":1,"price":"19","brand":"Hasbro","url":"https://shop.example/p"},\
                {"id":"505"}]
                """))
    }

    @Test(arguments: [
        ("Product Added", "add_to_cart"), ("Added Product", "add_to_cart"),
        ("product_viewed", "view_item"), ("productViewed", "view_item"),
        ("Products Searched", "search"), ("Checkout Started", "begin_checkout"),
        ("Payment Info Entered", "add_payment_info"), ("Order Refunded", "refund"),
        ("Signed Up", "sign_up"), ("Song Played", "song_played"), ("3D View!", "event_3d_view"),
        ("Über uns", "ber_uns"), ("注文", "custom_event"), ("a.b", "a_b"),
        (String(repeating: "x", count: 200), String(repeating: "x", count: 64)),
    ])
    func namesEventsByTheTable(_ name: String, type: String) throws {
        let event = try event("/v1/track", #"{"messageId":"1","event":"\#(name)"}"#)
        #expect(event["type"] == type)
        #expect(event["data.segment.event"] == name)
    }

    @Test func takesOneProductOutOfTheProperties() throws {
        let event = try event(
            "/v1/track",
            """
            {"messageId":"1","event":"Product Added","properties":{"cart_id":"k-1",
             "product_id":"507","name":"Monopoly","price":18.99,"quantity":2,"value":"free"}}
            """)
        #expect(event["order.cart_token"] == "k-1")
        #expect(
            event.text.contains(
                #""items":[{"id":"507","title":"Monopoly","quantity":2,"price":"18.99"}]"#))
        // What is no money is no value; it stays what it was.
        #expect(event["value"] == nil && event["data.value"] == "free")
    }

    @Test func tellsOfCancellations() throws {
        let event = try event(
            "/v1/track", #"{"event":"Order Cancelled","properties":{"order_id":"7"}}"#)
        #expect(event["type"] == "refund" && event["order.status"] == "cancelled")
    }

    // MARK: The other calls

    @Test func storesPagesAndScreens() throws {
        let page = try event(
            "/v1/page",
            """
            {"messageId":"1","anonymousId":"v","name":"Home","category":"Shop","properties":
             {"url":"https://shop.example/?utm_source=x","title":"Hi","referrer":"","tier":2}}
            """)
        #expect(page["type"] == "page_view" && page["page.title"] == "Hi")
        #expect(page["utm.source"] == "x" && page["data.tier"] == "2" && page["data.url"] == nil)
        #expect(page["data.segment.name"] == "Home" && page["data.segment.category"] == "Shop")
        let screen = try event("/v1/screen", #"{"messageId":"2","name":"Cart","userId":7}"#)
        #expect(screen["type"] == "screen_view" && screen["user.external_id"] == "7")
    }

    @Test func identityIsNoSignUp() throws {
        let event = try event(
            "/v1/identify",
            """
            {"messageId":"1","anonymousId":"v","userId":"ann@example.com","traits":{"plan":"pro",
             "first_name":"Ann","lastName":"Example","birthday":"1980-01-01","username":"annie"}}
            """)
        #expect(event["type"] == "identify" && event.lane == .interaction)
        let hash = SHA256Digest(of: Array("ann@example.com".utf8)).hex
        #expect(event["user.external_id"] == hash && event["user.email_sha256"] == hash)
        #expect(event["user.first_name_sha256"] != nil && event["user.last_name_sha256"] != nil)
        #expect(event["data.segment.traits.plan"] == "pro")
        for secret in ["annie", "1980", "Ann"] { #expect(!event.text.contains(secret)) }
    }

    @Test func storesGroupsAndAliases() throws {
        let group = try event(
            "/v1/group",
            """
            {"messageId":"1","userId":"u","groupId":"g-1","traits":{"name":"Example Ltd",
             "phone":"+4930123456789"}}
            """)
        #expect(group["type"] == "group" && group["data.segment.group_id"] == "g-1")
        #expect(group["data.segment.traits.name"] == "Example Ltd")
        #expect(!group.text.contains("123456789") && group["user.phone_sha256"] == nil)
        let alias = try event(
            "/v1/alias", #"{"messageId":"2","previousId":"v-1","userId":"u-1"}"#)
        #expect(alias["type"] == "alias" && alias["visitor"] == "v-1")
        #expect(alias["user.external_id"] == "u-1" && alias.lane == .interaction)
    }

    @Test func carriesConsent() throws {
        let categories = try event(
            "/v1/track",
            """
            {"event":"a","context":{"consent":{"categoryPreferences":
             {"Advertising":true,"Analytics":false}}}}
            """)
        #expect(categories["consent.ad_user_data"] == "granted")
        #expect(categories["consent.analytics"] == "denied")
        let own = try event(
            "/v1/track",
            """
            {"event":"a","context":{"consent":{"ad_user_data":"granted","analytics":"maybe"},
             "device":{"adTrackingEnabled":false}}}
            """)
        #expect(own["consent.ad_user_data"] == "denied")
        #expect(own["consent.analytics"] == "unknown")
    }

    // MARK: Ids

    @Test func aRetryIsTheSameEvent() throws {
        let odd = #"{"messageId":"über {1}","event":"a"}"#
        let first = send("/v1/track", odd)
        let second = send("/v1/t", odd)
        let ids = [first, second].map { $0.results().first?["id"] as? String }
        #expect(ids[0] == ids[1] && ids[0]?.hasPrefix("segment:") == true)
        let none = send("/v1/track", #"{"event":"a"}"#)
        #expect(none.results().first?["id_generated"] as? Bool == true)
    }

    // MARK: Batches

    @Test func givesEachMessageOfABatchItsOwnResult() throws {
        let response = send(
            "/v1/batch",
            """
            {"context":{"ip":"198.51.100.9","locale":"fr"},"sentAt":"2026-01-01T00:00:00Z","batch":[
             {"type":"track","messageId":"1","event":"Order Completed",
              "properties":{"total":"1,234.50"}},
             {"type":"track","messageId":"2","event":"Order Completed","context":{"locale":"en"},
              "properties":{"total":"1234.50"}},
             {"type":"vote","messageId":"3"},{"type":"track","messageId":"4"},
             {"type":"page","messageId":"5","timestamp":"yesterday"},7]}
            """)
        #expect(response.status == 200)
        #expect(response["success"] == "1" && response["stored"] == "1")
        let results = response.results()
        #expect(results.map { $0["index"] as? Int } == Array(0..<6))
        #expect(
            results.map { $0["pointer"] as? String } == [
                "/properties/total", nil, "/type", "/event", "/timestamp", "",
            ])
        #expect(results[0]["id"] as? String == "1")
        let event = harness.store.events[0]
        #expect(event["id"] == "2" && event["client.language"] == "en")
        #expect(event["client.ip"] == "198.51.100.0" && event["value.currency"] == "EUR")
        // A sale that was refused stands among the conversions in the books.
        let refused = harness.store.state.withLock { $0.refused }
        #expect(refused[.conversion] == ["invalid_value": 1])
    }

    @Test func correctsABrowsersClock() throws {
        let body = """
            {"writeKey":"\(IntakeHarness.siteKey)","sentAt":"2025-12-31T23:00:00.000Z","batch":[
             {"type":"track","messageId":"1","event":"a","timestamp":"2025-12-31T22:59:50.000Z"},
             {"type":"track","messageId":"2","event":"a","timestamp":"2025-12-31T22:59:50.000Z",
              "originalTimestamp":"2025-12-31T20:00:00.000Z"}]}
            """
        #expect(send("/v1/b", body, key: nil).status == 200)
        let first = harness.store.events[0]
        #expect(first["occurred_at"] == "2025-12-31T23:59:50.000Z")
        #expect(first["source"] == "browser" && first["client.ip"] == "127.0.0.0")
    }

    @Test func asksForAllAgainWhereTheBufferTurnedSomeAway() {
        harness.store.state.withLock { $0.refusals[.pageview] = .budget }
        let response = send(
            "/v1/batch",
            """
            {"batch":[{"type":"page","messageId":"1"},
             {"type":"track","messageId":"2","event":"Order Completed"}]}
            """)
        #expect(response.status == 507 && response.headers["Retry-After"] == "30")
    }

    // MARK: Who sends, and how

    @Test func findsTheWriteKey() {
        let body = { (key: String) in
            #"{"event":"a","messageId":"1","writeKey":"\#(key)"}"#
        }
        for key in [IntakeHarness.siteKey, IntakeHarness.serverKey] {
            #expect(send("/v1/track", body(key), key: nil).status == 200)
            #expect(send("/v1/track", #"{"event":"a"}"#, key: key).status == 200)
        }
        #expect(harness.store.events.allSatisfy { !$0.text.contains("writeKey") })
        #expect(send("/v1/track", body("site_unknown"), key: nil).status == 401)
        #expect(send("/v1/track", #"{"event":"a"}"#, key: nil)["code"] == "key_missing")
        #expect(
            send(
                "/v1/track", #"{"event":"a"}"#, key: nil,
                headers: ["Authorization": "Basic !!"]
            ).status == 401)
    }

    @Test(arguments: [
        (#"{"batch":7}"#, "body_malformed"), (#"{"batch":[]}"#, "body_empty"),
        ("[]", "body_malformed"), ("{", "body_malformed"),
    ])
    func refusesBrokenBatches(_ body: String, code: String) {
        let response = send("/v1/batch", body)
        #expect(response.status == 400 && response["code"] == code)
    }

    @Test func refusesOtherMediaTypesAndWhatIsSwitchedOff() {
        let lines: Headers = ["Content-Type": "application/x-ndjson"]
        #expect(send("/v1/track", "{}", headers: lines).status == 415)
        let off = IntakeHarness { custom, _ in custom.features["segment"] = false }
        let headers: Headers = ["X-API-Key": IntakeHarness.serverKey]
        let request = Request(.post, "/v1/track", headers: headers, body: Array("{}".utf8))
        #expect(off.send(request).status == 503)
    }

    @Test func letsPagesOfTheSiteIn() {
        for (origin, status) in [(IntakeHarness.origin, 200), ("https://evil.example", 403)] {
            let response = send(
                "/v1/p", #"{"messageId":"1"}"#, key: IntakeHarness.siteKey,
                headers: ["Origin": origin, "Content-Type": "text/plain"])
            #expect(response.status == status)
        }
        let preflight = harness.send(
            Request(.options, "/v1/batch", headers: ["Origin": IntakeHarness.origin]))
        #expect(preflight.status == 204)
    }
}

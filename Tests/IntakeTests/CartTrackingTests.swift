import Crypto
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Buffer
@testable import ConveyProtocol
@testable import Intake

/// Goal: the cart tracking contract holds to the letter: its answers, its errors in their order, and
/// what becomes of a shopper's values. Method: requests through the routes; whole bodies compared.
@Suite struct CartTrackingTests {
    static let path = "/api/cart-tracking/track"
    private let harness = IntakeHarness()

    private func send(
        _ body: String, to harness: IntakeHarness? = nil, path: String = path,
        key: String? = IntakeHarness.serverKey, headers: Headers = Headers()
    ) -> Response {
        var headers = headers
        if let key { headers.add("X-API-Key", key) }
        return (harness ?? self.harness).send(
            Request(.post, path, headers: headers, body: Array(body.utf8)))
    }

    private static func event(_ more: String = "") -> String {
        #"{"storeName":"shop.example"\#(more.isEmpty ? "" : "," + more)}"#
    }

    // MARK: What becomes of an event

    @Test func answersWithTheContractsSuccess() throws {
        let response = send(Self.event())
        #expect(response.status == 200)
        let id = try #require(response["data.id"])
        #expect(id.wholeMatch(of: /cart-event-1767225600000-[0-9a-f]{16}/) != nil)
        #expect(
            response.text == """
                {"status":"success","message":"Cart event tracked successfully",\
                "data":{"id":"\(id)","createdAt":"2026-01-01T00:00:00.000Z"}}
                """)
        #expect(harness.store.events.map { $0["id"] } == [id])
        #expect(send(Self.event())["data.id"] != id)
    }

    @Test func becomesAddToCart() throws {
        _ = send(
            Self.event(
                """
                "productId":9007199254740993,"variantId":"v-7","productTitle":"Linen shirt",
                "productUrl":"https://shop.example/p/1?token=s3cret&size=m",
                "clothingImageUrl":"https://cdn.shop.example/c.png","userAgent":"Shop/2",
                "sessionId":42,"customerFirstName":null,"unknown":{"a":1}
                """))
        let event = try #require(harness.store.events.first)
        #expect(event.fault == nil)
        let expected = [
            "type": "add_to_cart", "source": "server", "class": "server_key", "session": "42",
            "client.user_agent": "Shop/2", "data.contract": "cart_tracking",
            "data.clothing_image_url": "https://cdn.shop.example/c.png",
        ]
        for (path, value) in expected { #expect(event[path] == value, "\(path)") }
        #expect(
            event.text.contains(
                """
                "items":[{"id":"9007199254740993","variant":"v-7","title":"Linen shirt",\
                "url":"https://shop.example/p/1?token=&size=m"}]
                """))
        #expect(event["user"] == nil)
        #expect(event["data.unknown"] == nil)
    }

    @Test(arguments: [
        ("12", "12"), ("-3", "-3"), ("12.0", "12"), ("1.5", "1.5"), ("\"a b\"", "a b"),
        ("18446744073709551615", "18446744073709551615"),
    ])
    func takesIDsAsStringsOrNumbers(_ json: String, text: String) {
        #expect(send(Self.event(#""productId":\#(json)"#)).status == 200)
        #expect(harness.store.events[0].text.contains(#""items":[{"id":"\#(text)"}]"#))
    }

    @Test func cutsTheTitleAt500Characters() throws {
        let title = String(repeating: "t", count: 499) + "\u{301}" + "xyz"
        #expect(send(Self.event(#""productTitle":"\#(title)""#)).status == 200)
        let event = harness.store.events[0]
        #expect(event.text.contains(#""title":"\#(title.dropLast(3))""#))
        #expect(event.text.contains(#""truncated":["/items/0/title"]"#))
        let exact = String(repeating: "t", count: 500)
        #expect(send(Self.event(#""productTitle":"\#(exact)""#)).status == 200)
        #expect(harness.store.events[1].text.contains(#""title":"\#(exact)""#))
        #expect(!harness.store.events[1].text.contains("truncated"))
    }

    @Test(arguments: SiteSettings.Privacy.allCases)
    func keepsPersonsByTheSitesRule(_ privacy: SiteSettings.Privacy) throws {
        let harness = IntakeHarness { custom, _ in custom.privacy = privacy }
        let image = "https://images.example/ann/body.png"
        let body = Self.event(
            """
            "customerEmail":" Ann.Example@Example.com ","customerFirstName":"Ann",
            "customerLastName":"Example-Person","personImageUrl":"\(image)",
            "generatedImageUrl":"https://images.example/ann/dressed.png"
            """)
        #expect(send(body, to: harness).status == 200)
        let event = try #require(harness.store.events.first)
        #expect(event.fault == nil)
        let digest = { (text: String) in SHA256Digest(of: Array(text.utf8)).hex }
        let isKept = privacy == .keep
        let isDropped = privacy == .drop
        #expect(
            event["user.email_sha256"] == (isDropped ? nil : digest("ann.example@example.com")))
        #expect(event["user.first_name_sha256"] == (isDropped ? nil : digest("ann")))
        #expect(event["user.last_name"] == (isKept ? "Example-Person" : nil))
        #expect(event["data.person_image_sha256"] == (privacy == .hash ? digest(image) : nil))
        #expect(event["data.person_image_url"] == (isKept ? image : nil))
        #expect(event["data.generated_image"] == "1")
        for raw in ["Example-Person", "images.example", "Ann.Example"] {
            #expect(event.text.contains(raw) == isKept, "\(raw)")
        }
    }

    // MARK: Errors

    @Test func asksForTheStoreName() {
        for body in ["{}", #"{"storeName":null}"#, #"{"storeName":""}"#, #"{"storeName":" "}"#] {
            let response = send(body)
            #expect(response.status == 400)
            #expect(
                response.text == """
                    {"status":"error","error":"Validation Error","message":"storeName is required",\
                    "details":{"field":"storeName","reason":"Field is required"}}
                    """)
        }
        #expect(harness.store.events.isEmpty)
        #expect(harness.intake.counters.faulty == ["missing_member": 4])
    }

    @Test(arguments: [
        (#""customerEmail":"ann@","productUrl":"/p/1""#, "productUrl", "Must be a valid URL"),
        (#""customerEmail":"ann@example""#, "customerEmail", "Must be a valid e-mail address"),
        (#""customerEmail":"a b@example.com""#, "customerEmail", "Must be a valid e-mail address"),
        (#""customerEmail":7"#, "customerEmail", "Must be a string"),
        (#""personImageUrl":"javascript:alert(1)""#, "personImageUrl", "Must be a valid URL"),
        (#""generatedImageUrl":"https://""#, "generatedImageUrl", "Must be a valid URL"),
        (#""clothingImageUrl":"https://a b/c""#, "clothingImageUrl", "Must be a valid URL"),
        (#""productTitle":["a"],"productId":{}"#, "productId", "Must be a string or a number"),
        (#""sessionId":true"#, "sessionId", "Must be a string or a number"),
    ])
    func namesTheFirstFieldThatBreaksItsRule(_ more: String, field: String, reason: String) {
        let response = send(Self.event(more))
        #expect(response.status == 400)
        #expect(
            response.text == """
                {"status":"error","error":"Validation Error","message":"\(field) is invalid",\
                "details":{"field":"\(field)","reason":"\(reason)"}}
                """)
    }

    @Test(arguments: [
        "acme.myshopify.com", "acme", "ACME", "https://Acme.myshopify.com/admin?x=1",
        " http://acme.myshopify.com ",
    ])
    func normalizesStoreNames(_ name: String) {
        let harness = IntakeHarness()
        let body = #"{"storeName":"\#(name)"}"#
        #expect(send(body, to: harness, key: IntakeHarness.shopKey).status == 200)
        #expect(harness.store.events[0]["site"] == IntakeHarness.shop.description)
        let response = send(body, to: harness)
        #expect(response.status == 400)
        #expect(response["details.reason"] == "Store is not known here")
        #expect(response["details.field"] == "storeName")
    }

    @Test(arguments: ["other.example", "shop.example.evil.example", "shop@example", "☃", "a/b/c"])
    func knowsNoOtherStores(_ name: String) {
        #expect(
            send(#"{"storeName":"\#(name)"}"#)["details.reason"] == "Store is not known here")
    }

    @Test func refusesSendersInTheContractsShape() {
        let missing = send(Self.event(), key: nil)
        #expect(missing.status == 401)
        #expect(missing.headers["WWW-Authenticate"] == "Bearer")
        #expect(
            missing.text == """
                {"status":"error","error":"Unauthorized",\
                "message":"A site key or a server key is needed.","code":"KEY_MISSING"}
                """)
        let foreign = send(
            Self.event(), key: IntakeHarness.siteKey, headers: ["Origin": "https://evil.example"])
        #expect(foreign.status == 403)
        #expect(foreign["error"] == "Forbidden")
        let form = send("a=b", headers: ["Content-Type": "application/x-www-form-urlencoded"])
        #expect(form.status == 415)
        #expect(form["error"] == "Unsupported Media Type")
        let broken = send("{")
        #expect(broken.status == 400)
        #expect(broken["details.field"] == "body")
        #expect(send("[]")["details.reason"] == "Must be an object")
    }

    @Test func takesASiteKeyFromTheBody() {
        let body = Self.event(#""key":"\#(IntakeHarness.siteKey)""#)
        let response = send(body, key: nil, headers: ["Origin": IntakeHarness.origin])
        #expect(response.status == 200)
        #expect(response.headers["Access-Control-Allow-Origin"] == IntakeHarness.origin)
        #expect(harness.store.events[0]["source"] == "browser")
    }

    @Test(arguments: [
        (
            BufferRefusal.diskFault, 500, "Server Error", "Failed to track cart event",
            "DATABASE_ERROR"
        ),
        (
            .diskFull, 503, "Service Unavailable", "Database service unavailable",
            "DATABASE_UNAVAILABLE"
        ),
        (
            .budget, 503, "Service Unavailable", "Database service unavailable",
            "DATABASE_UNAVAILABLE"
        ),
        (
            .stopping, 503, "Service Unavailable", "Database service unavailable",
            "DATABASE_UNAVAILABLE"
        ),
    ])
    func saysThatNothingCanBeKept(
        _ refusal: BufferRefusal, status: Int, error: String, message: String, code: String
    ) {
        harness.store.state.withLock { $0.refusals = PerLane(repeating: refusal) }
        let response = send(Self.event())
        #expect(response.status == status)
        #expect(response.headers["Retry-After"] != nil)
        #expect(
            response.text == """
                {"status":"error","error":"\(error)","message":"\(message)","code":"\(code)"}
                """)
    }

    @Test func answers503WhenSwitchedOff() {
        let off = IntakeHarness { custom, _ in custom.features["cart_tracking"] = false }
        let response = send(Self.event(), to: off)
        #expect(response.status == 503)
        #expect(response["code"] == "DATABASE_UNAVAILABLE")
        #expect(off.intake.counters.requests == ["switched_off": 1])
    }

    // MARK: Retries and lists

    @Test func aRetryIsTheSameEvent() {
        let first = send(Self.event(), headers: ["Idempotency-Key": "one"])
        let again = send(Self.event(), headers: ["Idempotency-Key": "one"])
        let other = send(Self.event(), headers: ["Idempotency-Key": "two"])
        #expect(first["data.id"] == again["data.id"])
        #expect(first["data.id"] != other["data.id"])
        #expect(first["data.id"]?.wholeMatch(of: /cart-event-0-[0-9a-f]{32}/) != nil)
    }

    @Test func givesEachOfManyItsResult() throws {
        let response = send(
            """
            {"events":[\(Self.event()),{"storeName":"other.example"},7,\
            \(Self.event(#""productId":2"#))]}
            """, path: Self.path + "/bulk")
        #expect(response.status == 200)
        #expect(response["message"] == "2 of 4 cart events tracked")
        #expect(response["data.tracked"] == "2")
        #expect(response["data.failed"] == "2")
        let body = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
        let results = try #require(
            (body?["data"] as? [String: Any])?["results"] as? [[String: Any]])
        #expect(
            results.map { $0["status"] as? String } == ["success", "error", "error", "success"])
        #expect(
            (results[1]["details"] as? [String: String])?["reason"] == "Store is not known here")
        #expect((results[2]["details"] as? [String: String])?["field"] == "event")
        #expect(harness.store.events.count == 2)
    }

    @Test func takes500AtOnceAndNoMore() {
        let list = { (count: Int) in
            let events = Array(repeating: Self.event(), count: count).joined(separator: ",")
            return #"{"events":[\#(events)]}"#
        }
        #expect(send(list(500), path: Self.path + "/bulk")["data.tracked"] == "500")
        for body in [list(501), list(0), "{}", #"{"events":7}"#] {
            let response = send(body, path: Self.path + "/bulk")
            #expect(response.status == 400)
            #expect(response["details.field"] == "events")
        }
        #expect(harness.store.events.count == 500)
    }

    @Test func answersPreflights() {
        for path in [Self.path, Self.path + "/bulk"] {
            let request = Request(.options, path, headers: ["Origin": IntakeHarness.origin])
            #expect(harness.send(request).status == 204)
        }
    }
}

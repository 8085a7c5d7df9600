import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Buffer
@testable import ConveyProtocol
@testable import Intake

/// Goal: the campaign conversion contract holds to the letter, money is read from its digits, and a
/// retry is the same event. Method: requests through the route; whole bodies compared.
@Suite struct ConversionTests {
    private static let tracking = "5f0d3a52-77c1-4c7e-9d0a-6a1f0c9b2e11"
    private static let link = "0d5b6a8e-1111-4000-8000-000000000001"
    private let harness = harness()

    private static func harness(
        _ change: (inout SiteSettings.Site) -> Void = { _ in }
    ) -> IntakeHarness {
        IntakeHarness { custom, _ in
            custom.links = [
                SiteSettings.CampaignLink(
                    id: link, code: "sale", target: "https://shop.example/sale")
            ]
            change(&custom)
        }
    }

    private func send(
        _ body: String, to harness: IntakeHarness? = nil,
        key: String? = IntakeHarness.serverKey, headers: Headers = Headers()
    ) -> Response {
        var headers = headers
        if let key { headers.add("X-API-Key", key) }
        return (harness ?? self.harness).send(
            Request(.post, "/api/conversions", headers: headers, body: Array(body.utf8)))
    }

    private static func body(
        _ type: String = "purchase", _ more: String = #""revenue_amount":49.90"#,
        tracking: String = tracking, link: String = link
    ) -> String {
        """
        {"tracking_id":"\(tracking)","campaign_link_id":"\(link)","event_type":"\(type)"\
        \(more.isEmpty ? "" : ",")\(more)}
        """
    }

    // MARK: What becomes of a conversion

    @Test func answers201WhereTheLinkIsKnown() throws {
        let response = send(Self.body())
        #expect(response.status == 201)
        let id = try #require(response["data.id"])
        #expect(
            response.text == """
                {"success":true,"data":{"id":"\(id)","attributed":null,"days_since_click":null,\
                "warnings":[]}}
                """)
        let event = try #require(harness.store.events.first)
        #expect(event.fault == nil)
        let expected = [
            "id": id, "type": "purchase", "source": "server", "value.amount": "49.90",
            "value.currency": "EUR", "click.ct_tracking_id": Self.tracking,
            "click.ct_campaign_link_id": Self.link, "data.contract": "campaign_conversion",
        ]
        for (path, value) in expected { #expect(event[path] == value, "\(path)") }
        #expect(event.lane == .conversion)
    }

    @Test func answers202WhereTheLinkIsNotKnown() {
        let other = "0d5b6a8e-1111-4000-8000-00000000000f"
        let response = send(Self.body(link: other))
        #expect(response.status == 202)
        #expect(
            response.text.contains(
                #""warnings":["The campaign link is not known here; the aggregator decides"]"#))
        #expect(harness.store.events.count == 1)
    }

    @Test func keepsEventDataAndTheOrder() throws {
        let data = #""event_data":{"order_id":1042,"coupon":"A","deep":{"mail":"ann@example.com"}}"#
        #expect(send(Self.body("purchase", #""revenue_amount":"10","# + data)).status == 201)
        let event = harness.store.events[0]
        #expect(event["order.id"] == "1042")
        #expect(event["data.event_data.coupon"] == "A")
        #expect(event["data.event_data.deep.mail"] == "[email]")
        #expect(send(Self.body("newsletter_signup", data)).status == 201)
        #expect(harness.store.events.last?["order.id"] == nil)
    }

    @Test(arguments: [
        ("New  Course\tStarted", "new_course_started"), ("PURCHASE", "purchase"), ("x1", "x1"),
    ])
    func takesAnyDefinedName(_ type: String, name: String) {
        let escaped = type.replacing("\t", with: "\\t")
        #expect(send(Self.body(escaped)).status == 201)
        #expect(harness.store.events[0]["type"] == name)
    }

    // MARK: Money

    @Test(arguments: [
        ("12.10", "EUR", "12.10"), ("\"12.10\"", "EUR", "12.10"), ("12", "eur", "12.00"),
        ("0.1", "EUR", "0.10"), ("999999999999.99", "USD", "999999999999.99"),
        ("1999", "JPY", "1999"), ("1999.00", "JPY", "1999"), ("1.234", "KWD", "1.234"),
    ])
    func readsMoneyFromItsDigits(_ json: String, currency: String, amount: String) {
        let more = #""revenue_amount" : \#(json),"currency":"\#(currency)""#
        #expect(send(Self.body("purchase", more)).status == 201)
        let value = #""value":{"amount":"\#(amount)","currency":"\#(currency.uppercased())"}"#
        #expect(harness.store.events[0].text.contains(value))
    }

    @Test(arguments: [
        ("12.100", "EUR"), ("0.30000000000000004", "EUR"), ("10.5", "JPY"), ("1.2345", "KWD"),
    ])
    func refusesPartsOfTheSmallestUnit(_ json: String, currency: String) {
        let response = send(
            Self.body("purchase", #""revenue_amount":\#(json),"currency":"\#(currency)""#))
        #expect(response.status == 400)
        #expect(["revenue_decimals", "revenue_malformed"].contains(response["code"]))
        #expect(harness.store.events.isEmpty)
    }

    @Test(arguments: ["1e2", "\"1,234.50\"", "\"+5\"", "\" 5\"", "true", "[5]", "1234567890123"])
    func guessesNoMoney(_ json: String) {
        let response = send(Self.body("purchase", #""revenue_amount":\#(json)"#))
        #expect(response.status == 400)
        #expect(response["code"] == "revenue_malformed")
    }

    @Test func warnsOfHighRevenueInTheSitesCurrency() {
        let warned = { (amount: String, currency: String) in
            send(Self.body("purchase", #""revenue_amount":\#(amount),"currency":"\#(currency)""#))
                .text.contains("Revenue is above 10000.00 EUR")
        }
        #expect(warned("10000.01", "EUR"))
        #expect(!warned("10000.00", "EUR"))
        #expect(!warned("20000", "JPY"))
        let lower = Self.harness { $0.warnsAbove = DecimalAmount("5")! }
        #expect(send(Self.body(), to: lower).text.contains("Revenue is above 5.00 EUR"))
    }

    // MARK: Rules of the types

    @Test(arguments: [
        "", #""revenue_amount":0"#, #""revenue_amount":-1"#, #""revenue_amount":null"#,
    ])
    func purchasesHaveRevenue(_ more: String) {
        let response = send(Self.body("purchase", more))
        #expect(response.status == 400)
        #expect(
            response.text == """
                {"success":false,"error":"Purchase events must include positive revenue",\
                "code":"revenue_required","field":"revenue_amount"}
                """)
    }

    @Test func courseRevenueIsPositiveIfGiven() {
        let negative = send(Self.body("course_enrollment", #""revenue_amount":"-0.01""#))
        #expect(negative.status == 400)
        #expect(negative["error"] == "Course enrollment revenue must be positive")
        for more in ["", #""revenue_amount":0"#] {
            #expect(send(Self.body("course_enrollment", more)).status == 201)
            #expect(harness.store.events.last?["value"] == nil)
        }
        #expect(send(Self.body("course_enrollment")).status == 201)
        #expect(harness.store.events.last?["value.amount"] == "49.90")
    }

    @Test func signupsWithRevenueAreWarned() {
        let response = send(Self.body("newsletter_signup"))
        #expect(response.status == 201)
        #expect(response.text.contains(#"["Newsletter signups usually have no revenue"]"#))
        #expect(send(Self.body("newsletter_signup", "")).text.contains(#""warnings":[]"#))
        #expect(
            send(Self.body("newsletter_signup", #""revenue_amount":0"#)).text
                .contains(#""warnings":[]"#))
    }

    @Test(arguments: [
        ("{}", "tracking_id is required", "tracking_id"),
        (#"{"tracking_id":"x"}"#, "tracking_id must be a UUID", "tracking_id"),
        (#"{"tracking_id":7}"#, "tracking_id must be a UUID", "tracking_id"),
        (#"{"tracking_id":"\#(tracking)"}"#, "campaign_link_id is required", "campaign_link_id"),
        (body("", ""), "event_type is required", "event_type"),
        (body("a.b"), "event_type must be a name", "event_type"),
        (body("1a"), "event_type must be a name", "event_type"),
        (
            body("purchase", #""revenue_amount":1,"currency":"EURO""#), "currency must be",
            "currency"
        ),
        (
            body("purchase", #""revenue_amount":1,"event_data":[1]"#), "event_data must be",
            "event_data"
        ),
        ("[]", "The body must be a JSON object", "body"),
    ])
    func namesTheFirstMemberThatBreaksItsRule(_ body: String, error: String, field: String) {
        let response = send(body)
        #expect(response.status == 400)
        #expect(response["error"]?.hasPrefix(error) == true, "\(response.text)")
        #expect(response["field"] == field)
        #expect(response["success"] == "0")
        #expect(harness.store.events.isEmpty)
    }

    @Test func refusesSendersInTheContractsShape() {
        let missing = send(Self.body(), key: nil)
        #expect(missing.status == 401)
        #expect(
            missing.text == """
                {"success":false,"error":"A site key or a server key is needed.","code":"key_missing"}
                """)
        #expect(send("{").status == 400)
        #expect(send(Self.body(), headers: ["Content-Type": "text/html"]).status == 415)
        let off = Self.harness { $0.features["conversions"] = false }
        #expect(send(Self.body(), to: off).status == 503)
        harness.store.state.withLock { $0.refusals = PerLane(repeating: .diskFull) }
        let full = send(Self.body())
        #expect(full.status == 507)
        #expect(full.headers["Retry-After"] == "30")
        #expect(full["code"] == "disk_full")
    }

    @Test func refusesTooMuchEventData() {
        let large = String(repeating: #""x","#, count: 9000)
        let response = send(
            Self.body("purchase", #""revenue_amount":1,"event_data":{"a":[\#(large)1]}"#))
        #expect(response.status == 400)
        #expect(response["code"] == "too_large")
        #expect(response["field"] == "event_data")
    }

    // MARK: Retries

    @Test func aRetryIsTheSameEvent() throws {
        let id = { (body: String, key: String?) -> String? in
            var headers = Headers()
            if let key { headers.add("Idempotency-Key", key) }
            return send(body, headers: headers)["data.id"]
        }
        let first = try #require(id(Self.body(), nil))
        #expect(id(Self.body(), nil) == first)
        #expect(id(Self.body("purchase", #""revenue_amount":"49.9""#), nil) == first)
        #expect(id(Self.body("purchase", #""revenue_amount":49.91"#), nil) != first)
        #expect(id(Self.body("course_enrollment"), nil) != first)
        let ordered = #""revenue_amount":49.90,"event_data":{"order_id":"2"}"#
        #expect(id(Self.body("purchase", ordered), nil) != first)
        let keyed = try #require(id(Self.body(), "attempt"))
        #expect(keyed != first)
        #expect(id(Self.body("purchase", ordered), "attempt") == keyed)
    }

    @Test func takesItFromPages() {
        let body = Self.body("purchase", #""revenue_amount":1,"key":"\#(IntakeHarness.siteKey)""#)
        let response = send(body, key: nil, headers: ["Origin": IntakeHarness.origin])
        #expect(response.status == 201)
        #expect(response.headers["Access-Control-Allow-Origin"] == IntakeHarness.origin)
        #expect(harness.store.events[0]["class"] == "site_key")
        let preflight = Request(
            .options, "/api/conversions", headers: ["Origin": IntakeHarness.origin])
        #expect(harness.send(preflight).status == 204)
    }
}

import Crypto
import Foundation
import HTTP
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: a CloudEvent becomes the event that is its data, in each of the three modes. Method: requests
/// through the routes over a store in memory.
@Suite struct CloudEventTests {
    private let harness = IntakeHarness()
    private static let one: Headers = [
        "Content-Type": "application/cloudevents+json; charset=UTF-8"
    ]
    private static let many: Headers = ["Content-Type": "application/cloudevents-batch+json"]

    private func post(_ body: String, _ headers: Headers = one) -> Response {
        harness.post(body, key: IntakeHarness.serverKey, headers: headers)
    }

    private static func id(_ source: String, _ id: String) -> String {
        let bytes = Array(source.utf8) + [0] + Array(id.utf8)
        return "ce:" + SHA256Digest(of: bytes).hex
    }

    @Test func mapsAttributesByName() throws {
        let response = post(
            """
            {"specversion":"1.0","id":"A 1","source":"/shop","type":"purchase","subject":"order/7",
             "time":"2025-12-31T22:00:00+00:00","datacontenttype":"application/json","retries":3,
             "dataschema":null,"data":{"id":"other","type":"other","order":{"id":"#7"},
              "value":{"amount":"10","currency":"EUR"},"data":{"cloud_event":1,"note":"n"},
              "page":{"url":"https://shop.example/?utm_source=mail"},"colour":"red"}}
            """)
        #expect(response.status == 200, "\(response.text)")
        let event = harness.store.events[0]
        #expect(event.fault == nil && event.lane == .conversion)
        let expected: [String: String] = [
            "id": Self.id("/shop", "A 1"), "type": "purchase", "source": "server",
            "occurred_at": "2025-12-31T22:00:00.000Z", "order.id": "7", "value.amount": "10.00",
            "utm.source": "mail", "data.note": "n", "data.colour": "red",
            "data.cloud_event.id": "A 1", "data.cloud_event.source": "/shop",
            "data.cloud_event.subject": "order/7", "data.cloud_event.retries": "3",
        ]
        for (path, value) in expected { #expect(event[path] == value, "\(path)") }
        #expect(event["data.cloud_event.dataschema"] == nil)
    }

    @Test func idsAreUniqueForTheirSourceOnly() {
        let body = { (source: String) in
            #"{"specversion":"1.0","id":"1","source":"\#(source)","type":"a"}"#
        }
        let ids = ["/a", "/b", "/a"].map { post(body($0)).results().first?["id"] as? String }
        #expect(ids[0] == ids[2] && ids[0] != ids[1] && ids[0] == Self.id("/a", "1"))
    }

    @Test(arguments: [
        (#"{"id":"1","source":"/","type":"a"}"#, "/specversion", "missing_member"),
        (
            #"{"specversion":"0.3","id":"1","source":"/","type":"a"}"#, "/specversion",
            "invalid_value"
        ),
        (
            #"{"specversion":1.0,"id":"1","source":"/","type":"a"}"#, "/specversion",
            "missing_member"
        ),
        (#"{"specversion":"1.0","source":"/","type":"a"}"#, "/id", "missing_member"),
        (#"{"specversion":"1.0","id":"1","source":"","type":"a"}"#, "/source", "missing_member"),
        (#"{"specversion":"1.0","id":"1","source":"/"}"#, "/type", "missing_member"),
        (
            #"{"specversion":"1.0","id":"1","source":"/","type":"a","time":"now"}"#, "/time",
            "invalid_value"
        ),
        (
            #"{"specversion":"1.0","id":"1","source":"/","type":"a","data":"x"}"#, "/data",
            "wrong_type"
        ),
        (
            #"{"specversion":"1.0","id":"1","source":"/","type":"a","data":{"data":[]}}"#,
            "/data/data", "wrong_type"
        ),
        (
            #"{"specversion":"1.0","id":"1","source":"/","type":"a","data":{"value":{}}}"#,
            "/data/value/amount", "missing_member"
        ),
        (
            #"{"specversion":"1.0","id":"1","source":"/","type":"a","data_base64":"e30"}"#, "/data",
            "invalid_value"
        ),
        ("[]", "", "wrong_type"),
    ])
    func saysWhatIsWrong(_ body: String, pointer: String, code: String) {
        let response = post(body)
        #expect(response.status == 400)
        #expect(
            response.text.contains(#""pointer":"\#(pointer)","code":"\#(code)""#),
            "\(response.text)")
        #expect(harness.store.events.isEmpty)
    }

    @Test func readsDataInBase64() {
        let data = Base64.encode(Array(#"{"order":{"id":"9"}}"#.utf8))
        let response = post(
            """
            {"specversion":"1.0","id":"1","source":"/","type":"com.example.OrderPlaced",
             "data_base64":"\(data)"}
            """)
        #expect(response.status == 200)
        let event = harness.store.events[0]
        #expect(event["order.id"] == "9" && event["type"] == "com.example.order_placed")
        #expect(event["data.cloud_event.type"] == "com.example.OrderPlaced")
    }

    @Test func givesEachEventOfABatchItsOwnResult() {
        let response = post(
            """
            [{"specversion":"1.0","id":"1","source":"/","type":"login"},
             {"specversion":"2.0","id":"2","source":"/","type":"login"},3]
            """, Self.many)
        #expect(response.status == 200 && response["stored"] == "1" && response["refused"] == "2")
        #expect(
            response.results().map { $0["pointer"] as? String } == [nil, "/specversion", ""])
        let empty = post("[]", Self.many)
        #expect(empty.status == 200 && empty["stored"] == "0")
    }

    // MARK: Binary mode

    @Test func readsAttributesFromTheHead() {
        let headers: Headers = [
            "Content-Type": "application/json", "ce-specversion": "1.0", "CE-ID": "A%20%E2%82%AC",
            "ce-source": "\"/old \\\"quoted\\\" way\"", "ce-type": "purchase",
            "ce-time": "2025-12-31T22:00:00Z", "ce-subject": "s", "ce-Subject": "t",
        ]
        #expect(post(#"{"order":{"id":"7"}}"#, headers).status == 200)
        let event = harness.store.events[0]
        #expect(event["id"] == Self.id("/old \"quoted\" way", "A €"))
        #expect(event["order.id"] == "7" && event["data.cloud_event.subject"] == "s")
        #expect(event["occurred_at"] == "2025-12-31T22:00:00.000Z")
    }

    @Test func needsNoBodyInBinaryMode() {
        var headers: Headers = ["ce-specversion": "1.0", "ce-id": "1", "ce-source": "/"]
        #expect(post("", headers).status == 400)
        headers.add("ce-type", "login")
        #expect(post("", headers).status == 200)
        #expect(harness.store.events[0]["type"] == "login")
        headers.set("ce-id", "%C0%A0")
        #expect(post("", headers).status == 400)
    }

    @Test func takesNoOtherFormatOfEvents() {
        let avro: Headers = ["Content-Type": "application/cloudevents+avro"]
        #expect(post("{}", avro).status == 415)
    }

    // MARK: Keys

    @Test func takesASiteKeyFromTheData() {
        let body = """
            {"specversion":"1.0","id":"1","source":"/","type":"login",
             "data":{"key":"\(IntakeHarness.siteKey)"}}
            """
        #expect(harness.post(body, key: nil, headers: Self.one).status == 200)
        #expect(harness.store.events[0]["class"] == "site_key")
        #expect(!harness.store.events[0].text.contains(IntakeHarness.siteKey))
        #expect(harness.post("{}", key: nil, headers: Self.one).status == 401)
    }
}

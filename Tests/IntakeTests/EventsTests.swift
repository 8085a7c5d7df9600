import Crypto
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Buffer
@testable import ConveyProtocol
@testable import Intake

/// Goal: what `/v1/events` takes is stored as it should be, and every event hears its own fate.
/// Method: requests through the routes over a store in memory.
@Suite struct EventsTests {
    private let harness = IntakeHarness()

    @Test func storesOneEvent() {
        let response = harness.post(
            #"{"id":"a-1","type":"page_view","page":{"url":"https://shop.example/"}}"#)
        #expect(response.status == 200)
        #expect(response["stored"] == "1")
        #expect(response.results().first?["id"] as? String == "a-1")
        #expect(response.results().first?["status"] as? String == "stored")
        let event = harness.store.events[0]
        #expect(event.fault == nil)
        #expect(event["id"] == "a-1")
        #expect(event["site"] == IntakeHarness.site.description)
        #expect(event["source"] == "browser")
        #expect(event["class"] == "site_key")
        #expect(event["received_at"] == "2026-01-01T00:00:00.000Z")
        #expect(event["client.ip"] == "127.0.0.0")
        #expect(event.lane == .pageview)
    }

    @Test func sortsEventsIntoLanes() {
        let response = harness.post(
            """
            [{"id":"1","type":"page_view"},{"id":"2","type":"purchase","order":{"id":"#1042"}},
             {"id":"3","type":"page_view","utm":{"source":"mail"}}]
            """)
        #expect(response["stored"] == "3")
        #expect(harness.store.lines(.pageview).count == 1)
        #expect(harness.store.lines(.interaction).count == 1)
        #expect(harness.store.events.first { $0.lane == .conversion }?["order.id"] == "1042")
    }

    @Test func givesEachEventItsOwnResult() throws {
        let response = harness.post(
            """
            [{"id":"1","type":"page_view"},{"id":"2","type":"No Type"},{"id":"bad id","type":"a"},
             7,{"id":"5","type":"purchase","value":{"amount":"1,00","currency":"EUR"}}]
            """)
        #expect(response.status == 200)
        let results = response.results()
        #expect(
            results.map { $0["status"] as? String } == [
                "stored", "refused", "refused", "refused", "refused",
            ])
        #expect(results.map { $0["index"] as? Int } == [0, 1, 2, 3, 4])
        #expect(results[1]["pointer"] as? String == "/type")
        #expect(results[1]["code"] as? String == "invalid_value")
        #expect(results[1]["id"] as? String == "2")
        #expect(results[2]["pointer"] as? String == "/id")
        #expect(results[3]["code"] as? String == "wrong_type")
        #expect(results[4]["pointer"] as? String == "/value/amount")
        #expect(harness.store.events.count == 1)
        #expect(harness.intake.counters.faulty == ["invalid_value": 3, "wrong_type": 1])
        #expect(harness.intake.counters.stored[.pageview] == 1)
        // The batch header's accounts hear of each, in the lane that its type has.
        let refused = harness.store.state.withLock { $0.refused }
        #expect(refused[.pageview] == ["invalid_value": 2, "wrong_type": 1])
        #expect(refused[.conversion] == ["invalid_value": 1])
    }

    @Test func saysWhatIsWrongWithASingleEvent() throws {
        let response = harness.post(#"{"type":"purchase","value":{"currency":"EUR"}}"#)
        #expect(response.status == 400)
        #expect(response.headers["Content-Type"] == "application/problem+json")
        #expect(response["code"] == "events_refused")
        #expect(response.text.contains(#""pointer":"/value/amount""#))
        #expect(harness.store.events.isEmpty)
    }

    @Test func readsLinesOneByOne() {
        let response = harness.post(
            """
            {"id":"1","type":"page_view"}

            {"id":"2","type":
            {"id":"3","type":"login"}
            """, headers: ["Content-Type": "application/x-ndjson; charset=utf-8"])
        #expect(
            response.results().map { $0["status"] as? String } == [
                "stored", "refused", "stored",
            ])
        #expect(response.results()[1]["code"] as? String == "invalid_json")
    }

    @Test(arguments: [
        ("", "body_malformed"), ("[]", "body_empty"), ("{", "body_malformed"),
        (#"{"a":1,"a":2}"#, "body_malformed"), ("[1", "body_malformed"),
    ])
    func refusesBrokenBodies(_ body: String, code: String) {
        let response = harness.post(body)
        #expect(response.status == 400)
        #expect(response["code"] == code)
    }

    @Test func refusesOtherMediaTypesAndTooManyEvents() {
        let form = harness.post(
            "a=b", headers: ["Content-Type": "application/x-www-form-urlencoded"])
        #expect(form.status == 415)
        let many =
            "[" + Array(repeating: #"{"type":"a"}"#, count: 5_001).joined(separator: ",") + "]"
        #expect(harness.post(many).status == 413)
        #expect(harness.store.events.isEmpty)
    }

    // MARK: Ids

    @Test func derivesIDsFromTheIdempotencyKey() {
        let body = #"[{"type":"page_view"},{"type":"page_view"},{"id":"own","type":"page_view"}]"#
        let first = harness.post(body, headers: ["Idempotency-Key": "attempt 7"])
        let second = harness.post(body, headers: ["Idempotency-Key": "attempt 7"])
        let other = harness.post(body, headers: ["Idempotency-Key": "attempt 8"])
        let ids = { (response: Response) in response.results().map { $0["id"] as? String } }
        #expect(ids(first) == ids(second))
        #expect(Set(ids(first)).count == 3)
        #expect(ids(first)[0] != ids(other)[0])
        #expect(ids(first)[2] == "own")
        #expect(first.results().allSatisfy { $0["id_generated"] == nil })
    }

    @Test func saysThatItMadeAnID() throws {
        let response = harness.post(#"{"type":"page_view"}"#)
        let result = try #require(response.results().first)
        #expect(result["id_generated"] as? Bool == true)
        let id = try #require(result["id"] as? String)
        #expect(SiteID(id) != nil)
        #expect(harness.store.events[0].text.contains(#""flags":["generated_id"]"#))
    }

    @Test func keepsAnswersShortWhenAsked() {
        let response = harness.post(
            #"[{"id":"1","type":"a"},{"id":"2"},{"type":"b"}]"#,
            headers: ["Prefer": "return=minimal"])
        #expect(response["stored"] == "2")
        #expect(response.results().map { $0["index"] as? Int } == [1, 2])
    }

    // MARK: The page's address

    @Test func readsClicksAndCampaignFromThePage() {
        let url =
            "https://shop.example/a?utm_source=news&utm_medium=e%2Bmail"
            + "&gclid=EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQY&x=1#top"
        _ = harness.post(#"{"id":"1","type":"page_view","page":{"url":"\#(url)"}}"#)
        let event = harness.store.events[0]
        #expect(event.fault == nil)
        #expect(event["utm.source"] == "news")
        #expect(event["utm.medium"] == "e+mail")
        #expect(event["click.gclid"] == "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQY")
        #expect(event.lane == .interaction)
    }

    @Test func prefersWhatTheEventStates() {
        let stated = "CjwKStatedStatedStatedStated"
        let url =
            "https://shop.example/?utm_source=page&utm_medium=page"
            + "&gclid=CjwKFromTheFromTheFromThePage&gbraid=0AAAAAFromTheFromThePage"
        _ = harness.post(
            """
            {"id":"1","type":"page_view","page":{"url":"\(url)"},
             "click":{"gclid":"\(stated)"},"utm":{"source":"stated"}}
            """)
        let event = harness.store.events[0]
        #expect(event["click.gclid"] == stated)
        #expect(event["click.gbraid"] == "0AAAAAFromTheFromThePage")
        #expect(event["utm.source"] == "stated")
        #expect(event["utm.medium"] == nil)
    }

    @Test func keepsMaimedClickIDsAside() {
        _ = harness.post(
            #"{"id":"1","type":"page_view","page":{"url":"https://shop.example/?gclid=CjwK"}}"#)
        let event = harness.store.events[0]
        #expect(event["click"] == nil)
        #expect(event["data.invalid_click_ids.gclid"] == "CjwK")
        #expect(event.lane == .pageview)
    }

    // MARK: Time and signals

    @Test func correctsABrowsersClock() {
        _ = harness.post(
            """
            {"id":"1","type":"page_view","occurred_at":"2025-12-31T22:59:50.000Z",
             "sent_at":"2025-12-31T23:00:00.000Z"}
            """)
        let event = harness.store.events[0]
        #expect(event["occurred_at"] == "2025-12-31T23:59:50.000Z")
        #expect(event["client_time"] == "2025-12-31T22:59:50.000Z")
        _ = harness.post(
            """
            {"id":"2","type":"page_view","occurred_at":"2025-12-31T22:59:50.000Z",
             "sent_at":"2025-12-31T23:00:00.000Z"}
            """, key: IntakeHarness.serverKey)
        #expect(harness.store.events.last?["occurred_at"] == "2025-12-31T22:59:50.000Z")
    }

    @Test func takesTheBrowsersSignalsForDenial() {
        let consent =
            #"{"analytics":"granted","ad_user_data":"granted","ad_personalization":"granted"}"#
        _ = harness.post(
            #"{"id":"1","type":"page_view","consent":\#(consent)}"#, headers: ["Sec-GPC": "1"])
        #expect(harness.store.events[0]["consent.ad_user_data"] == "denied")
        #expect(harness.store.events[0]["consent.analytics"] == "granted")
    }

    @Test func hashesPersons() {
        _ = harness.post(
            #"{"id":"1","type":"login","user":{"email":" Ann.Example@Example.COM "}}"#,
            key: IntakeHarness.serverKey)
        let event = harness.store.events[0]
        #expect(!event.text.lowercased().contains("ann.example"))
        let digest = SHA256Digest(of: Array("ann.example@example.com".utf8))
        #expect(event["user.email_sha256"] == digest.hex)
    }

    // MARK: Pressure

    @Test func saysWhichEventsTheBufferTurnedAway() {
        harness.store.state.withLock { $0.refusals[.pageview] = .budget }
        let mixed = harness.post(#"[{"id":"1","type":"page_view"},{"id":"2","type":"purchase"}]"#)
        #expect(mixed.status == 200)
        #expect(mixed.headers["Retry-After"] == "30")
        #expect(mixed.results().map { $0["status"] as? String } == ["refused", "stored"])
        #expect(mixed.results()[0]["code"] as? String == "budget")

        let none = harness.post(#"{"id":"1","type":"page_view"}"#)
        #expect(none.status == 507)
        #expect(none.headers["Retry-After"] == "30")
        harness.store.state.withLock { $0.refusals = PerLane(repeating: .busy) }
        #expect(harness.post(#"{"id":"1","type":"purchase"}"#).status == 503)
        #expect(harness.intake.counters.turnedAway == ["budget": 2, "busy": 1])
    }

    @Test func tellsWhetherItIsReady() {
        let ask = Request(.get, "/readyz")
        #expect(harness.send(ask).status == 200)
        harness.store.state.withLock { $0.shutBecause = .diskFull }
        #expect(harness.send(ask).status == 503)
        harness.store.state.withLock { $0.shutBecause = nil }
        harness.intake.use(IntakeSites())
        #expect(harness.send(ask).status == 503)
        #expect(harness.post(#"{"type":"a"}"#).status == 503)
    }
}

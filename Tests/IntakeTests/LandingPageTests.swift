import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: the click that brought a visitor is found in the page's address, whatever else says. Method:
/// pages through intake.
@Suite struct LandingPageTests {
    private let harness = IntakeHarness()
    private static let first = "EAIaIQobChMIFirstFirstFirst"
    private static let second = "EAIaIQobChMISecondSecond_-"

    /// What a page view at this address becomes.
    private func view(_ query: String, _ members: String = "") throws -> Event {
        let body =
            #"{"type":"page_view","page":{"url":"https://shop.example/a?\#(query)"}\#(members)}"#
        #expect(harness.post(body).text.contains(#""stored":1"#))
        let event = try #require(harness.store.events.last)
        #expect(event.fault == nil)
        return event
    }

    @Test(arguments: [
        ("gclid=\(first)&gclid=\(second)", second, true),
        ("gclid=\(first)&gclid=", first, false), ("gclid=\(first)&gclid=CjwK", first, true),
        ("gclid=\(first)&gclid=\(first)", first, false), ("gclid=\(first)", first, false),
        ("gclid=%7Bgclid%7D&gclid=\(second)&gclid=undefined", second, true),
    ])
    func takesTheLastWholeOneOfSeveralAndNotesThem(
        query: String, taken: String, isNoted: Bool
    ) throws {
        let event = try view(query)
        #expect(event["click.gclid"] == taken)
        #expect(event.text.contains(#""repeated_click_ids":["gclid"]"#) == isNoted)
    }

    @Test func decodesOnceAndThenOnceMoreWhereThatMakesItWhole() throws {
        #expect(try view("gclid=EAIaIQobChMISecondSecond%5F-")["click.gclid"] == Self.second)
        #expect(try view("gclid=EAIaIQobChMISecondSecond%255F-")["click.gclid"] == Self.second)
        let damaged = try view("gclid=EAIaIQobChMISecond+Second")
        #expect(damaged["click"] == nil)
        #expect(damaged["data.invalid_click_ids.gclid"] == "EAIaIQobChMISecond Second")
    }

    @Test func keepsAllKindsOfOneAddress() throws {
        let event = try view("gclid=\(Self.first)&gbraid=\(Self.second)&wbraid=\(Self.second)")
        #expect(event["click.gclid"] == Self.first)
        #expect(event["click.gbraid"] == Self.second && event["click.wbraid"] == Self.second)
    }

    @Test(arguments: ["{gclid}", "undefined", "", "CjwK"])
    func believesTheAddressBeforeAStatedMacro(_ stated: String) throws {
        let event = try view("gclid=\(Self.first)", #","click":{"gclid":"\#(stated)"}"#)
        #expect(event["click.gclid"] == Self.first)
        #expect(try view("x=1", #","click":{"gclid":"\#(stated)"}"#)["click"] == nil)
    }

    @Test func believesAWholeStatedOneBeforeTheAddress() throws {
        let event = try view("gclid=\(Self.first)", #","click":{"gclid":"\#(Self.second)"}"#)
        #expect(event["click.gclid"] == Self.second)
    }

    @Test func believesTheLandingPageBeforeABrokenAttribute() throws {
        let body = ShopifySample.order { order in
            order["note_attributes"] = [["name": "_convey_gclid", "value": "undefined"]]
        }
        _ = harness.webhook("orders/create", body)
        let event = try #require(harness.store.events.last)
        #expect(event["click.gclid"]?.hasPrefix("EAIaIQ") == true)
    }

    @Test func takesACampaignWholeFromOnePlace() throws {
        let query = "utm_source=google&utm_medium=cpc&utm_campaign=spring%20sale&utm_id=7"
        let event = try view(query)
        #expect(event["utm.source"] == "google" && event["utm.campaign"] == "spring sale")
        #expect(event["utm.id"] == "7" && event["utm.term"] == nil && event.lane == .interaction)
        let stated = try view(query, #","utm":{"source":"own"}"#)
        #expect(stated["utm.source"] == "own" && stated["utm.medium"] == nil)
    }
}

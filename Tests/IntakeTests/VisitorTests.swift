import ConveyProtocol
import Foundation
import HTTP
import Testing

@testable import Intake

/// Goal: a browser's request tells where it came from, on what, and whether a person sent it.
/// Method: one page view under each kind of header.
@Suite struct VisitorTests {
    private static let safari =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        + "Gecko) Version/18.5 Mobile/15E148 Safari/604.1"

    private func event(
        _ headers: Headers, _ harness: IntakeHarness = IntakeHarness(),
        body: String = #"{"id":"e","type":"page_view"}"#
    ) throws -> Event {
        #expect(harness.post(body, headers: headers).status == 200)
        return try #require(harness.store.events.first)
    }

    @Test func tellsDeviceBrowserAndSystem() throws {
        let event = try event(["User-Agent": Self.safari])
        #expect(event["client.device"] == "mobile")
        #expect(event["client.browser"] == "Safari")
        #expect(event["client.os"] == "iOS")
        #expect(event["flags"] == nil && event.fault == nil)
    }

    @Test func readsClientHints() throws {
        let event = try event([
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36",
            "Sec-CH-UA": #""Chromium";v="140", "Brave";v="140", "Not=A?Brand";v="24""#,
            "Sec-CH-UA-Mobile": "?1", "Sec-CH-UA-Platform": #""Android""#,
        ])
        #expect(event["client.device"] == "mobile")
        #expect(event["client.browser"] == "Brave")
        #expect(event["client.os"] == "Android")
    }

    @Test func aSiteMayRecordNoneOfItAndStillKnowsRobots() throws {
        let harness = IntakeHarness { site, _ in site.recordsLocation = false }
        let event = try event(["User-Agent": "Googlebot/2.1"], harness)
        #expect(event["client.device"] == nil && event["client.user_agent"] == "Googlebot/2.1")
        #expect(event.text.contains(#""flags":["bot"]"#))
    }

    @Test(arguments: [
        ("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"), ("X-Purpose", "preview"),
        ("X-Moz", "Prefetch"),
    ])
    func marksPrefetches(_ name: String, _ value: String) throws {
        let event = try event([name: value, "User-Agent": Self.safari])
        #expect(event.text.contains(#""flags":["prefetch"]"#))
    }

    @Test func aVisitIsNoPrefetch() throws {
        let event = try event(["Sec-Purpose": "", "Purpose": "navigate", "X-Moz": "x"])
        #expect(event["flags"] == nil)
    }

    @Test func nobodyMarksOrUnmarksItself() throws {
        let event = try event(
            ["User-Agent": "Googlebot/2.1"],
            body: #"{"id":"e","type":"t","flags":[],"client":{"device":"desktop"}}"#)
        #expect(event["client.device"] == "bot")
        #expect(event.text.contains(#""flags":["bot"]"#))
    }

    @Test func readsWhatAServerStatesOfItsVisitor() throws {
        let harness = IntakeHarness()
        let body =
            #"{"id":"e","type":"t","client":{"user_agent":"\#(Self.safari)","ip":"203.0.113.9"}}"#
        #expect(harness.post(body, key: IntakeHarness.serverKey).status == 200)
        let event = try #require(harness.store.events.first)
        #expect(event["client.os"] == "iOS" && event["client.ip"] == "203.0.113.0")
    }
}

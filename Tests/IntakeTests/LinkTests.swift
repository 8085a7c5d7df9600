import Crypto
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing
import Time

@testable import Buffer
@testable import ConveyProtocol
@testable import Intake

/// Goal: a campaign link sends every visitor on, at once and only to its target, and records the click.
/// Method: visits through the route, with a disk that works, refuses or hangs.
@Suite struct LinkTests {
    private static let linkID = "0d5b6a8e-1111-4000-8000-000000000001"
    private static let target =
        "https://shop.example/sale?utm_source=youtube&utm_medium=video&size=m#top"
    private let harness = harness()

    private static func harness(
        settings: IntakeSettings = IntakeSettings(),
        _ change: (inout SiteSettings.Site) -> Void = { _ in }
    ) -> IntakeHarness {
        IntakeHarness(settings: settings) { custom, _ in
            var old = SiteSettings.CampaignLink(
                id: "0d5b6a8e-1111-4000-8000-000000000002", code: "old", target: target)
            old.expiresAt = Timestamp(rfc3339: "2026-01-01T00:00:00Z")
            custom.links = [
                SiteSettings.CampaignLink(id: linkID, code: "Sale-1", target: target), old,
                SiteSettings.CampaignLink(id: linkID, code: "evil", target: "javascript:alert(1)"),
            ]
            change(&custom)
        }
    }

    private func visit(
        _ code: String = "Sale-1", _ method: HTTP.Method = .get, query: String = "",
        headers: Headers = Headers(), of harness: IntakeHarness? = nil
    ) async -> Response {
        await (harness ?? self.harness).follow(
            Request(method, "/l/\(code)\(query)", headers: headers))
    }

    // MARK: Where visitors go

    @Test func sendsTheVisitorOnWithBothIDs() async throws {
        let response = await visit()
        #expect(response.status == 302)
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(response.body.isEmpty)
        let location = try #require(response.headers["Location"])
        let parts = try #require(
            location.wholeMatch(
                of: /(.*&size=m)&ct_tracking_id=(.{36})&ct_campaign_link_id=(.{36})#top/))
        #expect(parts.1 == Self.target.prefix { $0 != "#" })
        #expect(parts.3 == Self.linkID)
        // A UUIDv4: version and variant.
        #expect(parts.2.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab].*/) != nil)
        let again = await visit().headers["Location"]
        #expect(again != location)
    }

    @Test(arguments: [
        ("https://a.example", "https://a.example?"),
        ("https://a.example/x?", "https://a.example/x?"),
        ("https://a.example/x?a=1&", "https://a.example/x?a=1&"),
        ("https://a.example/x#f?g", "https://a.example/x?"),
        ("https://a.example/ä?q=ü", "https://a.example/%C3%A4?q=%C3%BC&"),
    ])
    func keepsTheTarget(_ target: String, upTo prefix: String) async throws {
        let harness = Self.harness { $0.links[0].target = target }
        let location = try #require(await visit(of: harness).headers["Location"])
        #expect(location.hasPrefix(prefix + "ct_tracking_id="), "\(location)")
        #expect(location.hasSuffix("#f?g") == target.hasSuffix("#f?g"))
    }

    @Test func knowsOnlyItsCodes() async {
        for code in ["nobody", "sale-1", "evil", "https:%2F%2Fevil.example"] {
            let response = await visit(code)
            #expect(response.status == 404)
            #expect(response.headers["Location"] == nil)
        }
        #expect(harness.intake.counters.requests == ["link_unknown": 4])
        #expect(harness.store.events.isEmpty)
    }

    @Test func takesNoTargetFromTheRequest() async throws {
        let query = "?url=https://evil.example&next=//evil.example&ct_tracking_id=forged"
        let location = try #require(await visit(query: query).headers["Location"])
        #expect(!location.contains("evil"))
        #expect(!location.contains("forged"))
    }

    @Test func takesAdClicksAlong() async throws {
        let click = "IwAR0abcdefghijklmnopqrstuvwxyz0123456789"
        let location = try #require(
            await visit(query: "?fbclid=\(click)&gclid=%0d%0aevil&utm_source=x").headers["Location"]
        )
        #expect(location.contains("&size=m&fbclid=\(click)&ct_tracking_id="))
        #expect(!location.contains("gclid"))
        #expect(harness.store.events[0]["click.fbclid"] == click)
        #expect(harness.store.events[0]["utm.source"] == "youtube")
    }

    // MARK: What is recorded

    @Test func recordsTheClick() async throws {
        let headers: Headers = [
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            "Referer": "https://videos.example/watch?v=1", "Accept-Language": "de-DE,de",
        ]
        let location = try #require(await visit(headers: headers).headers["Location"])
        let event = try #require(harness.store.events.first)
        #expect(event.fault == nil)
        let expected = [
            "type": "link_click", "source": "link", "class": "site_key",
            "site": IntakeHarness.site.description, "occurred_at": "2026-01-01T00:00:00.000Z",
            "page.referrer": "https://videos.example/watch?v=1", "page.url": Self.target,
            "client.ip": "127.0.0.0", "client.language": "de-DE",
            "click.ct_campaign_link_id": Self.linkID, "utm.source": "youtube",
            "utm.medium": "video", "data.code": "Sale-1",
        ]
        for (path, value) in expected { #expect(event[path] == value, "\(path)") }
        #expect(event["client.user_agent"]?.contains("Firefox") == true)
        let trackingID = try #require(event["click.ct_tracking_id"])
        #expect(event["id"] == trackingID)
        #expect(location.contains("ct_tracking_id=\(trackingID)&"))
        #expect(event.lane == .interaction)
        #expect(harness.intake.counters.links[.recorded] == 1)
    }

    @Test func marksWhatOnlyAsksForTheHead() async {
        let response = await visit("Sale-1", .head)
        #expect(response.status == 302)
        #expect(harness.store.events[0].text.contains(#""flags":["bot"]"#))
    }

    @Test func sendsOnFromAnExpiredLinkWithoutIDs() async {
        let response = await visit("old")
        #expect(response.status == 302)
        #expect(response.headers["Location"] == Self.target)
        #expect(harness.store.events.isEmpty)
        #expect(harness.intake.counters.links[.expired] == 1)
        let refused = harness.store.state.withLock { $0.refused }
        #expect(refused[.interaction] == ["link_expired": 1])
    }

    @Test func sendsOnWhoeverAsksTooOften() async {
        let harness = Self.harness { $0.limits.requestsPerMinute = 1 }
        _ = await visit(of: harness)
        let response = await visit(of: harness)
        #expect(response.status == 302)
        #expect(response.headers["Location"] == Self.target)
        #expect(harness.intake.counters.links[.limited] == 1)
        #expect(harness.store.events.count == 1)
    }

    @Test func answers503WhenSwitchedOff() async {
        let harness = Self.harness { $0.features["links"] = false }
        #expect(await visit(of: harness).status == 503)
    }

    // MARK: When nothing can be stored

    @Test func sendsOnWhenTheBufferRefuses() async {
        harness.store.state.withLock { $0.refusals = PerLane(repeating: .diskFull) }
        let response = await visit()
        #expect(response.status == 302)
        #expect(response.headers["Location"]?.contains("ct_tracking_id=") == true)
        #expect(harness.intake.counters.links[.lost] == 1)
        #expect(harness.intake.counters.turnedAway == ["disk_full": 1])
    }

    @Test func waits50MillisecondsForADiskThatHangs() async {
        harness.store.state.withLock { $0.isStuck = true }
        async let response = visit()
        await harness.clock.sleepers(atLeast: 1)
        harness.clock.advance(by: .milliseconds(49))
        #expect(harness.intake.counters.links[.late] == 0)
        harness.clock.advance(by: .milliseconds(1))
        #expect(await response.status == 302)
        #expect(harness.intake.counters.links[.late] == 1)
        // The click itself is counted when its commit comes.
        harness.store.release()
        #expect(harness.intake.counters.stored[.interaction] == 1)
    }

    @Test func letsNoCrowdWaitForADiskThatHangs() async {
        harness.store.state.withLock { $0.isStuck = true }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<128 { group.addTask { _ = await visit() } }
            await harness.clock.sleepers(atLeast: 128)
            // One more does not wait: time stands still.
            let response = await visit()
            #expect(response.status == 302)
            #expect(harness.intake.counters.links[.late] == 1)
            harness.clock.advance(by: .milliseconds(50))
        }
        #expect(harness.intake.counters.links[.late] == 129)
    }
}

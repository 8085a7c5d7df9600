import Foundation
import Testing
import Time

@testable import Stage

/// Goal: the imaginary shops tell every story, always the same ones, and know how each order ends.
/// Method: the teller alone; what it makes is read with Foundation's JSON reader.
@Suite struct StoryTests {
    private static let now = Timestamp(microseconds: 1_790_000_000_000_000)

    private func traffic(seed: UInt64 = 7, stories: Int = 200, chapters: Int = 4) -> Shop.Traffic {
        var shop = Shop(seed: seed, now: Self.now)
        return shop.traffic(stories: stories, chapters: chapters)
    }

    @Test func tellsEveryStoryThatEndsInAnOrder() {
        let told = Set(traffic(stories: Story.allCases.count).endings.map(\.story))
        #expect(told == Set(Story.allCases).subtracting([.browsing]))
    }

    @Test func tellsTheSameForTheSameSeed() {
        #expect(traffic() == traffic())
        #expect(traffic(seed: 7) != traffic(seed: 8))
    }

    @Test func spreadsStoriesOverAllChapters() {
        let traffic = traffic()
        #expect(traffic.chapters.count == 4)
        #expect(traffic.chapters.allSatisfy { $0.count > 50 })
        #expect(traffic.afterwards.contains { $0.topic == "refunds/create" })
    }

    @Test func namesEveryOrderOnce() {
        let endings = traffic().endings
        #expect(Set(endings.map(\.orderID)).count == endings.count)
    }

    @Test func writesOnlyJSON() throws {
        let traffic = traffic()
        for delivery in traffic.chapters.flatMap(\.self) + traffic.afterwards
        where delivery.isRepeatable {
            _ = try JSONSerialization.jsonObject(
                with: Data(delivery.body(sentAt: Self.now).utf8))
        }
    }

    @Test func putsVisitsBeforeTheNightAndSendsThemNow() throws {
        for event in try browserEvents(traffic(stories: 40)) {
            let told = try #require(event["occurred_at"] as? String)
            let sent = try #require(
                (event["sent_at"] as? String).flatMap { Timestamp(rfc3339: $0) })
            let error = sent - Self.now
            let happened = try #require(Timestamp(rfc3339: told)) - error
            #expect(happened <= Self.now - .seconds(1500))
        }
    }

    @Test func showsAWrongClockInBothTimes() throws {
        let sent = try browserEvents(traffic(stories: 40)).compactMap { $0["sent_at"] as? String }
        #expect(Set(sent).count > 1, "some clock is wrong")
    }

    @Test func losesTheEndOfALongLanding() throws {
        let orders = try orders(of: .cutLanding)
        for order in orders {
            let landing = try #require(order["landing_site"] as? String)
            #expect(landing.utf8.count == 255)
            #expect(landing.contains("&gclid=Cj0KCQ") && !landing.hasSuffix("_wcB"))
        }
        #expect(!orders.isEmpty)
    }

    @Test func joinsAnExpressOrderByItsCartAlone() throws {
        let orders = try orders(of: .express)
        #expect(!orders.isEmpty)
        for order in orders {
            #expect(order["checkout_token"] is NSNull)
            #expect(order["cart_token"] is String)
        }
    }

    @Test func takesBackWhatTheRefundsSay() throws {
        let endings = traffic().endings.filter { $0.story == .lateFullRefund }
        #expect(!endings.isEmpty)
        for ending in endings {
            #expect(ending.conversion == .withdrawn)
            #expect(ending.platform == .holds(micros: 0))
        }
    }

    @Test func keepsSilentWithoutConsent() {
        let silent = traffic().endings
            .filter { [.consentDenied, .consentUnknown].contains($0.story) }
        #expect(!silent.isEmpty && silent.allSatisfy { $0.platform == .nothing })
        var other = Shop(seed: 7, now: Self.now, sendsUnknownClicks: true)
        let sent = other.traffic(stories: 200, chapters: 1).endings
            .filter { $0.story == .consentUnknown }
        #expect(!sent.isEmpty && sent.allSatisfy { $0.platform != .nothing && $0.click != nil })
    }

    @Test func givesNoIDTwice() {
        let ids = (1...3).flatMap { seed in
            traffic(seed: seed).chapters.flatMap(\.self).filter(\.isRepeatable)
        }
        .reduce(into: [Shop.Expectation: Set<String>]()) { found, delivery in
            for id in delivery.expectations { found[id, default: []].insert(delivery.body) }
        }
        #expect(ids.count > 1_000 && ids.values.allSatisfy { $0.count == 1 })
    }

    @Test func numbersTwoShopsOrdersAlike() {
        let (left, right) = (traffic(seed: 1), traffic(seed: 2))
        #expect(!Set(left.endings.map(\.orderID)).isDisjoint(with: right.endings.map(\.orderID)))
    }

    @Test func mentionsNobodyButExamples() {
        for delivery in traffic().chapters.flatMap(\.self) {
            for part in delivery.body.split(separator: "@").dropFirst() {
                #expect(part.hasPrefix("example.com"))
            }
        }
    }

    // MARK: Reading

    private func browserEvents(_ traffic: Shop.Traffic) throws -> [[String: Any]] {
        try traffic.chapters.flatMap(\.self)
            .filter { $0.credential == .siteKey && $0.isRepeatable }
            .flatMap { delivery in
                try #require(
                    try JSONSerialization.jsonObject(
                        with: Data(delivery.body(sentAt: Self.now).utf8)) as? [[String: Any]])
            }
    }

    /// The bodies of `orders/create` of one story.
    private func orders(of story: Story) throws -> [[String: Any]] {
        let traffic = traffic()
        let ids = Set(traffic.endings.filter { $0.story == story }.map(\.orderID))
        return try traffic.chapters.flatMap(\.self)
            .filter { $0.topic == "orders/create" && $0.isRepeatable }
            .map { delivery in
                try #require(
                    try JSONSerialization.jsonObject(with: Data(delivery.body.utf8))
                        as? [String: Any])
            }
            .filter { ids.contains("\($0["id"] ?? "")") }
    }
}

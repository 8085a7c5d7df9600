import ConveyProtocol
import Testing
import Timeline

@testable import Conversions

/// Goal: a browser's clicks, visitor and consent belong to an order only if more than its number
/// binds them. Method: one browser part in all its ways of joining.
@Suite struct JoiningTests {
    private let paid = Sample.version("a", "orders/paid", at: 1)
    private let click = ClickID(.gclid, "EAIaIQobChMI")

    @Test func whoOnlyKnowsTheNumberBringsNoClick() throws {
        let order = try Sample.order([paid, Sample.browser("b")])
        #expect(order.parts.map(\.isJoined) == [true, false])
        #expect(order.visit.clicks.isEmpty)
        #expect(order.visit.visitors.isEmpty)
    }

    @Test func aTokenOrALinkedVisitorBringsTheClick() throws {
        for token in [\Fact.OrderReference.cartToken, \.checkoutToken] {
            let browser = Sample.browser("b") { fact in
                fact.order?[keyPath: token] = self.paid.order?[keyPath: token]
            }
            #expect(try Sample.order([paid, browser]).visit.clicks.map(\.id) == [click])
        }
        let linked = try Sample.order([paid, Sample.browser("b")], linked: ["visitor-1"])
        #expect(linked.visit.clicks.map(\.evidence) == [Sample.name("b", .siteKey)])
        #expect(linked.visit.visitors == ["visitor-1"])
    }

    @Test func aVisitorWhoJoinedOnceBringsHisOtherParts() throws {
        let first = Sample.browser("b") { fact in
            fact.order?.cartToken = "cart-1"
            fact.clicks = []
        }
        let order = try Sample.order([Sample.browser("c"), paid, first])
        #expect(order.visit.clicks.map(\.id) == [click])
    }

    @Test func aBrowsersOwnOrderHasItsClick() throws {
        let stranger = Sample.browser("c", at: 9) { fact in
            fact.visitor = "visitor-2"
            fact.clicks = [ClickID(.gclid, "stranger")]
        }
        let order = try Sample.order([stranger, Sample.browser("b")], Sample.custom)
        #expect(order.visit.clicks.map(\.id) == [click])
    }

    @Test func theStrictestConsentWinsAndSilenceCountsForNothing() throws {
        let granted = Consent(
            analytics: .granted, adUserData: .granted, adPersonalization: .granted)
        let denied = Consent(analytics: .granted, adUserData: .denied, adPersonalization: .granted)
        let own = Sample.version("a", "orders/paid", at: 1) { $0.consent = granted }
        let silent = Sample.version("b", "orders/updated", at: 2)
        #expect(try Sample.order([own, silent]).consent == granted)
        let later = Sample.version("c", "orders/updated", at: 3) { $0.consent = denied }
        #expect(try Sample.order([later, own, silent]).consent == denied)
        let asked = Sample.version("d", "orders/updated", at: 4) { $0.consent = .unknown }
        #expect(try Sample.order([own, asked]).consent == .unknown)
        #expect(try Sample.order([silent]).consent == .unknown, "nobody said anything")
    }

    @Test func whoOnlyKnowsTheNumberCanForbidButNotAllow() throws {
        let granted = Consent(
            analytics: .granted, adUserData: .granted, adPersonalization: .granted)
        let allowing = Sample.browser("b") { $0.consent = granted }
        #expect(try Sample.order([paid, allowing]).consent == .unknown)
        let forbidding = Sample.browser("b") { fact in
            fact.consent = Consent(
                analytics: .granted, adUserData: .denied, adPersonalization: .unknown)
        }
        let own = Sample.version("a", "orders/paid", at: 1) { $0.consent = granted }
        let order = try Sample.order([own, forbidding])
        #expect(order.consent.adUserData == .denied)
        #expect(order.consent.adPersonalization == .granted)
    }

    @Test func aPersonsHashesComeFromTheWeightiestPartThatHasEach() throws {
        let version = Sample.version("a", "orders/paid", at: 1) { fact in
            fact.user = .init()
            fact.user?.email = "shop"
        }
        let browser = Sample.browser("b") { fact in
            fact.order?.cartToken = "cart-1"
            fact.user = .init()
            fact.user?.email = "browser"
            fact.user?.phone = "phone"
        }
        let stranger = Sample.browser("c") { fact in
            fact.visitor = "visitor-9"
            fact.user = .init()
            fact.user?.country = "XX"
        }
        let user = try Sample.order([browser, stranger, version]).user
        #expect(user.email == "shop")
        #expect(user.phone == "phone")
        #expect(user.country == nil)
    }
}

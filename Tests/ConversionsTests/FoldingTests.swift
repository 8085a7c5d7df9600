import ConveyProtocol
import Testing
import Time
import Timeline

@testable import Conversions

/// Goal: whatever is told of an order, by whom and in which order, ends in the one true order. Method:
/// tables of facts with the outcome in words.
@Suite struct FoldingTests {
    // MARK: Which order

    @Test func anOrderNamed1042WithAndWithoutTheSignIsOneOrder() throws {
        // The edge spells both as 1042; a refund that knows the name only finds its order.
        let named = Sample.server("b", type: "refund", at: 60) { fact in
            fact.order = .init(name: "1042")
            fact.value = Sample.money("10.00")
        }
        let whole = Sample.version("a", "orders/paid", at: 1) { $0.order?.name = "1042" }
        let order = try Sample.order([named, whole])
        #expect(order.identity == OrderIdentity(.id, "6123456789012"))
        #expect(order.money.value == Sample.money("90.00"))
    }

    @Test func anOrderThatOnlyHasANameIsKnownByItUntilItsIDComes() throws {
        let early = Sample.server("a") { $0.order = .init(name: "1043") }
        #expect(try Sample.order([early]).identity == OrderIdentity(.name, "1043"))
        let whole = try Sample.order([early, Sample.version("b", "orders/paid", at: 5)])
        #expect(whole.identity == OrderIdentity(.id, "6123456789012"))
        #expect(whole.identities.contains(OrderIdentity(.name, "1043")))
        #expect(whole.parts.count == 2)
    }

    @Test func twoOrderIDsAreTwoOrdersEvenUnderOneName() {
        let first = Sample.version("a", "orders/paid", at: 1) { $0.order?.id = "1" }
        let second = Sample.version("b", "orders/paid", at: 2) { fact in
            fact.order?.id = "2"
            fact.order?.checkoutToken = "checkout-2"
        }
        let loose = Sample.server("c") { $0.order = .init(name: "1043") }
        let orders = Sample.orders([second, loose, first])
        #expect(orders.map(\.identity.value) == ["1", "2"])
        #expect(orders.map(\.parts.count) == [2, 1], "the loose part goes with the smallest id")
    }

    @Test func aClaimOfTwoOrdersJoinsNeither() {
        let first = Sample.server("a") { $0.order = .init(name: "1") }
        let second = Sample.server("b") { fact in
            fact.order = .init()
            fact.order?.checkoutToken = "t2"
        }
        let claim = Sample.browser("c") { fact in
            fact.order = .init(name: "1")
            fact.order?.checkoutToken = "t2"
        }
        let orders = Sample.orders([first, second, claim])
        #expect(orders.map(\.identity.description) == ["name:1", "token:t2"])
        #expect(orders.map(\.parts.count) == [1, 2], "a token is known to the buyer only")
    }

    @Test func aPurchaseThatNamesNoOrderIsAnOrderOfItsOwn() throws {
        let bare = Sample.browser("a") { $0.order = nil }
        let again = Sample.browser("b") { $0.order = nil }
        let orders = Sample.orders([bare, again], Sample.custom)
        #expect(orders.map(\.identity.description) == ["event:site_key:a", "event:site_key:b"])
        #expect(orders.allSatisfy { $0.state == .counted })
    }

    @Test func aCheckoutThatNobodyFinishedIsNoOrder() {
        let step = Sample.browser("a") { $0.type = "begin_checkout" }
        #expect(Sample.orders([step]).isEmpty)
    }

    // MARK: Which voice

    @Test func theNewestVersionOfThePlatformHoldsWhateverCameLast() throws {
        let pending = Sample.version("z", "orders/create", at: 1) { $0.order?.status = "pending" }
        let paid = Sample.version("a", "orders/paid", at: 2) { $0.value = Sample.money("120.00") }
        for facts in [[pending, paid], [paid, pending]] {
            let order = try Sample.order(facts)
            #expect(order.state == .counted)
            #expect(order.money.value == Sample.money("120.00"))
            #expect(order.origins["gross"] == paid.name)
            #expect(order.purchasedAt == Sample.start, "when it was created, not when it was paid")
        }
    }

    @Test func ofTwoVersionsInOneSecondTheOneFurtherInLifeHolds() throws {
        let pending = Sample.version("a", "orders/create", at: 1) { $0.order?.status = "pending" }
        let paid = Sample.version("b", "orders/paid", at: 1)
        #expect(try Sample.order([pending, paid]).state == .counted)
        let swapped = Sample.version("b", "orders/create", at: 1) { $0.order?.status = "pending" }
        let first = Sample.version("a", "orders/paid", at: 1)
        #expect(try Sample.order([swapped, first]).state == .counted)
    }

    @Test func aServersWordHoldsBeforeABrowsersAndThePlatformsBeforeBoth() throws {
        let browser = Sample.browser("a")
        let server = Sample.server("b") { $0.value = Sample.money("98.00") }
        let version = Sample.version("c", "orders/paid", at: 5)
        #expect(try Sample.order([browser, server]).money.value == Sample.money("98.00"))
        let all = try Sample.order([browser, version, server])
        #expect(all.money.value == Sample.money("100.00"))
        #expect(all.parts.map(\.voice) == [.server, .browser, .platform])
    }

    @Test func aReloadedThankYouPageChangesNothing() throws {
        let first = Sample.browser("b", at: 2)
        let reload = Sample.browser("a", at: 90) { $0.value = Sample.money("1.00") }
        let order = try Sample.order([reload, first], Sample.custom)
        #expect(order.money.value == Sample.money("99.00"))
        #expect(order.purchasedAt == first.occurredAt)
    }

    @Test func aVersionThatCouldNotBeReadSaysNothingOfTheMoney() throws {
        let bare = Sample.version("b", "orders/updated", at: 9) { fact in
            fact.type = "shopify.orders_updated"
            fact.value = nil
            fact.order?.status = nil
        }
        let paid = Sample.version("a", "orders/paid", at: 1)
        #expect(try Sample.order([paid, bare]).state == .counted)
        #expect(try Sample.order([paid, bare]).money.value == Sample.money("100.00"))
        #expect(try Sample.order([bare]).state == .pending(status: nil))
    }

    @Test func theTimeOfPurchaseIsThePlatformsElseTheFirstWordOfAServer() throws {
        let version = Sample.version("a", "orders/paid", at: 9) { $0.platform?.createdAt = nil }
        let server = Sample.server("b", at: 4)
        #expect(try Sample.order([version, server]).purchasedAt == server.occurredAt)
        let processed = Sample.version("a", "orders/paid", at: 9) { fact in
            fact.platform?.createdAt = nil
            fact.platform?.processedAt = Sample.start + .seconds(7)
        }
        #expect(
            try Sample.order([processed, server]).purchasedAt == Sample.start + .seconds(7))
    }

    // MARK: Which state

    @Test func aBrowserAloneAtASiteWithWebhooksIsUnconfirmedAndElsewhereCounts() throws {
        #expect(try Sample.order([Sample.browser("a")]).state == .unconfirmed)
        #expect(try Sample.order([Sample.browser("a")], Sample.custom).state == .counted)
        let confirmed = [Sample.browser("a"), Sample.version("b", "orders/paid", at: 1)]
        #expect(try Sample.order(confirmed).state == .counted)
        #expect(
            try Sample.order([Sample.browser("a"), Sample.server("b")]).state == .counted,
            "a server holds a secret")
    }

    @Test func anOrderThatWasNeverPaidIsPendingNotWithdrawn() throws {
        let pending = Sample.version("a", "orders/create", at: 1) { $0.order?.status = "pending" }
        let gone = Sample.version("b", "orders/cancelled", at: 2) { $0.order?.status = "cancelled" }
        #expect(try Sample.order([pending]).state == .pending(status: "pending"))
        #expect(try Sample.order([pending, gone]).state == .pending(status: "cancelled"))
        let server = Sample.server("c")
        #expect(
            try Sample.order([pending, server]).state == .pending(status: "pending"),
            "the platform decides where it speaks")
    }

    @Test func aCancelledOrderThatWasPaidIsWithdrawn() throws {
        let paid = Sample.version("a", "orders/paid", at: 1)
        let gone = Sample.version("b", "orders/cancelled", at: 2) { $0.order?.status = "cancelled" }
        let order = try Sample.order([gone, paid])
        #expect(order.state == .withdrawn(.status("cancelled")))
        #expect(order.money.refunds.returnedMicros == 0, "a cancellation is no sum of money")
    }

    @Test func aTestOrderMakesNoConversion() throws {
        let test = Sample.version("a", "orders/paid", at: 1) { $0.order?.isTest = true }
        let order = try Sample.order([test, Sample.browser("b")])
        #expect(order.state == .test)
        #expect(order.state.conversion == nil)
        let claim = Sample.browser("c") { $0.order?.isTest = true }
        #expect(
            try Sample.order([claim, Sample.version("d", "orders/paid", at: 1)]).state == .counted,
            "a public key cannot turn a sale into a test")
    }

    @Test func aServersOrderCountsUntilItSaysOtherwise() throws {
        let bought = Sample.server("a")
        #expect(try Sample.order([bought], Sample.custom).state == .counted)
        let gone = Sample.server("b", type: "refund", at: 50) { fact in
            fact.order?.status = "cancelled"
            fact.value = nil
        }
        #expect(
            try Sample.order([gone, bought], Sample.custom).state
                == .withdrawn(.status("cancelled")))
    }

    @Test func aBrowserCannotCancelOrPriceWhatAServerTellsOf() throws {
        let silent = Sample.server("a") { $0.value = nil }
        let claim = Sample.browser("b") { fact in
            fact.order?.status = "cancelled"
            fact.value = Sample.money("1000000.00")
        }
        let order = try Sample.order([silent, claim], Sample.custom)
        #expect(order.state == .counted)
        #expect(order.money.value == Sample.money("0"))
        let buyer = try Sample.order([silent, claim], Sample.custom, linked: ["visitor-1"])
        #expect(buyer.money.value == Sample.money("1000000.00"), "the buyer's own page may")
        #expect(buyer.state == .counted)
    }

    @Test func aVersionWithoutAStateDoesNotSilenceAServer() throws {
        let bare = Sample.version("a", "orders/updated", at: 9) { fact in
            fact.value = nil
            fact.order?.status = nil
        }
        #expect(try Sample.order([bare, Sample.server("b")]).state == .counted)
    }

    @Test func theOperatorsOwnListOfStatesHoldsForEverybody() throws {
        let rule = CountingRule(
            platform: .shopify, states: ["authorized"], needsConfirmation: true)
        let order = Sample.version("a", "orders/create", at: 1) { $0.order?.status = "Authorized" }
        #expect(try Sample.order([order], rule).state == .counted)
        #expect(
            try Sample.order([Sample.version("a", "orders/paid", at: 1)], rule).state
                == .pending(status: "paid"))
    }

    @Test func eachPlatformHasItsOwnList() {
        for (status, source, counts) in [
            ("paid", .shopify, true), ("partially_refunded", .shopify, true),
            ("authorized", .shopify, false), ("partially_paid", .shopify, false),
            ("processing", .woocommerce, true), ("completed", .woocommerce, true),
            ("on-hold", .woocommerce, false), ("paid", .woocommerce, false),
            ("shipped", .server, true), ("failed", .server, false), ("voided", .server, false),
        ] as [(String, EventSource, Bool)] {
            #expect(Sample.shopify.counts(status, from: source) == counts, "\(status)")
        }
        #expect(!Sample.shopify.counts(nil, from: .shopify))
        #expect(Sample.shopify.counts(nil, from: .server))
    }
}

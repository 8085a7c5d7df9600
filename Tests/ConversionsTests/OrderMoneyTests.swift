import ConveyProtocol
import Testing
import Time
import Timeline

@testable import Conversions

/// Goal: an order is worth what its shop got for it, to the micro. Method: tables of versions and
/// refunds with the outcome in words.
@Suite struct OrderMoneyTests {
    private let paid = Sample.version("a", "orders/paid", at: 1)

    @Test func aPartialRefundLeavesTheRestAndAFullOneWithdraws() throws {
        let part = Sample.refund("b", id: "r1", "30.00")
        let rest = Sample.refund("c", id: "r2", "70.00", at: 7200)
        let partly = try Sample.order([paid, part])
        #expect(partly.state == .counted)
        #expect(partly.money.value == Sample.money("70.00"))
        let whole = try Sample.order([rest, paid, part])
        #expect(whole.state == .withdrawn(.refunded))
        #expect(whole.money.value == Sample.money("0"))
    }

    @Test func aRefundThatIsToldTwiceIsOneRefund() throws {
        let own = Sample.refund("b", id: "r1", "30.00")
        let inside = Sample.version("c", "orders/updated", at: 60) { fact in
            fact.order?.status = "partially_refunded"
            fact.platform?.refunds = [
                .init(id: "r1", micros: 30_000_000, currency: Sample.euro),
                .init(id: "r2", micros: 5_000_000, currency: nil),
            ]
        }
        let order = try Sample.order([paid, inside, own])
        #expect(order.money.refunds.refunds.map(\.id) == ["r1", "r2"])
        #expect(order.money.value == Sample.money("65.00"))
    }

    @Test func aRefundBeforeItsOrderWaitsForIt() throws {
        let early = Sample.refund("b", id: "r1", "30.00", at: -60)
        let alone = try Sample.order([early])
        #expect(alone.state == .refundOnly)
        #expect(alone.state.conversion == nil)
        #expect(try Sample.order([early, paid]).money.value == Sample.money("70.00"))
    }

    @Test func aRefundOfStockAloneTakesNothing() throws {
        let order = try Sample.order([paid, Sample.refund("b", id: "r1", nil)])
        #expect(order.money.value == Sample.money("100.00"))
        #expect(order.state == .counted)
    }

    @Test func anAmountStatedLaterFillsARefundWithoutOne() throws {
        let bare = Sample.refund("b", id: "r1", nil, at: 99)
        let inside = Sample.version("c", "orders/updated", at: 60) { fact in
            fact.platform?.refunds = [.init(id: "r1", micros: 30_000_000)]
        }
        #expect(try Sample.order([paid, bare, inside]).money.value == Sample.money("70.00"))
    }

    @Test func aRefundInAnotherCurrencyIsToldButNotSubtracted() throws {
        let foreign = Sample.refund("b", id: "r1", "30.00", currency: "USD")
        let order = try Sample.order([paid, foreign])
        #expect(order.money.value == Sample.money("100.00"))
        #expect(order.money.refunds.refunds.isEmpty)
        #expect(order.money.refunds.otherCurrencies.map(\.returned) == [Sample.money("30", "USD")])
    }

    @Test func theWinnersCurrencyIsTheOrders() throws {
        let dollars = Sample.browser("b") { $0.value = Sample.money("110.00", "USD") }
        #expect(try Sample.order([dollars, paid]).money.value == Sample.money("100.00"))
        #expect(try Sample.order([dollars]).money.value == Sample.money("110.00", "USD"))
    }

    @Test func anEditedOrderIsWorthThePlatformsOwnTotalWhereThatIsLess() throws {
        let smaller = Sample.version("b", "orders/updated", at: 60) { fact in
            fact.platform?.currentTotalMicros = 80_000_000
        }
        #expect(try Sample.order([smaller, paid]).money.value == Sample.money("80.00"))
        let larger = Sample.version("b", "orders/updated", at: 60) { fact in
            fact.platform?.currentTotalMicros = 120_000_000
        }
        #expect(
            try Sample.order([larger, paid]).money.value == Sample.money("100.00"),
            "what was added afterwards was not what the click brought")
        let emptied = Sample.version("b", "orders/updated", at: 60) { fact in
            fact.platform?.currentTotalMicros = 0
        }
        #expect(try Sample.order([emptied, paid]).state == .withdrawn(.emptied))
    }

    @Test func anEarlierTotalDoesNotHoldAgainstALaterOne() throws {
        let before = Sample.version("b", "orders/updated", at: 60) { fact in
            fact.platform?.currentTotalMicros = 80_000_000
        }
        let after = Sample.version("c", "orders/updated", at: 120) { fact in
            fact.platform?.currentTotalMicros = 95_000_000
        }
        #expect(try Sample.order([after, before]).money.value == Sample.money("95.00"))
    }

    @Test func aFreeOrderCountsWithNothing() throws {
        let free = Sample.version("a", "orders/paid", at: 1) { fact in
            fact.value = Sample.money("0.00")
            fact.platform?.currentTotalMicros = 0
        }
        let order = try Sample.order([free])
        #expect(order.state == .counted)
        #expect(order.money.value.micros == 0)
    }

    @Test func aPurchaseWithoutAValueCountsWithNothingInTheSitesCurrency() throws {
        let silent = Sample.server("a") { $0.value = nil }
        let order = try Sample.order([silent], Sample.custom)
        #expect(order.state == .counted)
        #expect(order.money.value == Sample.money("0"))
        #expect(order.money.grossMicros == nil)
    }

    @Test(arguments: [
        ("JPY", "5000", "1200", "3800"), ("KWD", "12.345", "2.001", "10.344"),
        ("EUR", "0.03", "0.01", "0.02"), ("USD", "999999999999.99", "0.01", "999999999999.98"),
    ])
    func moneyIsExactInEveryCurrency(
        _ currency: String, _ gross: String, _ back: String, _ rest: String
    ) throws {
        let paid = Sample.version("a", "orders/paid", at: 1) { fact in
            fact.value = Sample.money(gross, currency)
        }
        let order = try Sample.order([paid, Sample.refund("b", id: "r", back, currency: currency)])
        #expect(order.money.value == Sample.money(rest, currency))
    }

    @Test func sumsBeyondTheRangeStopAtItsEnd() throws {
        let refunds = (0..<12).map { Sample.refund("r\($0)", id: "\($0)", "999999999999.99") }
        let order = try Sample.order([paid] + refunds)
        #expect(order.money.refunds.returnedMicros == .max)
        #expect(order.state == .withdrawn(.refunded))
        let smallest = Sample.version("b", "orders/updated", at: 60) { fact in
            fact.platform?.refunds = [.init(id: "m", micros: .min)]
        }
        #expect(try Sample.order([paid, smallest]).state == .withdrawn(.refunded))
    }

    @Test func aNegativeRefundIsStillMoneyThatWentBack() throws {
        let order = try Sample.order([paid, Sample.refund("b", id: "r1", "-30.00")])
        #expect(order.money.value == Sample.money("70.00"))
    }

    @Test func aBrowserCannotTakeMoneyBackFromAConfirmedOrder() throws {
        let claim = Sample.browser("b") { fact in
            fact.type = "refund"
            fact.value = Sample.money("100.00")
        }
        #expect(try Sample.order([paid, claim]).money.value == Sample.money("100.00"))
        let own = [Sample.browser("c"), claim]
        #expect(try Sample.order(own, Sample.custom).state == .withdrawn(.refunded))
    }
}

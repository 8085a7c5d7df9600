import AggregatorBench
import Doubles
import Foundation
import TestSupport
import Testing

/// Goal: an order of WooCommerce ends as one of Shopify would, whatever WooCommerce makes of it: bodies
/// that are newer than their topic, refunds inside, drafts, deletions. Method: sales through the whole
/// chain; what Google's double holds in the end, in words.
@Suite(.timeLimit(.minutes(5))) struct WooCommerceTableTests {
    private let click = "gclid:\(Sale.gclid)"
    private let sale = Sale(site: WooSale.site)

    /// Tells one turn after another, and lets what may be sent be sent after each.
    private func outcomes(
        on backend: Backend, _ turns: [WorldEvent]...
    ) async throws -> [String] {
        var outcomes: [String] = []
        try await WholeChain.with(backend) { chain in
            for turn in turns {
                try await chain.tell(turn)
                try await chain.come()
                let google = chain.google[chain.id("9001", site: WooSale.site)] ?? "nothing"
                let conversions = try await chain.conversions()
                outcomes.append("\(google); \(conversions.joined(separator: ", "))")
                #expect(chain.google.count <= 1)
            }
        }
        return outcomes
    }

    @Test(arguments: Backend.all) func aPaidOrderIsOneConversionOfItsValueAndClick(
        _ backend: Backend
    ) async throws {
        var woo = WooSale(sale)
        let story =
            woo.browser() + [
                woo.order("processing", "order.created", modified: 3),
                woo.order("processing", modified: 3), woo.order("completed", modified: 90),
            ]
        let came = try await outcomes(on: backend, story)
        #expect(came == ["100.00 EUR \(click); id:9001 counted 100.00 EUR"])
    }

    @Test(arguments: Backend.all) func aTransferCountsWhenItArrivesAtTheTimeOfThePurchase(
        _ backend: Backend
    ) async throws {
        var woo = WooSale(sale)
        let came = try await outcomes(
            on: backend,
            woo.browser() + [woo.order("on-hold", "order.created", modified: 1)],
            [woo.order("processing", modified: 7_200)])
        // A browser's word alone is not the shop's.
        #expect(came == ["nothing; ", "100.00 EUR \(click); id:9001 counted 100.00 EUR"])
    }

    @Test(
        arguments: Backend.all,
        ["pending", "on-hold", "failed", "checkout-draft", "cancelled", "trash"])
    func anOrderThatWasNeverPaidIsNoConversion(_ backend: Backend, status: String) async throws {
        var woo = WooSale(sale)
        let came = try await outcomes(
            on: backend,
            woo.browser() + [woo.order(status, "order.created", modified: 5)])
        #expect(came == ["nothing; "])
    }

    @Test(arguments: Backend.all)
    func aCreatedOrderThatShowsTheCompletedOneCountsOnceAndKeepsItsState(_ backend: Backend)
        async throws
    {
        var woo = WooSale(sale)
        let late = woo.order("completed", "order.created", modified: 3_600)
        let old = woo.order("pending", modified: 2)
        let came = try await outcomes(on: backend, woo.browser() + [late], [old])
        let counted = "100.00 EUR \(click); id:9001 counted 100.00 EUR"
        #expect(came == [counted, counted])
    }

    @Test(arguments: Backend.all) func anUpdateBeforeItsCreationCountsOnce(_ backend: Backend)
        async throws
    {
        var woo = WooSale(sale)
        let came = try await outcomes(
            on: backend,
            woo.browser() + [woo.order("completed", modified: 60)],
            [woo.order("processing", "order.created", modified: 2)])
        let counted = "100.00 EUR \(click); id:9001 counted 100.00 EUR"
        #expect(came == [counted, counted])
    }

    @Test(arguments: Backend.all) func aDraftThatIsPaidCounts(_ backend: Backend) async throws {
        var woo = WooSale(sale)
        let came = try await outcomes(
            on: backend,
            woo.browser() + [woo.order("checkout-draft", "order.created", modified: 0)],
            [woo.order("processing", modified: 40)])
        #expect(came == ["nothing; ", "100.00 EUR \(click); id:9001 counted 100.00 EUR"])
    }

    @Test(arguments: Backend.all)
    func refundsInsideAnOrderAreTakenOffOnceEachAndADeletedOneComesBack(_ backend: Backend)
        async throws
    {
        var woo = WooSale(sale)
        let came = try await outcomes(
            on: backend,
            woo.browser() + [woo.order("processing", "order.created", modified: 3)],
            [woo.order(modified: 100, refunds: ["-30.00"])],
            [
                woo.order(modified: 200, refunds: ["-30.00", "-20.00"]),
                woo.order("completed", modified: 210, refunds: ["-30.00", "-20.00"]),
            ],
            [woo.order("completed", modified: 300, refunds: ["-30.00"])])
        #expect(
            came
                == [100, 70, 50, 70].map {
                    "\($0).00 EUR \(click); id:9001 counted \($0).00 EUR"
                })
    }

    @Test(arguments: Backend.all) func aFullRefundWithdraws(_ backend: Backend) async throws {
        var woo = WooSale(sale)
        let came = try await outcomes(
            on: backend,
            woo.browser() + [woo.order("completed", modified: 3)],
            [woo.order("refunded", modified: 100, refunds: ["-100.00"])])
        #expect(came.last == "0.00 EUR \(click); id:9001 withdrawn 0.00 EUR")
    }

    @Test(arguments: Backend.all) func aFullRefundBeforeSendingSendsNothing(_ backend: Backend)
        async throws
    {
        var woo = WooSale(sale)
        let came = try await outcomes(
            on: backend,
            woo.browser() + [
                woo.order("refunded", "order.created", modified: 100, refunds: ["-100.00"]),
                woo.order("processing", modified: 3),
            ])
        #expect(came == ["nothing; id:9001 withdrawn 0.00 EUR"])
    }

    @Test(arguments: Backend.all) func aCancelledOrderIsWithdrawn(_ backend: Backend) async throws {
        var woo = WooSale(sale)
        let came = try await outcomes(
            on: backend,
            woo.browser() + [woo.order("processing", modified: 3)],
            [woo.order("cancelled", modified: 100)])
        #expect(came.last == "0.00 EUR \(click); id:9001 withdrawn 0.00 EUR")
    }

    @Test(arguments: Backend.all) func aDeletedOrderIsWithdrawnAndARestoredOneCountsAgain(
        _ backend: Backend
    ) async throws {
        var woo = WooSale(sale)
        let came = try await outcomes(
            on: backend,
            woo.browser() + [woo.order("processing", modified: 3)], [woo.deletion(after: 100)],
            [woo.restoration(after: 200)])
        #expect(
            came == [
                "100.00 EUR \(click); id:9001 counted 100.00 EUR",
                "0.00 EUR \(click); id:9001 withdrawn 0.00 EUR",
                "100.00 EUR \(click); id:9001 counted 100.00 EUR",
            ])
    }

    @Test(arguments: Backend.all) func theClickThatThePluginKeptIsEnough(_ backend: Backend)
        async throws
    {
        var woo = WooSale(sale)
        var order = woo.order("processing", modified: 3)
        order.clicks = [("gclid", Sale.gclid)]
        #expect(
            try await outcomes(on: backend, [order])
                == ["100.00 EUR \(click); id:9001 counted 100.00 EUR"])
    }

    @Test(arguments: Backend.all, UInt64(1)...8) func theOrderOfArrivalDoesNotMatter(
        _ backend: Backend, _ seed: UInt64
    ) async throws {
        var woo = WooSale(sale)
        var random = SeededRandom(seed: seed)
        let events =
            woo.browser() + [
                woo.order("checkout-draft", "order.created", modified: 0),
                woo.order("processing", modified: 3),
                woo.order(modified: 100, refunds: ["-30.00"]),
                woo.order("completed", modified: 200, refunds: ["-30.00", "-5.00"]),
                woo.order("completed", modified: 300, refunds: ["-5.00"]),
            ]
        try await WholeChain.with(backend) { chain in
            for event in events.shuffled(using: &random) { try await chain.tell(event) }
            try await chain.come()
            let id = chain.id("9001", site: WooSale.site)
            #expect(chain.google == [id: "95.00 EUR \(click)"], "seed \(seed)")
        }
    }
}

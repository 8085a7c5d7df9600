import AggregatorBench
import Doubles
import TestSupport
import Testing

/// Goal: what goes back is taken back, once, and never before Google has confirmed the sale. Method:
/// sales through the whole chain; what Google's double holds in the end, in words.
@Suite(.timeLimit(.minutes(5))) struct RefundTableTests {
    private let click = "gclid:\(Sale.gclid)"

    @Test(arguments: Backend.all)
    func aPartialRefundAfterConfirmationLowersTheValueAndAFullOneMakesItZero(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
            try await chain.tell(sale.refund("30.00", id: "r1", after: 3_600))
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "70.00 EUR \(click)"])
            try await chain.tell(sale.refund("70.00", id: "r2", after: 7_200))
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "0.00 EUR \(click)"])
            #expect(chain.held("9001")?.values.map(\.micros) == [100_000_000, 70_000_000, 0])
            #expect(try await chain.conversions() == ["id:9001 withdrawn 0.00 EUR"])
            #expect(try await chain.uploads() == ["confirmed", "confirmed", "confirmed"])
        }
    }

    @Test(arguments: Backend.all) func aFullRefundBeforeSendingCancelsTheUpload(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            try await chain.tell(sale.refund("100.00", id: "r1", after: 600))
            try await chain.come()
            #expect(chain.google.isEmpty)
            #expect(try await chain.uploads().last == "cancelled: withdrawn")
            #expect(try await chain.conversions() == ["id:9001 withdrawn 0.00 EUR"])
        }
    }

    @Test(arguments: Backend.all) func aPartialRefundBeforeSendingSendsOnlyTheRest(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            try await chain.tell(sale.refund("40.00", id: "r1", after: 600))
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "60.00 EUR \(click)"])
            #expect(chain.held("9001")?.valueCount == 1)
        }
    }

    @Test(arguments: Backend.all) func aRefundBetweenSendingAndVerdictWaitsForTheVerdict(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            chain.double.change { $0.verdictDelayMs = 4 * 3_600_000 }
            var sale = Sale()
            try await chain.tell(sale.story())
            try await chain.pass(hours: 2)
            #expect(try await chain.uploads() == ["accepted"])
            try await chain.tell(sale.refund("100.00", id: "r1", after: 3_600))
            #expect(try await chain.uploads() == ["accepted", "held: earlier_version"])
            try await chain.pass(hours: 1)
            #expect(chain.google == [chain.id("9001"): "100.00 EUR \(click)"])
            try await chain.pass(hours: 24)
            #expect(chain.google == [chain.id("9001"): "0.00 EUR \(click)"])
            #expect(chain.held("9001")?.earlyChanges == 0)
        }
    }

    @Test(arguments: Backend.all) func aRefundToldTwiceIsTakenOffOnce(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(
                sale.story() + [
                    sale.refund("30.00", id: "r1", after: 600),
                    sale.refund("30.00", id: "r1", after: 660),
                ])
            var newer = sale.webhook("partially_refunded", topic: "orders/updated", after: 700)
            newer.data.append(
                ("refunds", #"[{"id":"r1","amount":"30.00","currency":"EUR"}]"#))
            try await chain.tell(newer)
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "70.00 EUR \(click)"])
        }
    }

    @Test(arguments: Backend.all) func anEditedOrderSendsItsNewTotal(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            try await chain.come()
            var edited = sale.webhook(topic: "orders/updated", after: 3_600)
            edited.data.append(("totals", #"{"current_total":"85.00"}"#))
            try await chain.tell(edited)
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "85.00 EUR \(click)"])
            #expect(chain.held("9001")?.values.map(\.micros) == [100_000_000, 85_000_000])
        }
    }

    @Test(arguments: Backend.all) func aCancelledOrderIsWithdrawnAndItsValueRemoved(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            try await chain.come()
            try await chain.tell(
                sale.webhook("voided", topic: "orders/cancelled", after: 3_600))
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "0.00 EUR \(click)"])
            #expect(try await chain.conversions() == ["id:9001 withdrawn 0.00 EUR"])
        }
    }

    @Test(arguments: Backend.all) func aRefundOfAnOrderThatNobodyToldOfSendsNothing(
        _ backend: Backend
    ) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.refund("30.00", id: "r1", after: 600))
            try await chain.come()
            #expect(chain.google.isEmpty)
            #expect(try await chain.conversions().isEmpty)
        }
    }

    @Test(arguments: Backend.all) func aRefundToldBeforeItsOrderIsTakenOff(_ backend: Backend)
        async throws
    {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.refund("30.00", id: "r1", after: 600))
            try await chain.tell(sale.story())
            try await chain.come()
            #expect(chain.google == [chain.id("9001"): "70.00 EUR \(click)"])
        }
    }
}

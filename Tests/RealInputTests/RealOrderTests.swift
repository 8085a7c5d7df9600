import TestSupport
import Testing
import Troupe

/// Goal: the real bodies of an order with a click id end as the confirmed upload that a person reads out
/// of them, and its cancellation takes the value back.
///
/// Method: collector, aggregator and the platform's double, for which it is two days after the order
/// whenever the test is run: Google takes nothing later than 90 days after a click. A destination
/// sends what is bought from the moment on that it goes live; this order was bought before, and so
/// needs a back-fill.
@Suite(.inTurn, .timeLimit(.minutes(15))) struct RealOrderTests {
    private static let gclid = "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQYASABEgK0_vD_BwE"

    @Test(.enabled(if: RealInputTests.isThere), arguments: Backend.ofPrograms)
    func aPaidOrderIsConfirmedWithItsValueTimeAndClickAndItsCancellationMakesItZero(
        _ backend: Backend
    ) async throws {
        try await RealOrder.with(on: backend) { order in
            try await order.tell("create")
            try await order.tell("paid")
            let upload = try await order.upload("confirmed", micros: 404_950_000)
            #expect(upload["currency"] == "USD" && upload["click"] == "gclid:\(Self.gclid)")
            let held = try await order.held()
            #expect(held.transactionID == "\(order.siteID).6123456789012")
            #expect(held.valueMicros == 404_950_000 && held.currency == "USD")
            #expect(held.occurredAt == "2026-11-18T19:03:22.000Z")
            #expect(held.click == "gclid:\(Self.gclid)" && held.received == 1)
            #expect(try await order.conversion() == ["counted", "404950000", "USD"])

            try await order.tell("cancelled")
            _ = try await order.upload("confirmed", micros: 0)
            let after = try await order.held()
            #expect(after.valueMicros == 0 && after.received == 2 && after.earlyChanges == 0)
            #expect(try await order.conversion() == ["withdrawn", "0", "USD"])
        }
    }

    @Test(.enabled(if: RealInputTests.isThere), arguments: Backend.ofPrograms)
    func anOrderThatIsCancelledWhenItBecomesKnownIsNeverSent(
        _ backend: Backend
    ) async throws {
        try await RealOrder.with(on: backend) { order in
            try await order.tell("cancelled")
            try await order.tell("create")
            try await order.tell("paid")
            try await order.rests()
            #expect(try await order.conversion() == ["withdrawn", "0", "USD"])
            #expect(try await order.record().isEmpty)
        }
    }
}

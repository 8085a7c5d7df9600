import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Time

/// Goal: the real bodies of an order with a click id end as the confirmed upload that a person reads out
/// of them, and its cancellation takes the value back.
///
/// Method: collector, aggregator and the platform's double, for which it is two days after the order
/// whenever the test is run: Google takes nothing later than 90 days after a click. A destination
/// sends what is bought from the moment on that it goes live; this order was bought before, and so
/// needs a back-fill.
@Suite(.timeLimit(.minutes(5))) struct RealOrderTests {
    private static let gclid = "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQYASABEgK0_vD_BwE"

    @Test(.enabled(if: RealInputTests.isThere))
    func aPaidOrderIsConfirmedWithItsValueTimeAndClickAndItsCancellationMakesItZero()
        async throws
    {
        try await RealOrder.with { order in
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

    @Test(.enabled(if: RealInputTests.isThere))
    func anOrderThatIsCancelledWhenItBecomesKnownIsNeverSent() async throws {
        try await RealOrder.with { order in
            try await order.tell("cancelled")
            try await order.tell("create")
            try await order.tell("paid")
            try await order.rests()
            #expect(try await order.conversion() == ["withdrawn", "0", "USD"])
            #expect(try await order.record().isEmpty)
        }
    }
}

/// The running programs and Google's double, and the one order's bodies.
private struct RealOrder {
    private let pair: RunningPair
    private let platform: AdPlatform

    /// How Google's double has a conversion.
    struct Held: Decodable {
        let transactionID, occurredAt, click, currency: String
        let valueMicros: Int64
        let received, earlyChanges: Int

        private enum CodingKeys: String, CodingKey {
            case transactionID = "transaction_id"
            case occurredAt = "occurred_at"
            case click, currency
            case valueMicros = "value_micros"
            case received
            case earlyChanges = "early_changes"
        }
    }

    private static let now = Timestamp("2026-11-20T12:00:00Z") ?? .earliest

    static func with(_ body: (RealOrder) async throws -> Void) async throws {
        let error = now.unixSeconds - SystemClock().now().unixSeconds
        var stage = try Stage.fresh(
            programs: RunningPair.programs,
            settings: """
                uploads:
                  first_poll: 300ms
                  poll_max: 1s

                """, clock: ShiftedClock(error: .seconds(error)))
        stage.environment = try WrongClock(seconds: Int(error)).environment
        let platform = try AdPlatform(on: stage)
        let double = try await platform.start()
        let pair = try await RunningPair(on: stage)
        try await platform.become(
            destinationOf: pair.merchant.organization, since: "2026-11-18T00:00:00Z")
        try await body(RealOrder(pair: pair, platform: platform))
        await double.stop()
        try await pair.endBalanced(stored: 3)
    }

    private struct ShiftedClock: WallClock {
        let error: Duration

        func now() -> Timestamp { SystemClock().now() + error }
    }

    var siteID: String { pair.merchant.shops[0].siteID }

    /// The shop's webhook with the real body.
    func tell(_ topic: String) async throws {
        let file = RealInputTests.data
            .appending(path: "webhooks/shopify/derived_orders_\(topic)_gclid.json")
        let status = try await pair.webhook(
            "orders/\(topic)", Array(try Data(contentsOf: file)), id: "real-\(topic)-1043")
        #expect(status == 200)
    }

    /// Waits for an upload of the order in this state with this value.
    func upload(_ state: String, micros: Int64) async throws -> [String: String] {
        let rows = try await Patience.ask(within: .seconds(60)) {
            try await pair.stage.rows(["uploads", "list", "--json"])
        } until: { rows in
            rows.contains { $0["state"] == state && $0["value_micros"] == "\(micros)" }
        }
        let found = rows.first { $0["state"] == state && $0["value_micros"] == "\(micros)" }
        return try #require(found, "the uploads are \(rows)")
    }

    /// Waits until all three bodies are told of and the order's upload is cancelled.
    func rests() async throws {
        #expect(try await pair.settledEvents().count == 3)
        let rows = try await Patience.ask(within: .seconds(60)) {
            try await pair.stage.rows(["uploads", "list", "--json"])
        } until: {
            $0.first?["state"] == "cancelled"
        }
        #expect(rows.allSatisfy { $0["state"] == "cancelled" }, "\(rows)")
    }

    /// Status, value and currency of the one conversion.
    func conversion() async throws -> [String?] {
        let rows = try await pair.stage.rows(["conversions", "list", "--json"])
        #expect(rows.count == 1)
        let columns = ["status", "value_micros", "currency"]
        return columns.map { rows.first?[$0] }
    }

    /// The one conversion that Google's double has.
    func held() async throws -> Held {
        let record = try await record()
        #expect(record.count == 1)
        return try #require(record.first)
    }

    /// Everything that Google's double has.
    func record() async throws -> [Held] {
        struct Page: Decodable { let conversions: [Held] }
        let answer = try await Client().send(
            ClientRequest(.get, platform.origin, "/control/conversions"))
        return try JSONDecoder().decode(Page.self, from: Data(answer.body)).conversions
    }
}

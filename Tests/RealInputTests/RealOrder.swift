import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// The running programs and Google's double, and the one order's bodies.
struct RealOrder {
    let pair: RunningPair
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

    /// - Parameters:
    ///   - store: A Shopify handle; a name with a dot is a shop of WooCommerce.
    ///   - events: How many the books must hold in the end.
    static func with(
        on backend: Backend, store: String = "example-shop", events: Int = 3,
        _ body: (RealOrder) async throws -> Void
    ) async throws {
        let error = now.unixSeconds - SystemClock().now().unixSeconds
        var stage = try Stage.fresh(
            programs: Stage.builtPrograms,
            settings: """
                uploads:
                  first_poll: 300ms
                  poll_max: 1s

                """, database: TestDatabase(on: backend).place,
            clock: ShiftedClock(error: .seconds(error)))
        stage.environment = try WrongClock(seconds: Int(error)).environment
        let platform = try AdPlatform(on: stage)
        let double = try await platform.start()
        let pair = try await RunningPair(on: stage, store: store)
        try await platform.become(
            destinationOf: pair.merchant.organization, since: "2026-11-18T00:00:00Z")
        try await body(RealOrder(pair: pair, platform: platform))
        await double.stop()
        try await pair.endBalanced(stored: events)
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

    /// The shop's webhook of WooCommerce with the real body, or with what a shop might have made of it.
    func tellWoo(
        _ topic: String, _ change: (inout [String: Any]) -> Void = { _ in }
    ) async throws {
        let file = RealInputTests.data
            .appending(path: "webhooks/woocommerce/derived_order_created_gclid.json")
        let real = try JSONSerialization.jsonObject(with: try Data(contentsOf: file))
        var body = try #require(real as? [String: Any])
        change(&body)
        let bytes = try JSONSerialization.data(withJSONObject: body, options: .sortedKeys)
        #expect(try await pair.woo(topic, Array(bytes)) == 200)
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

import Foundation
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: what a real shop of WooCommerce sends goes through the running pair, and its order with a click
/// id ends as the confirmed upload that a person reads out of it. Method: every body of
/// `../shared/data/webhooks/woocommerce`, where that folder stands beside the project.
@Suite(.inTurn, .timeLimit(.minutes(15))) struct RealWooCommerceTests {
    private static let gclid = "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQYASABEgK0_vD_BwE"

    /// A body by its file, its topic, and what it becomes.
    private static let bodies: [(file: String, topic: String, type: String)] = [
        ("order_created", "order.created", "purchase"),
        ("order_updated_completed", "order.updated", "purchase"),
        ("derived_order_created_gclid", "order.created", "purchase"),
        ("order_deleted", "order.deleted", "woocommerce.order.deleted"),
        ("customer_created", "customer.created", "sign_up"),
        ("customer_updated", "customer.updated", "woocommerce.customer.updated"),
        ("customer_deleted", "customer.deleted", "woocommerce.customer.deleted"),
        ("product_updated", "product.updated", "woocommerce.product.updated"),
        ("coupon_created", "coupon.created", "woocommerce.coupon.created"),
        (
            "action_woocommerce_add_to_cart", "action.woocommerce_add_to_cart",
            "woocommerce.action.woocommerce_add_to_cart"
        ),
    ]

    private static func bytes(_ file: String) throws -> [UInt8] {
        let folder = RealInputTests.data.appending(path: "webhooks/woocommerce")
        return Array(try Data(contentsOf: folder.appending(path: file)))
    }

    @Test(.enabled(if: RealInputTests.isThere), arguments: Backend.ofPrograms)
    func everyBodyHasAFateAndThePingIsAnswered(
        _ backend: Backend
    ) async throws {
        let pair = try await RunningPair(
            on: try await Stage.fresh(on: backend), store: "woo.example")
        #expect(try await pair.wooPing(try Self.bytes("ping.txt")) == 200)
        for body in Self.bodies {
            let bytes = try Self.bytes("\(body.file).json")
            #expect(try await pair.woo(body.topic, bytes) == 200, "\(body.file)")
        }
        let events = try await pair.settledEvents()
        #expect(events.values.sorted() == Self.bodies.map(\.type).sorted())
        for (id, type) in events { print("Real input: \(id) is stored as \(type)") }
        #expect(
            Self.bodies.allSatisfy { body in events.keys.contains { $0.hasPrefix(body.topic) } })
        try await pair.endBalanced(stored: Self.bodies.count)
    }

    @Test(.enabled(if: RealInputTests.isThere), arguments: Backend.ofPrograms)
    func aPaidOrderIsConfirmedAndARefundInsideItTakesItsShareBack(
        _ backend: Backend
    ) async throws {
        try await RealOrder.with(on: backend, store: "woo.example", events: 4) { order in
            // The body says nothing of consent.
            try await order.pair.merchant.set(shop: 0, ["--unknown-consent", "click_id_only"])
            // Two topics tell of one state.
            try await order.tellWoo("order.created")
            try await order.tellWoo("order.updated")
            let upload = try await order.upload("confirmed", micros: 29_350_000)
            #expect(upload["currency"] == "USD" && upload["click"] == "gclid:\(Self.gclid)")
            let held = try await order.held()
            #expect(held.transactionID == "\(order.siteID).9101")
            #expect(held.valueMicros == 29_350_000 && held.currency == "USD")
            #expect(held.occurredAt == "2026-11-18T14:02:11.000Z")
            #expect(held.click == "gclid:\(Self.gclid)" && held.received == 1)
            #expect(try await order.conversion() == ["counted", "29350000", "USD"])

            try await order.tellWoo("order.updated") { body in
                body["status"] = "completed"
                body["date_modified_gmt"] = "2026-11-18T15:00:00"
                body["refunds"] = [["id": 9102, "reason": "", "total": "-10.00"]]
            }
            _ = try await order.upload("confirmed", micros: 19_350_000)
            #expect(try await order.conversion() == ["counted", "19350000", "USD"])

            try await order.tellWoo("order.updated") { body in
                body["status"] = "refunded"
                body["date_modified_gmt"] = "2026-11-18T16:00:00"
                body["refunds"] = [
                    ["id": 9102, "total": "-10.00"], ["id": 9103, "total": "-19.35"],
                ]
            }
            _ = try await order.upload("confirmed", micros: 0)
            #expect(try await order.conversion() == ["withdrawn", "0", "USD"])
        }
    }
}

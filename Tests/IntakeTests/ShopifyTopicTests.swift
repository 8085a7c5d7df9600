import Buffer
import Foundation
import HTTP
import Synchronization
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: every topic of Shopify that means something becomes the event that it means. Method: bodies of
/// fictitious shops through intake.
@Suite struct ShopifyTopicTests {
    private let harness = IntakeHarness()

    /// What one body becomes.
    private func events(
        _ topic: String, _ body: [String: Any], id: String = "id-1"
    ) -> [Event] {
        let before = harness.store.events.count
        #expect(harness.webhook(topic, ShopifySample.body(body), id: id).status == 200)
        let events = harness.store.events.dropFirst(before)
        #expect(events.allSatisfy { $0.fault == nil })
        return Array(events)
    }

    private func event(_ topic: String, _ body: [String: Any]) throws -> Event {
        try #require(events(topic, body).first)
    }

    // MARK: Carts and checkouts

    private func cart(_ second: Int, _ pieces: [Int: Int]) -> [String: Any] {
        [
            "id": "cart-1", "token": "cart-1?key=secret", "created_at": "2025-12-30T19:03:00Z",
            "updated_at": "2025-12-30T19:03:0\(second)Z",
            "line_items": pieces.sorted { $0.key < $1.key }.map { variant, quantity in
                [
                    "variant_id": variant, "product_id": 7, "title": "Cap", "price": "19.99",
                    "quantity": quantity,
                    "price_set": ["shop_money": ["amount": "19.99", "currency_code": "CAD"]],
                ] as [String: Any]
            },
        ]
    }

    @Test func tellsWhatWasPutIntoACartAndWhatWasTakenOut() throws {
        let created = try #require(events("carts/create", cart(1, [1: 3]), id: "a").first)
        #expect(created["type"] == "add_to_cart" && created["order.cart_token"] == "cart-1")
        #expect(created["value.amount"] == "59.97" && created["value.currency"] == "CAD")
        #expect(created["occurred_at"] == "2025-12-30T19:03:01.000Z")
        #expect(!created.text.contains("secret"))
        let changed = events("carts/update", cart(2, [1: 1, 2: 1]), id: "b")
        #expect(changed.map { $0["type"] } == ["add_to_cart", "remove_from_cart"])
        #expect(changed.map { $0["id"] } == ["b", "b:removed"])
        #expect(
            changed[0].text.contains(
                #""items":[{"id":"7","variant":"2","title":"Cap","quantity":1"#))
        #expect(changed[1].text.contains(#""variant":"1","title":"Cap","quantity":2"#))
        let emptied = events("carts/update", cart(3, [2: 1]), id: "c")
        #expect(emptied.map { $0["type"] } == ["remove_from_cart"])
        #expect(emptied[0].text.contains(#""items":[{"variant":"1","quantity":1}]"#))
    }

    @Test func keepsACartThatDidNotChangeOrIsNotKnownByItsIDs() throws {
        #expect(
            events("carts/update", cart(4, [1: 3]), id: "a").map { $0["type"] } == [
                "shopify.carts_update"
            ])
        #expect(
            events("carts/update", cart(5, [1: 3]), id: "b").map { $0["type"] } == [
                "shopify.carts_update"
            ])
        #expect(
            events("carts/update", cart(3, [1: 9]), id: "c").map { $0["type"] } == [
                "shopify.carts_update"
            ])
    }

    @Test func tellsTheSameOfADeliveryThatCouldNotBeKept() {
        _ = events("carts/create", cart(1, [1: 1]), id: "a")
        harness.store.state.withLock { $0.refusals = PerLane(repeating: .diskFull) }
        let body = ShopifySample.body(cart(2, [1: 2]))
        #expect(harness.webhook("carts/update", body, id: "b").status == 503)
        harness.store.state.withLock { $0.refusals = PerLane(repeating: nil) }
        #expect(
            events("carts/update", cart(2, [1: 2]), id: "b").map { $0["type"] } == ["add_to_cart"])
    }

    @Test func takesACheckoutForOneThatBegan() throws {
        let body = try sample { checkout in
            checkout["id"] = nil
            checkout["token"] = "checkout-1"
            checkout["name"] = "#981820079255243537"
        }
        let event = try event("checkouts/create", body)
        #expect(event["type"] == "begin_checkout")
        #expect(event["order.checkout_token"] == "checkout-1")
        #expect(event["order.cart_token"] == "cart-1")
        #expect(event["order.id"] == nil && event["order.name"] == nil)
        #expect(event["click.gclid"] != nil && event["utm.source"] == "google")
        #expect(event["user.email_sha256"] != nil && event["value.amount"] == "114.95")
        #expect(event["occurred_at"] == "2025-12-30T19:03:22.000Z")
        let later = try #require(events("checkouts/update", body, id: "b").first)
        #expect(later["type"] == "shopify.checkouts_update" && later["click.gclid"] != nil)
    }

    private func sample(_ change: (inout [String: Any]) -> Void) throws -> [String: Any] {
        let data = Data(ShopifySample.order(change))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    // MARK: Customers

    private func customer(_ state: String? = nil) -> [String: Any] {
        var customer: [String: Any] = [
            "id": 9_007_199_254_740_997, "email": "ann@example.com", "first_name": "Ann",
            "created_at": "2025-12-30T19:00:00-05:00", "updated_at": "2025-12-31T19:00:00-05:00",
            "note": "VIP",
            "default_address": ["city": "Ottawa", "zip": "K2P", "country_code": "CA"],
        ]
        if let state {
            customer["email_marketing_consent"] = [
                "state": state, "consent_updated_at": "2025-12-30T19:05:00-05:00",
            ]
        }
        return customer
    }

    @Test func takesANewCustomerForASignUp() throws {
        let event = try event("customers/create", customer())
        #expect(event["type"] == "sign_up" && event["occurred_at"] == "2025-12-31T00:00:00.000Z")
        #expect(event["user.external_id"] == "9007199254740997" && event["user.country"] == "CA")
        #expect(event["user.email_sha256"] != nil && event["user.city_sha256"] != nil)
        #expect(!event.text.contains("ann") && !event.text.contains("VIP"))
    }

    @Test func tellsOfANewsletterOnceHoweverOftenItIsSaid() throws {
        let first = events("customers/create", customer("subscribed"), id: "a")
        #expect(first.map { $0["type"] } == ["sign_up", "newsletter_signup"])
        #expect(first[1]["occurred_at"] == "2025-12-31T00:05:00.000Z")
        let second = events("customers/update", customer("subscribed"), id: "b")
        #expect(second.map { $0["type"] } == ["shopify.customers_update", "newsletter_signup"])
        #expect(first[1]["id"] == second[1]["id"] && first[0]["id"] != second[0]["id"])
        for state in ["pending", "unsubscribed", "not_subscribed"] {
            #expect(events("customers/update", customer(state), id: state).count == 1)
        }
    }

    // MARK: Subscriptions

    private func contract(_ status: String) -> [String: Any] {
        [
            "id": 7_103_183_873, "customer_id": 1, "origin_order_id": 42, "status": status,
            "revision_id": "8906927309",
        ]
    }

    @Test(arguments: [
        ("subscription_contracts/create", "active", "subscription_start"),
        ("subscription_contracts/update", "active", "shopify.subscription_contracts_update"),
        ("subscription_contracts/update", "cancelled", "subscription_cancel"),
        ("subscription_contracts/expire", "EXPIRED", "subscription_cancel"),
        ("subscription_contracts/pause", "paused", "shopify.subscription_contracts_pause"),
    ])
    func namesWhatHappenedToAContract(topic: String, status: String, type: String) throws {
        let event = try event(topic, contract(status))
        #expect(event["type"] == type)
        guard !type.hasSuffix("pause") else { return }
        #expect(event["order.id"] == "42" && event["order.customer_id"] == "1")
        #expect(event["data.subscription_contract_id"] == "7103183873")
        #expect(event["occurred_at"] == "2026-01-01T00:00:00.123Z")
    }

    @Test func endsAContractOnce() throws {
        let first = events("subscription_contracts/update", contract("cancelled"), id: "a")
        let second = events("subscription_contracts/cancel", contract("cancelled"), id: "b")
        #expect(first[0]["id"] == "subscription_cancel:7103183873")
        #expect(second[0]["id"] == first[0]["id"])
    }

    @Test func takesAPaidAttemptForARenewal() throws {
        let body: [String: Any] = [
            "id": 5, "order_id": 43, "subscription_contract_id": 7_103_183_873, "ready": true,
            "error_code": NSNull(),
        ]
        let paid = try event("subscription_billing_attempts/success", body)
        #expect(paid["type"] == "subscription_renew" && paid["order.id"] == "43")
        #expect(paid["data.subscription_contract_id"] == "7103183873")
        let failed = try #require(
            events("subscription_billing_attempts/failure", body, id: "b").first)
        #expect(failed["type"] == "shopify.subscription_billing_attempts_failure")
    }

    // MARK: The law

    @Test func keepsWhatAPersonIsFoundByInARequestForErasure() throws {
        let event = try event(
            "customers/redact",
            [
                "shop_id": 954_889, "orders_to_redact": [299_938],
                "customer": ["id": 191_167, "email": "ann@example.com", "phone": "+15551234567"],
            ])
        #expect(event["type"] == "shopify.customers_redact" && event.lane == .conversion)
        #expect(event["user.external_id"] == "191167" && event["order.customer_id"] == "191167")
        #expect(event["user.email_sha256"]?.count == 64 && event["user.phone_sha256"]?.count == 64)
        #expect(event.text.contains(#""orders_to_redact":["299938"]"#))
        #expect(!event.text.contains("example.com") && !event.text.contains("5551234567"))
    }

    @Test func keepsAnUninstalledAppByTheShopsNumber() throws {
        let event = try event(
            "app/uninstalled", ["id": 954_889, "email": "owner@example.com", "name": "Shop"])
        #expect(event["type"] == "shopify.app_uninstalled")
        #expect(event["data.resource_id"] == "954889" && !event.text.contains("owner"))
    }
}

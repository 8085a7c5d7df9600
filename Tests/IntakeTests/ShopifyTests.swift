import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Buffer
@testable import ConveyProtocol
@testable import Intake

/// Goal: only the shop's own webhooks are taken, and every one of them is. Method: bodies of
/// fictitious orders, signed and not.
@Suite struct ShopifyTests {
    private let harness = IntakeHarness()

    // MARK: Who may send

    @Test func takesBothSecretsAndNoOther() {
        let body = Array("{}".utf8)
        #expect(harness.webhook("orders/edited", body).status == 200)
        let previous = IntakeHarness.previousSecret
        #expect(harness.webhook("orders/edited", body, id: "b", secret: previous).status == 200)
        #expect(harness.webhook("orders/edited", body, id: "c", secret: "other").status == 401)
        #expect(harness.store.events.count == 2)
    }

    @Test func refusesAlteredAndUnsignedBodies() {
        let good = Request(
            .post, "/webhooks/shopify/\(IntakeHarness.shop)",
            headers: ["X-Shopify-Topic": "orders/create", "X-Shopify-Hmac-Sha256": "AAAA"],
            body: Array("{}".utf8))
        #expect(harness.send(good).status == 401)
        #expect(
            harness.send(Request(.post, "/webhooks/shopify/\(IntakeHarness.shop)")).status == 401)
        #expect(harness.intake.counters.requests == ["signature_wrong": 2])
        #expect(harness.store.events.isEmpty)
    }

    @Test func refusesAnotherShopsDomain() {
        let response = harness.webhook(
            "orders/create", Array("{}".utf8), shop: "evil.myshopify.com")
        #expect(response.status == 403)
        #expect(harness.store.events.isEmpty)
    }

    @Test func knowsOnlyItsShopifySites() {
        for site in ["nobody", IntakeHarness.site.description, "shop.example"] {
            #expect(harness.send(Request(.post, "/webhooks/shopify/\(site)")).status == 404)
        }
        let named = Request(.post, "/webhooks/shopify/\(IntakeHarness.shopName)")
        #expect(harness.send(named).status == 401)
    }

    @Test func letsWebhooksOfASwitchedOffSiteFall() {
        let off = IntakeHarness { _, shop in shop.features["webhooks"] = false }
        #expect(off.webhook("orders/create", Array("{}".utf8)).status == 200)
        #expect(off.store.events.isEmpty)
        #expect(off.intake.counters.droppedWebhooks == 1)
    }

    @Test func answers503WhereTheEventCannotBeKept() {
        harness.store.state.withLock { $0.refusals = PerLane(repeating: .diskFull) }
        let response = harness.webhook("orders/create", ShopifySample.order())
        #expect(response.status == 503)
        #expect(response.headers["Retry-After"] == "30")
    }

    // MARK: Orders

    @Test func mapsAnOrder() throws {
        #expect(harness.webhook("orders/create", ShopifySample.order()).status == 200)
        let event = harness.store.events[0]
        #expect(event.fault == nil)
        #expect(event.lane == .conversion)
        let expected: [String: String] = [
            "id": "0d5b6a8e-0000-4000-8000-000000000001", "type": "purchase", "source": "shopify",
            "class": "webhook", "occurred_at": "2025-12-30T19:03:22.000Z",
            "order.id": "9007199254740993", "order.name": "1043", "order.status": "paid",
            "order.cart_token": "cart-1", "order.checkout_token": "checkout-1",
            "order.customer_id": "9007199254740995", "order.test": "0",
            "value.amount": "114.95", "value.currency": "USD",
            "client.ip": "203.0.113.0", "client.user_agent": "Mozilla/5.0",
            "user.external_id": "9007199254740995", "user.country": "US",
            "page.referrer": "https://www.google.com/",
            "click.gclid": "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQYASABEgK0",
            "utm.source": "google", "utm.medium": "cpc", "utm.campaign": "brand",
            "consent.ad_user_data": "granted", "consent.ad_personalization": "denied",
            "data.topic": "orders/create", "data.totals.tax": "4.95",
            "data.totals.shipping": "10", "data.totals.discounts": "20",
            "data.presentment.currency": "CAD", "data.presentment.total": "157.2",
            "data.event_id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        ]
        for (path, value) in expected { #expect(event[path] == value, "\(path)") }
        #expect(
            event.text.contains(#""items":[{"id":"788032119674292900","variant":"1","sku":"S-1","#))
        #expect(event.text.contains(#""note_attributes":[{"name":"gift note","value":"Cheers"}]"#))
    }

    @Test func letsNoPersonReachTheStore() {
        _ = harness.webhook("orders/create", ShopifySample.order())
        let text = harness.store.events[0].text.lowercased()
        for trace in ["example.com", "ann", "12 elm", "55512345", "40003", "203.0.113.45"] {
            #expect(!text.contains(trace), "\(trace)")
        }
        let event = harness.store.events[0]
        for hash in ["email", "phone", "first_name", "last_name", "street", "city", "state"] {
            #expect(event["user.\(hash)_sha256"]?.count == 64, "\(hash)")
        }
    }

    @Test func spellsAnOrderInOneWayOnly() {
        for (index, name) in ["1043", "#1043", "##1043"].enumerated() {
            let body = ShopifySample.order { $0["name"] = name }
            _ = harness.webhook("orders/create", body, id: "o-\(index)")
        }
        #expect(harness.store.events.allSatisfy { $0.fault == nil && $0["order.name"] == "1043" })
    }

    @Test func namesRepeatedDeliveriesAlike() {
        _ = harness.webhook("orders/paid", ShopifySample.order(), id: "same")
        _ = harness.webhook("orders/paid", ShopifySample.order(), id: "same")
        _ = harness.webhook("orders/paid", ShopifySample.order(), id: "no id, no use")
        _ = harness.webhook("orders/paid", ShopifySample.order(), id: "no id, no use")
        let ids = harness.store.events.compactMap { $0["id"] }
        #expect(ids[0] == "same" && ids[1] == "same")
        #expect(ids[2] == ids[3] && ids[2].hasPrefix("sha256:"))
    }

    @Test func takesCancellationsForRefunds() {
        let body = ShopifySample.order { $0["cancelled_at"] = "2025-12-31T10:00:00+01:00" }
        _ = harness.webhook("orders/cancelled", body)
        let event = harness.store.events[0]
        #expect(event.fault == nil)
        #expect(event["type"] == "refund")
        #expect(event["order.status"] == "cancelled")
        #expect(event["occurred_at"] == "2025-12-31T09:00:00.000Z")
    }

    // MARK: Clicks

    @Test func refusesAnIDThatTouchesTheCut() {
        let id = "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQYASABEgK0"
        let front = "/p?utm_source=google&pad="
        let back = "&gbraid=0AAAAAGbraidThatSurvived&gclid="
        let pad = String(repeating: "x", count: 255 - front.count - back.count - id.count)
        let landing = front + pad + back + id
        #expect(landing.count == 255)
        let cut = ShopifySample.order { order in
            order["landing_site"] = landing
            order["note_attributes"] = [Any]()
        }
        _ = harness.webhook("orders/create", cut)
        let event = harness.store.events[0]
        #expect(event.fault == nil)
        #expect(event["click.gclid"] == nil)
        #expect(event["click.gbraid"] == "0AAAAAGbraidThatSurvived")
        #expect(event["data.invalid_click_ids.gclid"] == id + "…")
        #expect(event["page.url"]?.contains("gclid") == false)

        let whole = ShopifySample.order { order in
            order["landing_site"] = front + pad.dropLast() + back + id
            order["note_attributes"] = [Any]()
        }
        _ = harness.webhook("orders/create", whole, id: "whole")
        #expect(harness.store.events.last?["click.gclid"] == id)
    }

    @Test func trustsTheCartAttributeMore() {
        let attribute = "CjwKAttributeAttributeAttribute"
        let body = ShopifySample.order { order in
            order["note_attributes"] = [
                ["name": "_gclid", "value": attribute], ["name": "fbp", "value": "nonsense"],
            ]
        }
        _ = harness.webhook("orders/create", body)
        let event = harness.store.events[0]
        #expect(event["click.gclid"] == attribute)
        #expect(event["click.fbp"] == nil)
        #expect(event["data.invalid_click_ids.fbp"] == "nonsense")
    }

    // MARK: Refunds

    @Test func sumsARefund() {
        let refund: [String: Any] = [
            "id": 890_088_186_047_892_319, "order_id": 9_007_199_254_740_993,
            "created_at": "2025-12-30T19:00:00-05:00", "restock": true,
            "transactions": [
                ["kind": "refund", "status": "success", "amount": "89.99", "currency": "USD"],
                ["kind": "refund", "status": "failure", "amount": "500.00", "currency": "USD"],
                ["kind": "sale", "status": "success", "amount": "70.00", "currency": "USD"],
                ["kind": "refund", "status": "success", "amount": "0.01", "currency": "USD"],
            ],
            "refund_line_items": [
                ["quantity": 2, "line_item": ["id": 5, "product_id": 6, "price": "45.00"]]
            ],
        ]
        _ = harness.webhook("refunds/create", ShopifySample.body(refund))
        let event = harness.store.events[0]
        #expect(event.fault == nil)
        #expect(event["type"] == "refund")
        #expect(event["order.id"] == "9007199254740993")
        #expect(event["value.amount"] == "90.00")
        #expect(event["occurred_at"] == "2025-12-31T00:00:00.000Z")
        #expect(event["data.refund_id"] == "890088186047892319")
        #expect(event.text.contains(#""quantity":2"#))
    }

    @Test func namesNoValueWhereARefundHasNone() {
        let mixed: [String: Any] = [
            "id": 1, "order_id": 2,
            "transactions": [
                ["kind": "refund", "status": "success", "amount": "1.00", "currency": "USD"],
                ["kind": "refund", "status": "success", "amount": "1.00", "currency": "EUR"],
            ],
        ]
        _ = harness.webhook("refunds/create", ShopifySample.body(mixed))
        _ = harness.webhook(
            "refunds/create", ShopifySample.body(["id": 1, "order_id": 2]), id: "b")
        #expect(harness.store.events.allSatisfy { $0["value"] == nil && $0.fault == nil })
    }

    @Test func keepsTheRefundsInsideAnOrder() {
        let order = ShopifySample.order { order in
            order["refunds"] = (1...60).map { id in
                [
                    "id": id, "created_at": "2025-12-30T19:00:00-05:00",
                    "transactions": [
                        ["kind": "refund", "status": "success", "amount": "1.5", "currency": "USD"]
                    ],
                ] as [String: Any]
            }
        }
        _ = harness.webhook("orders/updated", order)
        let event = harness.store.events[0]
        #expect(event.fault == nil)
        #expect(
            event.text.contains(
                #""refunds":[{"id":"11","amount":"1.5","currency":"USD","#
                    + #""at":"2025-12-31T00:00:00.000Z"},{"id":"12","#))
        #expect(event.text.contains(#""refunds_left_out":10"#))
    }

    // MARK: Everything else

    @Test func keepsOtherTopicsByID() {
        let product = ShopifySample.body([
            "id": 9_007_199_254_740_997, "title": "Secret", "vendor": "ann@example.com",
            "created_at": "2025-12-30T19:00:00-05:00",
        ])
        _ = harness.webhook("products/create", product)
        let event = harness.store.events[0]
        #expect(event.fault == nil)
        #expect(event["type"] == "shopify.products_create")
        #expect(event["data.resource_id"] == "9007199254740997")
        #expect(event["data.created_at"] == "2025-12-31T00:00:00.000Z")
        #expect(event["user"] == nil)
        #expect(!event.text.contains("ann") && !event.text.contains("Secret"))
        #expect(event.lane == .conversion)
    }

    @Test func keepsPrivacyRequestsWithTheirIDs() {
        let body = ShopifySample.body([
            "shop_id": 954_889, "shop_domain": IntakeHarness.shopName,
            "customer": ["id": 191_167, "email": "ann@example.com", "phone": "+15551234567"],
            "orders_to_redact": [299_938, 280_263],
        ])
        _ = harness.webhook("customers/redact", body)
        let event = harness.store.events[0]
        #expect(event["order.customer_id"] == "191167")
        #expect(event.text.contains(#""orders_to_redact":["299938","280263"]"#))
        #expect(!event.text.contains("example.com"))
    }

    @Test(arguments: ["", "{", "null", "7", "\"text\"", "[1,2]", "{\"id\":{}}", "\u{0}"])
    func takesSignedNonsense(_ text: String) {
        for (index, topic) in ["orders/create", "refunds/create", "nonsense", "a\"b"].enumerated() {
            let response = harness.webhook(topic, Array(text.utf8), id: "n-\(index)")
            #expect(response.status == 200)
        }
        #expect(harness.store.events.count == 4)
        #expect(harness.store.events.allSatisfy { $0.fault == nil })
    }

    @Test func keepsWhatIsSoundOfAnOrderThatIsNot() {
        let body = ShopifySample.order { $0["line_items"] = [["price": "99999999999999999999"]] }
        _ = harness.webhook("orders/create", body, id: "a")
        let huge = ShopifySample.order { order in
            order["note_attributes"] = (0..<50).map {
                ["name": "n\($0)", "value": String(repeating: "v", count: 4_000)]
            }
        }
        _ = harness.webhook("orders/create", huge, id: "b")
        let events = harness.store.events
        #expect(events.count == 2 && events.allSatisfy { $0.fault == nil })
        #expect(events.allSatisfy { $0["type"] == "purchase" && $0["value.amount"] == "114.95" })
        #expect(events[1]["data.note_attributes_left_out"] == "48")
    }

    @Test func cutsLongOrders() {
        let body = ShopifySample.order { order in
            order["line_items"] = (0..<600).map { ["product_id": $0, "quantity": 1] }
        }
        #expect(harness.webhook("orders/create", body).status == 200)
        let event = harness.store.events[0]
        #expect(event.fault == nil)
        #expect(event.text.contains(#""truncated":["/items"]"#))
    }

    @Test func survivesEveryMutationOfAnOrder() {
        var random = SeededRandom(seed: .random(in: 0 ... .max))
        let order = ShopifySample.order()
        for round in 0..<500 {
            var body = order
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                body[Int.random(in: 0..<body.count, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            let response = harness.webhook("orders/create", body, id: "m-\(round)")
            #expect(response.status == 200, "seed \(random.seed)")
        }
        let events = harness.store.events
        #expect(events.count == 500)
        #expect(events.allSatisfy { $0.fault == nil }, "seed \(random.seed)")
    }
}

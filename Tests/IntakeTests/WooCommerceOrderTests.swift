import Foundation
import HTTP
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: an order of WooCommerce says in canonical form what it said in its own, and nothing of it
/// that is personal reaches the disk. Method: bodies of fictitious orders through intake.
@Suite struct WooCommerceOrderTests {
    private let harness = IntakeHarness()

    /// What one body becomes.
    private func event(
        _ topic: String = "order.updated", _ change: (inout [String: Any]) -> Void = { _ in }
    ) throws -> Event {
        #expect(harness.woo(topic, WooCommerceSample.order(change)).status == 200)
        let event = try #require(harness.store.events.last)
        #expect(event.fault == nil)
        return event
    }

    @Test func mapsAnOrder() throws {
        let event = try event("order.created")
        let expected: [String: String] = [
            "type": "purchase", "source": "woocommerce", "class": "webhook",
            "occurred_at": "2025-12-30T19:03:22.000Z", "order.id": "9101", "order.name": "W-9101",
            "order.status": "processing", "order.checkout_token": "wc_order_aBcDeFgH12345",
            "value.amount": "29.35", "value.currency": "EUR", "client.ip": "203.0.113.0",
            "client.user_agent": "Mozilla/5.0", "user.country": "US",
            "page.referrer": "https://www.google.com/", "click.gclid": WooCommerceSample.gclid,
            "utm.source": "google", "utm.medium": "cpc", "utm.campaign": "brand",
            "consent.ad_user_data": "granted", "consent.ad_personalization": "unknown",
            "data.topic": "order.created", "data.created_at": "2025-12-30T19:03:22.000Z",
            "data.updated_at": "2025-12-30T19:03:30.000Z",
            "data.paid_at": "2025-12-30T19:03:25.000Z", "data.totals.subtotal": "18",
            "data.totals.tax": "1.35", "data.totals.shipping": "10",
            "data.totals.discounts": "5", "data.totals.taxes_included": "0",
            "data.created_via": "checkout", "data.attribution.session_pages": "6",
            "data.attribution.device_type": "Mobile", "data.shop": "https://woo.example/",
        ]
        for (path, value) in expected { #expect(event[path] == value, "\(path)") }
        for path in ["order.customer_id", "user.external_id", "utm.content", "data.parent_id"] {
            #expect(event[path] == nil, "\(path)")
        }
        let items =
            #""items":[{"id":"93","title":"Cap","quantity":2,"price":"3","line_item_id":"315","#
            + #""tax":"0.45","discount":"5"},{"id":"22","variant":"23","sku":"Bar3","#
            + #""title":"Shirt","quantity":3,"price":"4","line_item_id":"316","tax":"0.9"}]"#
        #expect(event.text.contains(items))
        #expect(event.text.contains(#""discount_codes":["10off"]"#))
    }

    @Test func letsNoPersonReachTheStore() throws {
        let event = try event()
        let text = event.text.lowercased()
        let traces = [
            "example.com", "ann", "12 elm", "5551234567", "40003", "203.0.113.45", "1980", "twice",
        ]
        for trace in traces { #expect(!text.contains(trace), "\(trace)") }
        for hash in ["email", "phone", "first_name", "last_name", "street", "city", "state"] {
            #expect(event["user.\(hash)_sha256"]?.count == 64, "\(hash)")
        }
    }

    @Test(arguments: [
        ("pending", "purchase"), ("processing", "purchase"), ("on-hold", "purchase"),
        ("completed", "purchase"), ("failed", "purchase"), ("wc-shipped", "purchase"),
        ("cancelled", "refund"), ("refunded", "refund"),
        ("checkout-draft", "woocommerce.order.updated"),
    ])
    func namesAnOrderByItsState(status: String, type: String) throws {
        let event = try event { $0["status"] = status }
        #expect(event["type"] == type && event["order.status"] == status)
        #expect(event["value.amount"] == "29.35")
    }

    @Test func takesADraftForACheckoutThatBegan() throws {
        let event = try event("order.created") { $0["status"] = "checkout-draft" }
        #expect(event["type"] == "begin_checkout" && event["order.status"] == "checkout-draft")
    }

    /// `order.created` is built when it is delivered, and may show what became of the order since.
    @Test func showsTheNewestStateUnderTheOldestTopic() throws {
        let event = try event("order.created") { order in
            order["status"] = "completed"
            order["date_modified_gmt"] = "2026-01-02T08:00:00"
            order["date_completed_gmt"] = "2026-01-02T08:00:00"
        }
        #expect(event["occurred_at"] == "2025-12-30T19:03:22.000Z")
        #expect(event["data.updated_at"] == "2026-01-02T08:00:00.000Z")
        #expect(event["order.status"] == "completed")
    }

    @Test func writesRefundsAsWhatWentBack() throws {
        let event = try event { order in
            order["refunds"] = [
                ["id": 77, "reason": "Ann changed her mind", "total": "-10.00"],
                ["id": "78", "reason": "", "total": -2.5],
                ["id": 79, "total": ""],
            ]
        }
        let refunds =
            #""refunds":[{"id":"77","amount":"10"},{"id":"78","amount":"2.5"},{"id":"79"}]"#
        #expect(event.text.contains(refunds))
        #expect(!event.text.contains("mind"))
        #expect(try self.event().text.contains(#""refunds":[]"#))
    }

    @Test func tellsOfADeletedOrderByItsNumber() throws {
        #expect(harness.woo("order.deleted", Array(#"{"id":9101}"#.utf8)).status == 200)
        let event = try #require(harness.store.events.first)
        #expect(event["type"] == "woocommerce.order.deleted" && event.fault == nil)
        #expect(event["order.id"] == "9101" && event["order.status"] == "trash")
        #expect(event["occurred_at"] == event["received_at"])
    }

    /// No signature covers the topic: whoever saw an order's body could send it as its deletion.
    @Test func takesNoOrdersBodyForItsDeletion() throws {
        let event = try event("order.deleted")
        #expect(event["order.id"] == "9101" && event["order.status"] == nil)
    }

    @Test func datesARestoredOrderByItsArrival() throws {
        let event = try event("order.restored")
        #expect(event["type"] == "purchase" && event["data.updated_at"] == nil)
        #expect(event["occurred_at"] == event["received_at"])
        #expect(event["data.modified_at"] == "2025-12-30T19:03:30.000Z")
    }

    @Test func readsNumbersThatAreTextsAndTextsThatAreNumbers() throws {
        let event = try event { order in
            order["id"] = "9101"
            order["number"] = 9101
            order["total"] = 29.35
            order["customer_id"] = "17"
            order["line_items"] = [
                ["product_id": "93", "quantity": 1.0, "price": "3.5"],
                ["product_id": 94, "quantity": 1.5, "total": "10.00", "price": 1.0 / 3.0],
                ["product_id": 95, "quantity": 3, "total": "10.00", "price": 10.0 / 3.0],
            ]
        }
        #expect(event["order.id"] == "9101" && event["order.name"] == "9101")
        #expect(event["value.amount"] == "29.35" && event["order.customer_id"] == "17")
        #expect(event["user.external_id"] == "17")
        let items =
            #""items":[{"id":"93","quantity":1,"price":"3.5"},{"id":"94"},"#
            + #"{"id":"95","quantity":3,"price":"3.333333"}]"#
        #expect(event.text.contains(items), "\(event.text)")
    }

    @Test func guessesNoAmount() throws {
        let event = try event { $0["total"] = "1,234.50" }
        #expect(event["value"] == nil && event["type"] == "purchase")
    }

    // MARK: Where the visit came from

    @Test(arguments: ["organic", "referral", "typein", "admin", "mobile_app"])
    func takesNoCampaignThatTheScriptMadeUp(_ kind: String) throws {
        let event = try event { order in
            order["meta_data"] = [
                ["key": "_wc_order_attribution_source_type", "value": kind],
                ["key": "_wc_order_attribution_utm_source", "value": "(direct)"],
                ["key": "_wc_order_attribution_referrer", "value": "https://duckduckgo.com/"],
            ]
        }
        #expect(event["utm"] == nil && event["data.attribution.source_type"] == kind)
        #expect(event["page.referrer"] == "https://duckduckgo.com/")
    }

    @Test func trustsThePluginsClickIDMore() throws {
        let own = "CjwKOwnOwnOwnOwnOwnOwnOwn"
        let event = try event { order in
            var meta = order["meta_data"] as? [Any] ?? []
            meta.append(["key": "_convey_gclid", "value": own])
            meta.append(["key": "_convey_utm_source", "value": "plugin"])
            order["meta_data"] = meta
        }
        #expect(event["click.gclid"] == own)
        #expect(event["utm.source"] == "plugin" && event["utm.medium"] == nil)
    }

    @Test func readsAnEmptyMapThatPHPWritesAsAList() throws {
        let event = try event { order in
            for name in ["billing", "shipping", "meta_data", "line_items", "coupon_lines"] {
                order[name] = [Any]()
            }
        }
        #expect(event["type"] == "purchase" && event["user"] == nil && event["items"] == nil)
    }

    // MARK: Large orders

    @Test func shortensAnOrderThatIsTooLargeAndMarksIt() throws {
        for count in [200, 600, 3_000] {
            let event = try event { order in
                order["number"] = "\(count)"
                order["line_items"] = (0..<count).map { number in
                    ["product_id": number, "name": String(repeating: "n", count: 500)]
                }
            }
            #expect(event["value.amount"] == "29.35" && event["order.name"] == "\(count)")
            #expect(event.text.contains(#""truncated":["/items"#), "\(count)")
        }
    }
}

import Buffer
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: only the shop's own webhooks are taken, every one of them is, and WooCommerce never hears
/// anything that makes it switch a webhook off. Method: bodies of fictitious orders, signed and not.
@Suite struct WooCommerceTests {
    private let harness = IntakeHarness()
    private let path = "/webhooks/woocommerce/\(IntakeHarness.wooShop)"

    // MARK: Who may send

    @Test func takesBothSecretsAndNoOther() {
        let body = WooCommerceSample.order()
        #expect(harness.woo("order.created", body).status == 200)
        let previous = IntakeHarness.previousSecret
        #expect(harness.woo("order.updated", body, secret: previous).status == 200)
        #expect(harness.woo("order.updated", body, secret: "other").status == 401)
        #expect(harness.send(Request(.post, path, body: body)).status == 401)
        #expect(harness.store.events.count == 2)
        #expect(harness.intake.counters.requests == ["signature_wrong": 2])
    }

    /// WordPress signs with what a secret's entities stand for, however the operator spelt it.
    @Test(arguments: [
        (#"a&b"#, #"a&b"#), (#"a&amp;b"#, #"a&b"#), (#"&lt;'"&gt;"#, #"<'">"#),
        ("&#039;&#x27;&quot;", "''\""), ("&#0038;#039;", "&#039;"),
        ("p@$$ wörd, 100% ;&", "p@$$ wörd, 100% ;&"),
        ("&nbsp;&bogus", "&nbsp;&bogus"), ("&amp;amp;", "&amp;"),
        ("\u{1F511}=\\/\t", "\u{1F511}=\\/\t"),
    ])
    func takesAnyCharacterInASecret(told: String, signing: String) {
        let harness = IntakeHarness(woo: { $0.webhookSecrets = ["woocommerce": [told]] })
        let body = Array("{}".utf8)
        #expect(harness.woo("order.created", body, secret: signing).status == 200)
        #expect(harness.woo("order.created", body, secret: told).status == 200)
        #expect(harness.woo("order.created", body, secret: signing + "x").status == 401)
    }

    @Test func knowsOnlyItsWooCommerceSites() {
        for site in ["nobody", "\(IntakeHarness.site)", "\(IntakeHarness.shop)"] {
            #expect(harness.send(Request(.post, "/webhooks/woocommerce/\(site)")).status == 404)
        }
        #expect(harness.send(Request(.post, "/webhooks/woocommerce/woo.example")).status == 401)
        #expect(
            harness.send(Request(.post, "/webhooks/shopify/\(IntakeHarness.wooShop)")).status
                == 404)
    }

    @Test func letsWebhooksOfASwitchedOffSiteFall() {
        for isSite in [true, false] {
            let off = IntakeHarness(woo: { site in
                if isSite { site.isEnabled = false } else { site.features["webhooks"] = false }
            })
            #expect(off.woo("order.created", WooCommerceSample.order()).status == 200)
            #expect(off.store.events.isEmpty)
            #expect(off.intake.counters.droppedWebhooks == 1)
        }
    }

    @Test func answers503WhereTheEventCannotBeKept() {
        harness.store.state.withLock { $0.refusals = PerLane(repeating: .diskFull) }
        let response = harness.woo("order.created", WooCommerceSample.order())
        #expect(response.status == 503)
        #expect(response.headers["Retry-After"] == "30")
    }

    // MARK: The ping

    @Test func answersThePing() {
        #expect(harness.send(ping("webhook_id=142")).status == 200)
        #expect(harness.store.events.isEmpty)
        #expect(harness.intake.counters.requests.isEmpty)
        let off = IntakeHarness(woo: { $0.isEnabled = false })
        #expect(off.send(ping("webhook_id=142")).status == 200)
        #expect(off.intake.counters.droppedWebhooks == 0)
    }

    @Test(arguments: [
        "", "webhook_id=", "webhook_id=abc", "webhook_id=1&x=2", "x=1",
        "webhook_id=1\(String(repeating: "0", count: 60))",
    ])
    func takesNothingElseForAPing(_ body: String) {
        #expect(harness.send(ping(body)).status == 401)
    }

    @Test func takesNoPingOfWhatIsNotAForm() {
        let typed = Request(
            .post, path, headers: ["Content-Type": "application/json"],
            body: Array("webhook_id=142".utf8))
        #expect(harness.send(typed).status == 401)
        #expect(
            harness.send(ping("webhook_id=142", ["X-WC-Webhook-Signature": "AAAA"])).status == 401)
    }

    private func ping(_ body: String, _ more: [String: String] = [:]) -> Request {
        var headers: Headers = ["Content-Type": "application/x-www-form-urlencoded"]
        for (name, value) in more { headers.add(name, value) }
        return Request(.post, path, headers: headers, body: Array(body.utf8))
    }

    // MARK: Identity

    @Test func namesTheSameStateAlikeAndAnotherDifferently() {
        _ = harness.woo("order.updated", WooCommerceSample.order(), delivery: "a")
        _ = harness.woo("order.updated", WooCommerceSample.order(), delivery: "b")
        _ = harness.woo("order.created", WooCommerceSample.order(), delivery: "a")
        let later = WooCommerceSample.order { $0["status"] = "completed" }
        _ = harness.woo("order.updated", later, delivery: "a")
        let ids = harness.store.events.compactMap { $0["id"] }
        #expect(ids.count == 4 && Set(ids).count == 3)
        #expect(ids[0] == ids[1])
        #expect(ids.allSatisfy { $0.hasPrefix("order.") && $0.contains(":9101:") })
        #expect(harness.store.events[0]["data.delivery_id"] == "a")
    }

    @Test func fitsTheLongestTopicIntoATypeAndAnID() {
        let hook = "woocommerce_" + String(repeating: "very_long_", count: 12)
        let body = ShopifySample.body(["action": hook, "arg": Int64.max])
        #expect(harness.woo("action.\(hook)", body).status == 200)
        #expect(harness.woo("action.WooCommerce-Odd/Hook", body).status == 200)
        let events = harness.store.events
        #expect(events.allSatisfy { $0.fault == nil })
        #expect(events[0]["type"]?.count == 64 && events[0]["data.resource_id"] == "\(Int64.max)")
        #expect(events[1]["type"] == "woocommerce.action.woocommerce_odd_hook")
    }

    // MARK: Everything else

    @Test(arguments: [
        "product.created", "product.updated", "coupon.restored", "customer.deleted",
        "action.woocommerce_add_to_cart", "",
    ])
    func keepsOtherTopicsByTheirIDs(_ topic: String) {
        let body = ShopifySample.body([
            "id": 25, "name": "Secret product", "email": "ann@example.com", "arg": "9bf31c7ff",
            "date_created_gmt": "2025-12-30T19:03:22",
        ])
        #expect(harness.woo(topic, body).status == 200)
        let event = harness.store.events[0]
        #expect(event.fault == nil && event.lane == .conversion)
        #expect(event["type"] == "woocommerce.\(topic.isEmpty ? "unknown" : topic)")
        #expect(event["data.resource_id"] == "25")
        #expect(event["data.created_at"] == "2025-12-30T19:03:22.000Z")
        #expect(event["user"] == nil)
        #expect(!event.text.contains("Secret") && !event.text.contains("9bf31c7ff"))
    }

    @Test func keepsAShopsRefusalOfAnOrderAndCountsIt() {
        let body = ShopifySample.body([
            "code": "woocommerce_rest_cannot_view", "message": "Ann may not view this.",
            "data": ["status": 401],
        ])
        #expect(harness.woo("order.updated", body).status == 200)
        let event = harness.store.events[0]
        #expect(event["type"] == "woocommerce.order.updated" && event.fault == nil)
        #expect(event["data.note"] == "shop_error")
        #expect(event["data.shop_error"] == "woocommerce_rest_cannot_view")
        #expect(event["order"] == nil && !event.text.contains("Ann"))
        #expect(harness.intake.counters.unmappedWebhooks == ["shop_error": 1])
        #expect(harness.intake.counters.shopErrors == 1)
    }

    @Test(arguments: ["", "{", "null", "7", "\"text\"", "[1,2]", "{\"id\":{}}", "\u{0}"])
    func takesSignedNonsense(_ text: String) {
        for topic in ["order.created", "order.deleted", "customer.created", "a\"b"] {
            #expect(harness.woo(topic, Array(text.utf8)).status == 200)
        }
        #expect(harness.store.events.count == 4)
        #expect(harness.store.events.allSatisfy { $0.fault == nil })
    }

    @Test func survivesEveryMutationOfAnOrder() {
        var random = SeededRandom(seed: .random(in: 0 ... .max))
        let order = WooCommerceSample.order()
        for _ in 0..<500 {
            var body = order
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                body[Int.random(in: 0..<body.count, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            #expect(harness.woo("order.updated", body).status == 200, "seed \(random.seed)")
        }
        let events = harness.store.events
        #expect(events.count == 500)
        #expect(events.allSatisfy { $0.fault == nil }, "seed \(random.seed)")
    }
}

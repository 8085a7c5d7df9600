import Crypto
import Time

@testable import Buffer
@testable import ConveyProtocol
@testable import HTTP
@testable import Intake

/// Reads foreign bytes as a correctly signed webhook. The first byte chooses platform and topic. It
/// must always become events that pass the aggregator's check.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let body = Array(bytes.dropFirst())
    let topics = choice < 128 ? FuzzedShop.shopify : FuzzedShop.woo
    let topic = topics[Int(choice) % topics.count]
    if choice < 128 {
        FuzzedShop.send(Shopify(), topic, body)
    } else {
        FuzzedShop.send(WooCommerce(), topic, body)
    }
    return 0
}

private enum FuzzedShop {
    static let shopify = [
        "orders/create", "orders/cancelled", "refunds/create", "customers/redact",
        "carts/update", "checkouts/create", "customers/create", "subscription_contracts/update",
    ]
    static let woo = [
        "order.created", "order.updated", "order.deleted", "order.restored", "customer.created",
        "product.updated", "action.woocommerce_add_to_cart",
    ]
    private static let site: IntakeSite = makeSite()
    private static let bench = Workbench()
    private static let clock = EdgeClock(
        wall: SystemClock(), uptime: SystemUptime(), boot: BootID(bytes: [1]))

    static func send<Platform: WebhookPlatform>(
        _ platform: Platform, _ topic: String, _ body: [UInt8]
    ) {
        let request = request(topic, body)
        do throws(IntakeRefusal) {
            try Platform.verify(request, for: site)
        } catch {
            preconditionFailure("A signed webhook was refused.")
        }
        let stamp = clock.stamp()
        let context = EventContext(
            rules: site.rules, source: Platform.source, credential: .webhook,
            receivedAt: stamp.time)
        var webhook = Webhook(
            platform.event(of: request, for: site), context,
            incoming: IncomingEvents(stamp: stamp))
        webhook.read(body, on: bench)
        guard !webhook.outcomes.isEmpty else {
            preconditionFailure("A signed webhook became no event.")
        }
        for outcome in webhook.outcomes {
            guard case .taken(.conversion) = outcome.result else {
                preconditionFailure("A signed webhook's event was not taken.")
            }
        }
        check(webhook.incoming)
    }

    private static func request(_ topic: String, _ body: [UInt8]) -> Request {
        let secret = Array("secret".utf8)
        let signature = Base64.encode(HMAC.sha256(body, key: secret).bytes)
        return Request(
            .post, "/webhooks/platform/shop",
            headers: [
                "X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": "fuzz",
                "X-Shopify-Shop-Domain": "acme.myshopify.com", "X-Shopify-Hmac-Sha256": signature,
                "X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": signature,
            ], body: body)
    }

    private static func check(_ incoming: IncomingEvents) {
        var check = EventCheck()
        for segment in incoming.segments[.conversion] {
            for line in segment.lines.split(separator: UInt8(ascii: "\n")) {
                let numbered = Array(#"{"seq":1,"#.utf8) + line.dropFirst()
                guard case .sound = check.read(numbered.span) else {
                    preconditionFailure("Intake stored what the aggregator would refuse.")
                }
            }
        }
    }

    private static func makeSite() -> IntakeSite {
        guard let id = SiteID(bytes: Array(repeating: 7, count: 16)),
            let currency = Currency("USD")
        else { preconditionFailure("The fuzzed shop is sound.") }
        let site = SiteSettings.Site(
            id: id, name: "acme.myshopify.com", platform: .shopify, currency: currency,
            timeZone: "UTC")
        return IntakeSite(
            site, webhookSecrets: ["shopify": ["secret"], "woocommerce": ["secret"]])
    }
}

import Crypto
import Synchronization
import Time

@testable import Buffer
@testable import ConveyProtocol
@testable import HTTP
@testable import Intake

/// Reads foreign bytes as a correctly signed webhook of Shopify. The first byte chooses the topic.
/// It must always become one event that passes the aggregator's check.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let topics = ["orders/create", "orders/cancelled", "refunds/create", "customers/redact"]
    let body = Array(bytes.dropFirst())
    FuzzedShop.send(topic: topics[Int(choice) % topics.count], body)
    return 0
}

private enum FuzzedShop {
    private static let site: IntakeSite = makeSite()
    private static let bench = Workbench()
    private static let clock = EdgeClock(
        wall: SystemClock(), uptime: SystemUptime(), boot: BootID(bytes: [1]))

    static func send(topic: String, _ body: [UInt8]) {
        let secret = Array("secret".utf8)
        let request = Request(
            .post, "/webhooks/shopify/shop",
            headers: [
                "X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": "fuzz",
                "X-Shopify-Shop-Domain": "acme.myshopify.com",
                "X-Shopify-Hmac-Sha256": Base64.encode(HMAC.sha256(body, key: secret).bytes),
            ], body: body)
        do throws(IntakeRefusal) {
            try Shopify.verify(request, for: site)
        } catch {
            preconditionFailure("A signed webhook was refused.")
        }
        let stamp = clock.stamp()
        var incoming = IncomingEvents(stamp: stamp)
        let context = EventContext(
            rules: site.rules, source: .shopify, credential: .webhook, receivedAt: stamp.time)
        let outcome = ShopifyWebhook(request, site).write(context, on: bench, into: &incoming)
        guard case .taken(.conversion) = outcome.result else {
            preconditionFailure("A signed webhook became no event.")
        }
        check(incoming)
    }

    private static func check(_ incoming: IncomingEvents) {
        var check = EventCheck()
        let line = incoming.segments[.conversion][0].lines.dropLast()
        let numbered = Array(#"{"seq":1,"#.utf8) + line.dropFirst()
        guard case .sound = check.read(numbered.span) else {
            preconditionFailure("Intake stored what the aggregator would refuse.")
        }
    }

    private static func makeSite() -> IntakeSite {
        guard let id = SiteID(bytes: Array(repeating: 7, count: 16)),
            let currency = Currency("USD")
        else { preconditionFailure("The fuzzed shop is sound.") }
        let site = SiteSettings.Site(
            id: id, name: "acme.myshopify.com", platform: .shopify, currency: currency,
            timeZone: "UTC")
        return IntakeSite(site, webhookSecrets: ["shopify": ["secret"]])
    }
}

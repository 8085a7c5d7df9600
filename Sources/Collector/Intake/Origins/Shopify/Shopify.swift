import Buffer
import ConveyProtocol
import Crypto
import HTTP

/// The webhooks of Shopify's shops: who may send one, and what its headers say.
/// - Source: Shopify's "Webhooks delivery structure" and "Verify webhook deliveries".
struct Shopify: WebhookPlatform {
    /// What lay in the shops' carts.
    private let carts = SharedCartBook()

    static let path = "/webhooks/shopify/{site}"
    static let platform = SiteSettings.Platform.shopify
    static let source = EventSource.shopify

    /// Shopify asks nothing without a signature.
    static func isPing(_: Request) -> Bool { false }

    func event(of request: Request, for site: IntakeSite) -> ShopifyEvent {
        ShopifyEvent(delivery: Delivery(request), shop: site.settings.name, carts: carts)
    }

    /// What the headers say of one delivery.
    struct Delivery {
        /// As `orders/create`.
        let topic: String
        /// Made of the delivery's own id, so that a repeated delivery is the same event.
        let id: EventID
        /// Shared by all deliveries of one action of the merchant.
        let eventID: String?
        let version: String?
        let triggeredAt: String?

        init(_ request: Request) {
            let topic = request.headers["X-Shopify-Topic"]?.lowercased() ?? ""
            self.topic = Self.isTopic(topic) ? topic : "unknown"
            let id = request.headers["X-Shopify-Webhook-Id"].flatMap { EventID($0) }
            self.id = id ?? Self.id(of: request.body, self.topic)
            eventID = Self.short(request.headers["X-Shopify-Event-Id"])
            version = Self.short(request.headers["X-Shopify-API-Version"])
            triggeredAt = Self.short(request.headers["X-Shopify-Triggered-At"])
        }

        /// What a topic's event is called when its body is not mapped: `shopify.orders_edited`.
        var type: String { "shopify." + topic.map { $0 == "/" ? "_" : String($0) }.joined() }

        private static func isTopic(_ text: String) -> Bool {
            (1...55).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    byte &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F || byte == 0x2F
                }
        }

        private static func short(_ text: String?) -> String? {
            text.flatMap { $0.utf8.count <= 64 ? $0 : nil }
        }

        /// A delivery without a usable id is named by what it says.
        private static func id(of body: [UInt8], _ topic: String) -> EventID {
            EventID("sha256:", digestOf: Array(topic.utf8) + [0] + body)
        }
    }

    /// The shop's domain is checked as well, which no signature covers.
    static func verify(_ request: Request, for site: IntakeSite) throws(IntakeRefusal) {
        let signature = WebhookSignature(request.headers["X-Shopify-Hmac-Sha256"])
        try signature.verify(request.body, under: site.secrets(.shopify))
        guard request.headers["X-Shopify-Shop-Domain"]?.lowercased() == site.settings.name else {
            throw .shopUnknown
        }
    }
}

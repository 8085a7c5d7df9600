import ConveyProtocol
import Crypto
import HTTP

/// The webhooks of WooCommerce's shops: who may send one, and what its headers say.
/// - Source: class-wc-webhook.php of WooCommerce.
struct WooCommerce: WebhookPlatform {
    static let path = "/webhooks/woocommerce/{site}"
    static let platform = SiteSettings.Platform.woocommerce
    static let source = EventSource.woocommerce

    private static let pingBytesMax = 64

    /// When a webhook is made, WooCommerce asks with a form, without a signature or a topic, and takes
    /// nothing but 200.
    static func isPing(_ request: Request) -> Bool {
        guard request.headers.occurrences(of: "x-wc-webhook-signature") == 0,
            request.headers.hasMediaType("application/x-www-form-urlencoded"),
            request.body.count <= pingBytesMax
        else { return false }
        let form = Query(String(decoding: request.body, as: UTF8.self))
        return form.parameters.count == 1 && form["webhook_id"].flatMap { UInt64($0) } != nil
    }

    /// Only the body is signed. WordPress keeps a secret with special characters as entities and signs
    /// with what they stand for, so either spelling fits.
    static func verify(_ request: Request, for site: IntakeSite) throws(IntakeRefusal) {
        let signature = WebhookSignature(request.headers["X-WC-Webhook-Signature"])
        let secrets = site.secrets(.woocommerce).flatMap { secret in
            [secret, WordPressText.withoutEntities(secret)]
        }
        try signature.verify(request.body, under: secrets)
    }

    func event(of request: Request, for site: IntakeSite) -> WooCommerceEvent {
        WooCommerceEvent(delivery: Delivery(request))
    }

    /// What the headers, and the digest of the body, say of one delivery.
    struct Delivery {
        /// As `order.updated`, `action.woocommerce_add_to_cart`.
        let topic: String
        /// The shop's address.
        let shop: String?
        /// The shop's number for the webhook, and its name for the delivery: two deliveries of one second
        /// share it, and a repeated one gets another, so no event is known by it.
        let webhookID, deliveryID: String?
        /// Of the body, 32 hexadecimal digits.
        private let digest: String

        private static let topicBytesMax = 64
        private static let resourceBytesMax = 24

        init(_ request: Request) {
            let topic = request.headers["X-WC-Webhook-Topic"] ?? ""
            self.topic = topic.isEmpty ? "unknown" : Self.name(topic, Self.topicBytesMax)
            shop = Self.short(request.headers["X-WC-Webhook-Source"])
            webhookID = Self.short(request.headers["X-WC-Webhook-ID"])
            deliveryID = Self.short(request.headers["X-WC-Webhook-Delivery-ID"])
            digest = String(SHA256Digest(of: request.body).hex.prefix(32))
        }

        /// What a topic's event is called when its body is not mapped: `woocommerce.order.deleted`.
        var type: String { String("woocommerce.\(topic)".utf8.prefix(64)) ?? "woocommerce" }

        /// The same state of the same thing is the same event, however often it is told.
        func id(resource: String?) -> String {
            let resource = resource.map { Self.name($0, Self.resourceBytesMax) } ?? ""
            return "\(topic):\(resource):\(digest)"
        }

        /// Lower case; what can stand neither in a type nor in an id becomes `_`.
        private static func name(_ text: String, _ bytesMax: Int) -> String {
            let bytes = text.lowercased().utf8.prefix(bytesMax).map { byte in
                let isPlain = byte &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2E
                return isPlain ? byte : UInt8(ascii: "_")
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        private static func short(_ text: String?) -> String? {
            text.flatMap { $0.utf8.count <= 256 ? $0 : nil }
        }
    }
}

import Buffer
import ConveyProtocol
import Crypto
import HTTP

/// The webhooks of Shopify's shops.
extension Intake {
    var shopifyRoutes: [Route] {
        [
            committing(Shopify.path, bodyBytesMax: Shopify.bodyBytesMax) { [self] in
                takeShopify($0, $1)
            }
        ]
    }

    private func takeShopify(_ request: Request, _ answer: Answer) {
        do throws(IntakeRefusal) {
            let admission = try admission()
            guard let site = admission.sites.site(named: request.pathParameters["site"] ?? ""),
                site.settings.platform == .shopify
            else { throw .siteUnknown }
            try Shopify.verify(request, for: site)
            try admission.chargeSigned(request, of: site)
            guard site.settings.isEnabled, site.settings.isOn(.webhooks) else {
                counters.countDroppedWebhook()
                answer.send(Response(200))
                return
            }
            takeVerified(request, of: site, admission, answer)
        } catch {
            count(error, in: .conversion)
            answer.send(error.response(request.id))
        }
    }

    /// From here on the answer is 200, whatever the body holds; 503 only when it cannot be kept.
    private func takeVerified(
        _ request: Request, of site: IntakeSite, _ admission: Admission, _ answer: Answer
    ) {
        var incoming = IncomingEvents(stamp: admission.stamp)
        let context = admission.context(of: site, .shopify, .webhook)
        let outcome = benches.use { bench in
            ShopifyWebhook(request, site).write(context, on: bench, into: &incoming)
        }
        commit(incoming, [outcome], answer) { refusals in
            guard case .taken(let lane) = outcome.result, let reason = refusals[lane] else {
                return Response(200)
            }
            return .problem(503, reason.code, reason.sentence, requestID: request.id)
                .with("Retry-After", reason.retryAfter)
        }
    }
}

/// A webhook of Shopify: who may send it, and what its topic makes of it.
/// - Source: Shopify's "Webhooks delivery structure" and "Verify webhook deliveries".
enum Shopify {
    static let path = "/webhooks/shopify/{site}"
    static let bodyBytesMax = 4_194_304

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
            let digest = SHA256Digest(of: Array(topic.utf8) + [0] + body)
            guard let id = EventID("sha256:\(digest.hex)") else {
                preconditionFailure("A digest in hex is an id.")
            }
            return id
        }
    }

    /// Checks who sends: the signature over the raw body under one of the site's secrets, in constant
    /// time, then the shop's domain, which no signature covers.
    static func verify(_ request: Request, for site: IntakeSite) throws(IntakeRefusal) {
        guard let text = request.headers["X-Shopify-Hmac-Sha256"], let code = Base64.decode(text)
        else { throw .signatureWrong }
        // Every secret is tried, whichever fits: time tells nothing.
        let fitting = site.secrets(.shopify).count { secret in
            HMAC.isValid(code, for: request.body, key: secret)
        }
        guard fitting > 0 else { throw .signatureWrong }
        guard request.headers["X-Shopify-Shop-Domain"]?.lowercased() == site.settings.name else {
            throw .shopUnknown
        }
    }
}

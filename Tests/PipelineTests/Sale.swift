import AggregatorBench
import ConveyProtocol
import Time

/// One sale of a shop as a person would tell it, and the events that it makes. The shop is the bench's
/// site 1, of Shopify, unless told otherwise; everybody consents unless told otherwise.
struct Sale {
    var id: String? = "9001"
    var name: String? = "#1042"
    var site: Int64 = 1
    /// Seconds after the bench's start: 14 hours before the clock's.
    var at: Int64 = 20 * 86_400 - 14 * 3_600
    var amount = "100.00"
    var currency = "EUR"
    var visitor = "visitor-1"
    var cart = "cart-1"
    var checkout = "checkout-1"
    var consent = ["granted", "granted", "granted"]
    /// SHA-256 of the buyer's address, as a short name.
    var email: String?
    private(set) var eventNumber = 0

    /// As long as Google's own.
    static let gclid = "Cj0KCQiA-whole-click-id-of-forty-letters"
    static let gbraid = "0AAAAAo-whole-braid-of-thirty"

    mutating func event(
        _ type: String, _ source: EventSource = .browser,
        _ credential: CredentialClass = .siteKey, at seconds: Int64
    ) -> WorldEvent {
        eventNumber += 1
        var event = WorldEvent(
            "\(cart)-\(site)-\(eventNumber)", site: site, type: type, source: source,
            credential: credential, at: seconds)
        event.lag = Int64(eventNumber)
        return event
    }

    // MARK: The browser

    /// A page of the shop, in the buyer's browser.
    mutating func page(_ type: String = "page_view", at seconds: Int64) -> WorldEvent {
        var event = event(type, at: seconds)
        event.visitor = visitor
        event.session = "session-of-\(visitor)"
        event.url = "https://one.myshopify.com/"
        event.consent = consent
        return event
    }

    /// An ad was clicked, so many seconds before the order.
    mutating func click(
        before seconds: Int64 = 86_400, _ ids: [(String, String)] = [("gclid", gclid)],
        campaign: String = "spring"
    ) -> WorldEvent {
        var event = page(at: at - seconds)
        event.clicks = ids
        event.utm = [("source", "google"), ("medium", "cpc"), ("campaign", campaign)]
        return event
    }

    /// The cart is filled: visitor and cart are one.
    mutating func fill() -> WorldEvent {
        var event = page("add_to_cart", at: at - 300)
        event.order = [("cart_token", cart)]
        return event
    }

    /// The page after the purchase.
    mutating func thanks() -> WorldEvent {
        var event = page("purchase", at: at + 2)
        event.order = [("id", id), ("name", name), ("checkout_token", checkout)].compactMap {
            member, value in value.map { (member, $0) }
        }
        (event.amount, event.currency) = (amount, currency)
        return event
    }

    // MARK: The shop

    /// The shop's webhook so many seconds after the order, with what the shopper told the banner.
    mutating func webhook(
        _ status: String = "paid", topic: String = "orders/paid", after seconds: Int64 = 3
    ) -> WorldEvent {
        var event = event("purchase", .shopify, .webhook, at: at)
        event.lag = seconds * 1_000 + Int64(eventNumber)
        event.order = [
            ("id", id), ("name", name), ("cart_token", cart), ("checkout_token", checkout),
            ("status", status),
        ].compactMap { member, value in value.map { (member, $0) } }
        (event.amount, event.currency, event.email) = (amount, currency, email)
        event.consent = consent
        event.data = [
            ("topic", "\"\(topic)\""), ("created_at", "\"\(WorldEvent.time(at))\""),
            ("updated_at", "\"\(WorldEvent.time(at + seconds))\""),
        ]
        return event
    }

    /// A refund's own webhook, so many seconds after the order.
    mutating func refund(
        _ amount: String, id refund: String, after seconds: Int64
    ) -> WorldEvent {
        var event = event("refund", .shopify, .webhook, at: at + seconds)
        event.order = [("id", id ?? "")]
        (event.amount, event.currency) = (amount, currency)
        event.data = [("topic", "\"refunds/create\""), ("refund_id", "\"\(refund)\"")]
        return event
    }

    /// The shop's own server, with its secret key.
    mutating func server(_ status: String? = nil) -> WorldEvent {
        var event = event("purchase", .server, .serverKey, at: at)
        event.order = [("id", id), ("name", name), ("cart_token", cart), ("status", status)]
            .compactMap { member, value in value.map { (member, $0) } }
        (event.amount, event.currency, event.email) = (amount, currency, email)
        event.consent = consent
        return event
    }

    /// The usual sale: click, cart, thank-you page, webhook.
    mutating func story() -> [WorldEvent] { [click(), fill(), thanks(), webhook()] }
}

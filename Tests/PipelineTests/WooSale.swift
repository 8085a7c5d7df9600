import AggregatorBench
import ConveyProtocol

/// What a shop of WooCommerce tells of one sale; its site is the bench's second.
struct WooSale {
    static let site: Int64 = 2

    private var sale: Sale

    init(_ sale: Sale) {
        self.sale = sale
    }

    /// The usual buyer: click, cart, and the page after the purchase, which has the order's key.
    mutating func browser() -> [WorldEvent] {
        let events = [sale.click(), sale.fill(), sale.thanks()]
        return events.map { event in
            var event = event
            event.url = event.url.map { _ in "https://two.example/" }
            return event
        }
    }

    /// The order's body, last modified so many seconds after the order was placed.
    /// - Parameter refunds: As WooCommerce writes them, each with the number of its place.
    mutating func order(
        _ status: String = "processing", _ topic: String = "order.updated", modified: Int64,
        refunds: [String] = []
    ) -> WorldEvent {
        var event = told(status, topic, at: sale.at + modified)
        event.data.append(("updated_at", "\"\(WorldEvent.time(sale.at + modified))\""))
        let listed = refunds.map { "{\"id\":\"r\($0.dropFirst())\",\"amount\":\"\($0)\"}" }
        event.data.append(("refunds", "[\(listed.joined(separator: ","))]"))
        return event
    }

    /// The order's number under the topic of deletion, so many seconds after the order.
    mutating func deletion(after seconds: Int64) -> WorldEvent {
        var event = sale.event(
            "woocommerce.order.deleted", .woocommerce, .webhook, at: sale.at + seconds)
        event.order = [("id", sale.id ?? ""), ("status", "trash")]
        event.data = [("topic", "\"order.deleted\"")]
        return event
    }

    /// The order's body under the topic of restoration; it holds from when it is told.
    mutating func restoration(after seconds: Int64) -> WorldEvent {
        told("processing", "order.restored", at: sale.at + seconds)
    }

    private mutating func told(
        _ status: String, _ topic: String, at seconds: Int64
    ) -> WorldEvent {
        let type =
            switch status {
            case "checkout-draft": "begin_checkout"
            case "cancelled", "refunded": "refund"
            default: "purchase"
            }
        var event = sale.event(type, .woocommerce, .webhook, at: seconds)
        event.order = [
            ("id", sale.id), ("name", sale.name), ("checkout_token", sale.checkout),
            ("status", status),
        ].compactMap { member, value in value.map { (member, $0) } }
        (event.amount, event.currency, event.consent) = (sale.amount, sale.currency, sale.consent)
        event.data = [
            ("topic", "\"\(topic)\""), ("created_at", "\"\(WorldEvent.time(sale.at))\""),
        ]
        return event
    }
}

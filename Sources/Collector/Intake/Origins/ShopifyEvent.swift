import ConveyProtocol
import JSON
import Time

/// What a webhook of Shopify says.
struct ShopifyEvent: WebhookEvent {
    let delivery: Shopify.Delivery
    /// The shop's domain, which pages of the shop stand under.
    let shop: String

    enum Part {
        case order(type: String)
        case refund
    }

    func reading(of body: ForeignFields) -> WebhookReading<Part> {
        switch delivery.topic {
        case "orders/create", "orders/paid", "orders/updated", "orders/fulfilled":
            .says([.order(type: "purchase")])
        case "orders/cancelled": .says([.order(type: "refund")])
        case "refunds/create": .says([.refund])
        default: .bare(nil)
        }
    }

    func write(
        _ part: Part, of body: ForeignFields, itemsMax: Int, to writer: inout JSONWriter
    ) {
        switch part {
        case .order(let type): writeOrder(body, type: type, itemsMax: itemsMax, to: &writer)
        case .refund: writeRefund(body, itemsMax: itemsMax, to: &writer)
        }
    }

    func writeBare(
        _ body: ForeignFields, note: WebhookNote?, to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("id", delivery.id.description)
            writer.member("type", delivery.type)
            writer.member("occurred_at", Self.time(delivery.triggeredAt))
            writeBareOrder(body, to: &writer)
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                writer.member("note", note?.text)
                writer.member("resource_id", body.id("id"))
                for name in Self.idNames { writer.member(name, body.id(name)) }
                for name in Self.timeNames { writer.member(name, Self.time(body.text(name))) }
                writeOrderIDs(body, to: &writer)
            }
        }
    }

    private static let idNames: [StaticString] = [
        "admin_graphql_api_id", "token", "cart_token", "shop_id", "admin_graphql_api_order_id",
        "admin_graphql_api_origin_order_id", "admin_graphql_api_customer_id",
    ]
    static let timeNames: [StaticString] = [
        "created_at", "processed_at", "updated_at", "cancelled_at", "closed_at", "completed_at",
    ]

    private func writeBareOrder(_ fields: ForeignFields, to writer: inout JSONWriter) {
        let customer = fields.object("customer").id("id") ?? fields.id("customer_id")
        let order = delivery.topic.hasPrefix("orders/") ? fields.id("id") : fields.id("order_id")
        guard customer != nil || order != nil else { return }
        writer.key("order")
        writer.object { writer in
            writer.member("id", order)
            writer.member("customer_id", customer)
        }
    }

    /// The orders that a privacy request names.
    private func writeOrderIDs(_ fields: ForeignFields, to writer: inout JSONWriter) {
        for name in ["orders_to_redact", "orders_requested"] as [StaticString] {
            guard let orders = fields[name]?.array else { continue }
            writer.key(name)
            writer.array { writer in
                for order in orders.prefix(500) {
                    if let number = order.int64 { writer.string(String(number)) }
                }
            }
        }
    }

    /// What the delivery's headers say.
    func writeDelivery(to writer: inout JSONWriter) {
        writer.member("topic", delivery.topic)
        writer.member("event_id", delivery.eventID)
        writer.member("api_version", delivery.version)
        writer.member("triggered_at", Self.time(delivery.triggeredAt))
    }

    /// A platform's time as the wire writes it; nil for what is none.
    static func time(_ text: String?) -> String? {
        text.flatMap { Timestamp(rfc3339: $0) }?.description
    }
}

import ConveyProtocol
import JSON
import Time

/// Writes a webhook's body as a sender's event, still with raw personal values: it lives in memory
/// only, until the event writer has hashed them by the site's rule.
struct ShopifyEvent {
    let delivery: Shopify.Delivery
    /// The shop's domain, which pages of the shop stand under.
    let shop: String

    /// Which mapping a topic has.
    private enum Mapping {
        case order, cancelledOrder, refund, none
    }

    /// Topic → mapping. What is not named here is kept by id.
    private static let mappings: [String: Mapping] = [
        "orders/create": .order, "orders/paid": .order, "orders/updated": .order,
        "orders/fulfilled": .order, "orders/cancelled": .cancelledOrder,
        "refunds/create": .refund,
    ]

    /// Writes the event of a body whose topic is mapped; false, and nothing written, for others.
    func write(_ body: JSONElement, to writer: inout JSONWriter) -> Bool {
        guard body.kind == .object else { return false }
        let fields = ShopifyFields(body)
        switch Self.mappings[delivery.topic] ?? .none {
        case .order: writeOrder(fields, type: "purchase", to: &writer)
        case .cancelledOrder: writeOrder(fields, type: "refund", to: &writer)
        case .refund: writeRefund(fields, to: &writer)
        case .none: return false
        }
        return true
    }

    /// Writes topic, ids and times alone: of topics that are not mapped, and of bodies that break
    /// a rule of the canonical event.
    /// - Parameter body: Nil for one that is no JSON.
    func writeBare(_ body: JSONElement?, note: String?, to writer: inout JSONWriter) {
        let fields = ShopifyFields(body)
        writer.object { writer in
            writer.member("id", delivery.id.description)
            writer.member("type", delivery.type)
            writer.member("occurred_at", Self.time(delivery.triggeredAt))
            writeBareOrder(fields, to: &writer)
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                writer.member("note", note)
                writer.member("resource_id", fields.id("id"))
                for name in Self.idNames { writer.member(name, fields.id(name)) }
                for name in Self.timeNames { writer.member(name, Self.time(fields.text(name))) }
                writeOrderIDs(fields, to: &writer)
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

    private func writeBareOrder(_ fields: ShopifyFields, to writer: inout JSONWriter) {
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
    private func writeOrderIDs(_ fields: ShopifyFields, to writer: inout JSONWriter) {
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

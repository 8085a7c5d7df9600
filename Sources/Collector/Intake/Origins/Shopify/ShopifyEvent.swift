import ConveyProtocol
import JSON
import Time

/// What a webhook of Shopify says.
struct ShopifyEvent: WebhookEvent {
    let delivery: Shopify.Delivery
    /// The shop's domain, which pages of the shop stand under.
    let shop: String

    let carts: SharedCartBook

    /// What a topic's body is.
    private enum Kind {
        case order, cancelledOrder, refund, checkout, cart, customer, contract, privacy
    }

    /// Topic → what its body is. What is not named here is kept by id.
    private static let kinds: [String: Kind] = [
        "orders/create": .order, "orders/paid": .order, "orders/updated": .order,
        "orders/fulfilled": .order, "orders/partially_fulfilled": .order,
        "orders/cancelled": .cancelledOrder, "refunds/create": .refund,
        "checkouts/create": .checkout, "checkouts/update": .checkout,
        "carts/create": .cart, "carts/update": .cart,
        "customers/create": .customer, "customers/update": .customer,
        "subscription_contracts/create": .contract, "subscription_contracts/update": .contract,
        "subscription_contracts/cancel": .contract, "subscription_contracts/expire": .contract,
        "subscription_billing_attempts/success": .contract,
        "subscription_billing_attempts/failure": .contract,
        "customers/redact": .privacy, "customers/data_request": .privacy,
    ]

    enum Part {
        case order(type: String)
        case refund
        case checkout(type: String)
        /// Pieces by variant.
        case cart(type: String, [String: Int64])
        case customer(type: String)
        case newsletter
        case contract(type: String)
        case privacy
    }

    func reading(of body: ForeignFields) -> WebhookReading<Part> {
        switch Self.kinds[delivery.topic] {
        case .order: return .says([.order(type: "purchase")])
        case .cancelledOrder: return .says([.order(type: "refund")])
        case .refund: return .says([.refund])
        case .checkout:
            let isNew = delivery.topic == "checkouts/create"
            return .says([.checkout(type: isNew ? "begin_checkout" : delivery.type)])
        case .cart:
            let parts = cartParts(body)
            return parts.isEmpty ? .bare(nil) : .says(parts)
        case .customer: return .says(customerParts(body))
        case .contract: return .says([contractPart(body)])
        case .privacy: return .says([.privacy])
        case nil: return .bare(nil)
        }
    }

    func write(
        _ part: Part, of body: ForeignFields, itemsMax: Int, to writer: inout JSONWriter
    ) {
        switch part {
        case .order(let type): writeOrder(body, type: type, itemsMax: itemsMax, to: &writer)
        case .refund: writeRefund(body, itemsMax: itemsMax, to: &writer)
        case .checkout(let type): writeCheckout(body, type: type, itemsMax: itemsMax, to: &writer)
        case .cart(let type, let pieces):
            writeCart(body, type: type, pieces, itemsMax: itemsMax, to: &writer)
        case .customer(let type): writeCustomer(body, type: type, to: &writer)
        case .newsletter: writeNewsletter(body, to: &writer)
        case .contract(let type): writeContract(body, type: type, to: &writer)
        case .privacy: writeIDs(of: body, person: body.object("customer"), to: &writer)
        }
    }

    func writeBare(
        _ body: ForeignFields, note: WebhookNote?, to writer: inout JSONWriter
    ) {
        writeIDs(of: body, note: note, to: &writer)
    }

    /// - Parameter person: Whom a request for privacy is about, to be found by hashes.
    private func writeIDs(
        of body: ForeignFields, note: WebhookNote? = nil, person: ForeignFields? = nil,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("id", delivery.id.description)
            writer.member("type", delivery.type)
            writer.member("occurred_at", Self.time(delivery.triggeredAt))
            if let person { writeUser(ForeignFields(nil), customer: person, to: &writer) }
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

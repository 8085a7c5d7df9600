import ConveyProtocol
import JSON
import Time

/// What a webhook of WooCommerce says. Bodies are built when they are delivered: that of `order.created`
/// may show a completed order.
struct WooCommerceEvent: WebhookEvent {
    let delivery: WooCommerce.Delivery

    /// What a topic's body is.
    private enum Kind {
        case order, deletedOrder, customer, newCustomer
    }

    /// Topic → what its body is. What is not named here is kept by id.
    private static let kinds: [String: Kind] = [
        "order.created": .order, "order.updated": .order, "order.restored": .order,
        "order.deleted": .deletedOrder, "customer.created": .newCustomer,
        "customer.updated": .customer,
    ]

    enum Part {
        case order(type: String)
        case deletedOrder
        case customer(type: String)
    }

    func reading(of body: ForeignFields) -> WebhookReading<Part> {
        if isShopError(body) { return .bare(.shopError) }
        guard let kind = Self.kinds[delivery.topic], body.id("id") != nil else {
            return .bare(nil)
        }
        switch kind {
        case .order: return .says([.order(type: orderType(body))])
        case .customer: return .says([.customer(type: delivery.type)])
        case .newCustomer: return .says([.customer(type: "sign_up")])
        case .deletedOrder:
            // No signature covers the topic: an order's own body is no word of its deletion.
            return body.count == 1 ? .says([.deletedOrder]) : .bare(nil)
        }
    }

    /// A shop that lost the right to read an order signs the refusal in its place.
    private func isShopError(_ body: ForeignFields) -> Bool {
        body.id("id") == nil && body.text("code") != nil
            && body.object("data").id("status") != nil
    }

    func write(
        _ part: Part, of body: ForeignFields, itemsMax: Int, to writer: inout JSONWriter
    ) {
        switch part {
        case .order(let type): writeOrder(body, type: type, itemsMax: itemsMax, to: &writer)
        case .deletedOrder: writeDeletedOrder(body, to: &writer)
        case .customer(let type): writeCustomer(body, type: type, to: &writer)
        }
    }

    func writeBare(
        _ body: ForeignFields, note: WebhookNote?, to writer: inout JSONWriter
    ) {
        // What an action is about: a number is an id, a text may be anything.
        let resource = body.id("id") ?? body["arg"]?.int64.map { String($0) }
        writer.object { writer in
            writer.member("id", delivery.id(resource: resource))
            writer.member("type", delivery.type)
            if delivery.topic.hasPrefix("order."), let id = body.id("id") {
                writer.key("order")
                writer.object { $0.member("id", id) }
            }
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                writer.member("note", note?.text)
                if note == .shopError { writer.member("shop_error", body.short("code")) }
                writer.member("resource_id", resource)
                writeTimes(of: body, to: &writer)
            }
        }
    }

    // MARK: Parts that several share

    /// What the delivery's headers say.
    func writeDelivery(to writer: inout JSONWriter) {
        writer.member("topic", delivery.topic)
        writer.member("shop", delivery.shop)
        writer.member("webhook_id", delivery.webhookID)
        writer.member("delivery_id", delivery.deliveryID)
    }

    /// The thing's own times. Those of a restored order are older than its restoration, so its version
    /// is the one of when it was received: `updated_at`, which would say otherwise, is left out.
    func writeTimes(of body: ForeignFields, to writer: inout JSONWriter) {
        writer.member("created_at", body.gmt("date_created"))
        let isRestored = delivery.topic.hasSuffix(".restored")
        writer.member(isRestored ? "modified_at" : "updated_at", body.gmt("date_modified"))
        writer.member("paid_at", body.gmt("date_paid"))
        writer.member("completed_at", body.gmt("date_completed"))
    }
}

extension ForeignFields {
    /// A time of WooCommerce's as the wire writes it. `date_created` is in the shop's zone and does not
    /// say which; `date_created_gmt` is in UTC, and does not say so either.
    func gmt(_ name: String) -> String? {
        guard let text = text(name + "_gmt") else { return nil }
        return (Timestamp(rfc3339: text + "Z") ?? Timestamp(rfc3339: text))?.description
    }
}

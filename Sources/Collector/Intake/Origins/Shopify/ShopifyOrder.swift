import ConveyProtocol
import JSON

/// The mapping of `orders/…`.
extension ShopifyEvent {
    /// Where Shopify cuts landing pages.
    private static let landingBytesMax = 255

    func writeOrder(
        _ order: ForeignFields, type: String, itemsMax: Int, to writer: inout JSONWriter
    ) {
        writeSale(order, type, itemsMax, to: &writer) { writer in
            writer.member("id", order.id("id"))
            writer.member("name", order.text("name"))
            writer.member("cart_token", order.text("cart_token"))
            writer.member("checkout_token", order.text("checkout_token"))
            writer.member("customer_id", order.object("customer").id("id"))
            let isCancelled = order.text("cancelled_at") != nil
            writer.member("status", isCancelled ? "cancelled" : order.text("financial_status"))
            writer.member("test", order.flag("test"))
        }
    }

    /// `checkouts/…`: an order that may come to be. Its `id` and `name` are not those of the order.
    func writeCheckout(
        _ checkout: ForeignFields, type: String, itemsMax: Int, to writer: inout JSONWriter
    ) {
        writeSale(checkout, type, itemsMax, to: &writer) { writer in
            writer.member("cart_token", checkout.text("cart_token"))
            writer.member("checkout_token", checkout.text("token"))
            writer.member("customer_id", checkout.object("customer").id("id"))
        }
    }

    private func writeSale(
        _ sale: ForeignFields, _ type: String, _ itemsMax: Int, to writer: inout JSONWriter,
        references: (inout JSONWriter) -> Void
    ) {
        let attributes = SaleAttributes(
            sale.array("note_attributes").compactMap { attribute in
                attribute.text("name").flatMap { name in
                    attribute.text("value").map { (name, $0) }
                }
            })
        let landing = sale.text("landing_site").map {
            LandingPage(Self.address($0, shop), isCut: $0.utf8.count >= Self.landingBytesMax)
        }
        writer.object { writer in
            writer.member("id", delivery.id.description)
            writer.member("type", type)
            writer.member("occurred_at", occurredAt(sale))
            writeUser(sale, customer: sale.object("customer"), to: &writer)
            writePage(sale, landing, to: &writer)
            writeClient(sale, to: &writer)
            attributes.writeClicks(beside: landing, to: &writer)
            attributes.writeCampaign(beside: landing, to: &writer)
            attributes.writeConsent(to: &writer)
            writer.key("order")
            writer.object { references(&$0) }
            writeValue(sale, to: &writer)
            writeItems(sale, itemsMax, to: &writer)
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                writeDetails(sale, to: &writer)
                attributes.writeOthers(to: &writer)
            }
        }
    }

    /// When the order became what the topic says; its own times stand in `data` as well.
    private func occurredAt(_ order: ForeignFields) -> String? {
        let names: [StaticString] =
            switch delivery.topic {
            case "orders/create", "checkouts/create": ["created_at", "processed_at"]
            case "orders/cancelled": ["cancelled_at", "updated_at"]
            default: ["updated_at", "processed_at", "created_at"]
            }
        for name in names {
            if let time = Self.time(order.text(name)) { return time }
        }
        return Self.time(delivery.triggeredAt)
    }

    /// The total in the shop's currency; what the customer saw stands in `data`.
    private func writeValue(_ order: ForeignFields, to writer: inout JSONWriter) {
        guard let total = order.amount("total_price"), let currency = order.currency("currency")
        else { return }
        writer.value(total, in: currency)
    }

    private func writeItems(
        _ order: ForeignFields, _ itemsMax: Int, to writer: inout JSONWriter
    ) {
        writer.items(order.array("line_items"), max: itemsMax) { item, writer in
            writeItem(item, quantity: item.quantity("quantity"), to: &writer)
        }
    }

    /// - Parameter item: A line item, of an order or inside a refund's line.
    func writeItem(_ item: ForeignFields, quantity: Int64?, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", item.id("product_id"))
            writer.member("variant", item.id("variant_id"))
            writer.member("sku", item.text("sku"))
            writer.member("title", item.text("title"))
            writer.member("quantity", quantity)
            writer.member("price", item.amount("price"))
            writer.member("line_item_id", item.id("id"))
            writer.member("discount", item.amount("total_discount"))
        }
    }

    private func writeDetails(_ order: ForeignFields, to writer: inout JSONWriter) {
        let texts: [StaticString] = [
            "financial_status", "fulfillment_status", "cancel_reason", "source_name",
            "customer_locale", "landing_site_ref", "admin_graphql_api_id",
        ]
        for name in texts { writer.member(name, order.short(name)) }
        for name in Self.timeNames { writer.member(name, Self.time(order.text(name))) }
        writer.member("order_number", order.id("order_number"))
        writer.member("confirmed", order.flag("confirmed"))
        writer.member("buyer_accepts_marketing", order.flag("buyer_accepts_marketing"))
        writeTotals(order, to: &writer)
        writePresentment(order, to: &writer)
        writeRefunds(of: order, to: &writer)
        let codes = order.array("discount_codes").compactMap { $0.short("code") }
        guard !codes.isEmpty else { return }
        writer.key("discount_codes")
        writer.array { writer in
            for code in codes.prefix(20) { writer.string(code) }
        }
    }

    private func writeTotals(_ order: ForeignFields, to writer: inout JSONWriter) {
        writer.key("totals")
        writer.object { writer in
            writer.member("subtotal", order.amount("subtotal_price"))
            writer.member("tax", order.amount("total_tax"))
            writer.member("shipping", Self.money(order, "total_shipping_price_set", "shop_money"))
            writer.member("discounts", order.amount("total_discounts"))
            writer.member("tip", order.amount("total_tip_received"))
            writer.member("current_total", order.amount("current_total_price"))
            writer.member("outstanding", order.amount("total_outstanding"))
            writer.member("taxes_included", order.flag("taxes_included"))
        }
    }

    /// The same in the currency that the customer saw, where it is another.
    private func writePresentment(_ order: ForeignFields, to writer: inout JSONWriter) {
        guard let currency = order.currency("presentment_currency"),
            currency != order.currency("currency")
        else { return }
        let sets: [(StaticString, StaticString)] = [
            ("total", "total_price_set"), ("subtotal", "subtotal_price_set"),
            ("tax", "total_tax_set"), ("shipping", "total_shipping_price_set"),
            ("discounts", "total_discounts_set"),
        ]
        writer.key("presentment")
        writer.object { writer in
            writer.member("currency", currency.description)
            for (name, set) in sets {
                writer.member(name, Self.money(order, set, "presentment_money"))
            }
        }
    }

    private static func money(
        _ order: ForeignFields, _ set: StaticString, _ side: StaticString
    ) -> DecimalAmount? {
        order.object(set).object(side).amount("amount")
    }

    /// Shopify gives a path with its query; some apps give a whole address.
    private static func address(_ landing: String, _ shop: String) -> String {
        landing.hasPrefix("/") ? "https://\(shop)\(landing)" : landing
    }
}

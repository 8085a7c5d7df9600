import ConveyProtocol
import JSON

/// The mapping of `order.…`.
extension WooCommerceEvent {
    /// Refunds of one order that its event keeps; of more, the last ones.
    private static let refundsMax = 200

    /// What an order's event is called, by its state: a draft is a checkout that began.
    func orderType(_ order: ForeignFields) -> String {
        switch order.text("status") {
        case "checkout-draft":
            delivery.topic == "order.created" ? "begin_checkout" : delivery.type
        case "cancelled", "refunded": "refund"
        default: "purchase"
        }
    }

    func writeOrder(
        _ order: ForeignFields, type: String, itemsMax: Int, to writer: inout JSONWriter
    ) {
        let meta = order.array("meta_data").compactMap { entry in
            entry.text("key").flatMap { key in entry.text("value").map { (key, $0) } }
        }
        let attribution = WooCommerceAttribution(meta)
        let landing = attribution.landing.map { LandingPage($0) }
        var attributes = SaleAttributes(meta)
        attributes.propose(campaign: attribution.campaign)
        writer.object { writer in
            writer.member("id", delivery.id(resource: order.id("id")))
            writer.member("type", type)
            writer.member("occurred_at", occurredAt(order))
            writeUser(order, customer: order.reference("customer_id"), to: &writer)
            writePage(landing, attribution, to: &writer)
            writeClient(order, attribution, to: &writer)
            attributes.writeClicks(beside: landing, to: &writer)
            attributes.writeCampaign(beside: landing, to: &writer)
            attributes.writeConsent(to: &writer)
            writeReferences(order, to: &writer)
            writeValue(order, to: &writer)
            writeItems(order, itemsMax, to: &writer)
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                writeTimes(of: order, to: &writer)
                writeDetails(order, to: &writer)
                writeTotals(order, to: &writer)
                writeRefunds(order, to: &writer)
                writeCoupons(order, to: &writer)
                attribution.write(to: &writer)
            }
        }
    }

    /// A deleted order tells nothing but its number, and no time: what it is told at counts.
    func writeDeletedOrder(_ order: ForeignFields, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", delivery.id(resource: order.id("id")))
            writer.member("type", delivery.type)
            writer.key("order")
            writer.object { writer in
                writer.member("id", order.id("id"))
                writer.member("status", "trash")
            }
            writer.key("data")
            writer.object { writeDelivery(to: &$0) }
        }
    }

    /// When the order became what the topic says; its own times stand in `data` as well.
    private func occurredAt(_ order: ForeignFields) -> String? {
        switch delivery.topic {
        case "order.restored": nil
        case "order.created": order.gmt("date_created") ?? order.gmt("date_modified")
        default: order.gmt("date_modified") ?? order.gmt("date_created")
        }
    }

    private func writeReferences(_ order: ForeignFields, to writer: inout JSONWriter) {
        writer.key("order")
        writer.object { writer in
            writer.member("id", order.id("id"))
            writer.member("name", order.id("number"))
            // Nobody guesses it, and the page after the purchase has it in its address.
            writer.member("checkout_token", order.short("order_key"))
            writer.member("customer_id", order.reference("customer_id"))
            writer.member("status", order.short("status"))
        }
    }

    private func writeValue(_ order: ForeignFields, to writer: inout JSONWriter) {
        guard let total = order.amount("total"), let currency = order.currency("currency") else {
            return
        }
        writer.value(total, in: currency)
    }

    private func writeItems(
        _ order: ForeignFields, _ itemsMax: Int, to writer: inout JSONWriter
    ) {
        writer.items(order.array("line_items"), max: itemsMax) { writeItem($0, to: &$1) }
    }

    private func writeItem(_ item: ForeignFields, to writer: inout JSONWriter) {
        let quantity = item.quantity("quantity")
        writer.object { writer in
            writer.member("id", item.reference("product_id"))
            writer.member("variant", item.reference("variation_id"))
            writer.member("sku", item.text("sku"))
            writer.member("title", item.text("name"))
            writer.member("quantity", quantity)
            writer.member("price", item.amount("price") ?? Self.price(of: item, quantity))
            writer.member("line_item_id", item.id("id"))
            writer.member("tax", item.amount("total_tax"))
            writer.member("discount", Self.discount(of: item))
        }
    }

    /// A third of something has more digits than an amount: then the line's total is divided.
    private static func price(of item: ForeignFields, _ quantity: Int64?) -> DecimalAmount? {
        guard let total = item.amount("total"), let quantity, quantity > 0 else { return nil }
        return DecimalAmount(micros: total.micros / quantity)
    }

    private static func discount(of item: ForeignFields) -> DecimalAmount? {
        guard let before = item.amount("subtotal"), let after = item.amount("total"),
            before.micros > after.micros
        else { return nil }
        return DecimalAmount(micros: before.micros - after.micros)
    }

    // MARK: Details

    private func writeDetails(_ order: ForeignFields, to writer: inout JSONWriter) {
        for name in ["created_via", "payment_method", "version"] as [StaticString] {
            writer.member(name, order.short(name))
        }
        writer.member("parent_id", order.reference("parent_id"))
    }

    private func writeTotals(_ order: ForeignFields, to writer: inout JSONWriter) {
        writer.key("totals")
        writer.object { writer in
            writer.member("subtotal", Self.sum("total", of: order.array("line_items")))
            writer.member("tax", order.amount("total_tax"))
            writer.member("shipping", order.amount("shipping_total"))
            writer.member("shipping_tax", order.amount("shipping_tax"))
            writer.member("fees", Self.sum("total", of: order.array("fee_lines")))
            writer.member("discounts", order.amount("discount_total"))
            writer.member("taxes_included", order.flag("prices_include_tax"))
        }
    }

    /// Nil where there is nothing to add up, or too much.
    private static func sum(
        _ name: StaticString, of lines: [ForeignFields]
    ) -> DecimalAmount? {
        let amounts = lines.compactMap { $0.amount(name)?.micros }
        guard !amounts.isEmpty else { return nil }
        var sum: Int64 = 0
        for amount in amounts {
            let (total, isTooLarge) = sum.addingReportingOverflow(amount)
            guard !isTooLarge else { return nil }
            sum = total
        }
        return DecimalAmount(micros: sum)
    }

    /// WooCommerce has no topic for refunds: an order's body lists them, as negative amounts. A list
    /// that is empty is told, too: refunds can be deleted.
    private func writeRefunds(_ order: ForeignFields, to writer: inout JSONWriter) {
        guard order["refunds"]?.array != nil else { return }
        let refunds = order.array("refunds").filter { $0.id("id") != nil }
        writer.key("refunds")
        writer.array { writer in
            for refund in refunds.suffix(Self.refundsMax) {
                writer.object { writer in
                    writer.member("id", refund.id("id"))
                    writer.member("amount", refund.amount("total")?.magnitude)
                }
            }
        }
        guard refunds.count > Self.refundsMax else { return }
        writer.member("refunds_left_out", Int64(refunds.count - Self.refundsMax))
    }

    private func writeCoupons(_ order: ForeignFields, to writer: inout JSONWriter) {
        let codes = order.array("coupon_lines").compactMap { $0.short("code") }
        guard !codes.isEmpty else { return }
        writer.key("discount_codes")
        writer.array { writer in
            for code in codes.prefix(20) { writer.string(code) }
        }
    }
}

extension DecimalAmount {
    /// What went back, without the sign by which some platforms mark it.
    fileprivate var magnitude: DecimalAmount { DecimalAmount(micros: abs(micros)) }
}

import ConveyProtocol
import JSON

/// The mapping of `refunds/create`, and of the refunds that an order's body holds.
extension ShopifyEvent {
    /// Refunds of one order that its event keeps; of more, the last ones.
    private static let refundsMax = 50

    func writeRefund(
        _ refund: ForeignFields, itemsMax: Int, to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("id", delivery.id.description)
            writer.member("type", "refund")
            let times = [refund.text("processed_at"), refund.text("created_at")]
            writer.member(
                "occurred_at",
                times.lazy.compactMap { Self.time($0) }.first ?? Self.time(delivery.triggeredAt))
            writer.key("order")
            writer.object { writer in writer.member("id", refund.id("order_id")) }
            if let returned = Self.returned(refund) {
                writer.key("value")
                writer.object { Self.write(returned, to: &$0) }
            }
            writeReturnedItems(refund, itemsMax, to: &writer)
            writer.key("data")
            writer.object { writer in
                writeDelivery(to: &writer)
                writer.member("refund_id", refund.id("id"))
                writer.member("restock", refund.flag("restock"))
                for name in Self.timeNames {
                    writer.member(name, Self.time(refund.text(name)))
                }
            }
        }
    }

    /// Writes what an order's body says of its refunds: one that came by no webhook of its own still
    /// counts.
    func writeRefunds(of order: ForeignFields, to writer: inout JSONWriter) {
        let refunds = order.array("refunds").filter { $0.id("id") != nil }
        guard !refunds.isEmpty else { return }
        writer.key("refunds")
        writer.array { writer in
            for refund in refunds.suffix(Self.refundsMax) {
                writer.object { writer in
                    writer.member("id", refund.id("id"))
                    if let returned = Self.returned(refund) { Self.write(returned, to: &writer) }
                    let at = refund.text("processed_at") ?? refund.text("created_at")
                    writer.member("at", Self.time(at))
                }
            }
        }
        guard refunds.count > Self.refundsMax else { return }
        writer.key("refunds_left_out")
        writer.integer(Int64(refunds.count - Self.refundsMax))
    }

    /// Money returned is the sum of the refund transactions that succeeded; a refund without any
    /// returns none, and one in several currencies has no single value.
    private static func returned(_ refund: ForeignFields) -> Money? {
        var micros: Int64 = 0
        var currencies: Set<Currency> = []
        for transaction in refund.array("transactions") {
            guard transaction.text("kind") == "refund", transaction.text("status") == "success",
                let amount = transaction.amount("amount"),
                let currency = transaction.currency("currency")
            else { continue }
            let (sum, isTooLarge) = micros.addingReportingOverflow(amount.micros)
            guard !isTooLarge else { return nil }
            micros = sum
            currencies.insert(currency)
        }
        guard currencies.count == 1, let currency = currencies.first else { return nil }
        return Money(micros: micros, currency: currency)
    }

    private static func write(_ money: Money, to writer: inout JSONWriter) {
        writer.member("amount", DecimalAmount(micros: money.micros))
        writer.member("currency", money.currency.description)
    }

    private func writeReturnedItems(
        _ refund: ForeignFields, _ itemsMax: Int, to writer: inout JSONWriter
    ) {
        let lines = refund.array("refund_line_items")
        guard !lines.isEmpty, itemsMax > 0 else { return }
        writer.key("items")
        writer.array { writer in
            for line in lines.prefix(itemsMax) {
                writeItem(
                    line.object("line_item"), quantity: line.quantity("quantity"), to: &writer)
            }
        }
    }
}

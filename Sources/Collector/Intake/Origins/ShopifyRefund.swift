import ConveyProtocol
import JSON

/// The mapping of `refunds/create`.
extension ShopifyEvent {
    func writeRefund(_ refund: ShopifyFields, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", delivery.id.description)
            writer.member("type", "refund")
            let times = [refund.text("processed_at"), refund.text("created_at")]
            writer.member(
                "occurred_at",
                times.lazy.compactMap { Self.time($0) }.first ?? Self.time(delivery.triggeredAt))
            writer.key("order")
            writer.object { writer in writer.member("id", refund.id("order_id")) }
            writeReturned(refund, to: &writer)
            writeReturnedItems(refund, to: &writer)
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

    /// Money returned is the sum of the refund transactions that succeeded; a refund without any
    /// returns none, and one in several currencies has no single value.
    private func writeReturned(_ refund: ShopifyFields, to writer: inout JSONWriter) {
        var micros: Int64 = 0
        var currencies: Set<Currency> = []
        for transaction in refund.array("transactions") {
            guard transaction.text("kind") == "refund", transaction.text("status") == "success",
                let amount = transaction.amount("amount"),
                let currency = transaction.currency("currency")
            else { continue }
            let (sum, isTooLarge) = micros.addingReportingOverflow(amount.micros)
            guard !isTooLarge else { return }
            micros = sum
            currencies.insert(currency)
        }
        guard currencies.count == 1, let currency = currencies.first else { return }
        writer.key("value")
        writer.object { writer in
            writer.member("amount", DecimalAmount(micros: micros))
            writer.member("currency", currency.description)
        }
    }

    private func writeReturnedItems(_ refund: ShopifyFields, to writer: inout JSONWriter) {
        let lines = refund.array("refund_line_items")
        guard !lines.isEmpty else { return }
        writer.key("items")
        writer.array { writer in
            for line in lines {
                writeItem(
                    line.object("line_item"), quantity: line["quantity"]?.int64, to: &writer)
            }
        }
    }
}

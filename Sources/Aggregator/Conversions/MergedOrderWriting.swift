import ConveyProtocol
import JSON
import Time
import Timeline

extension MergedOrder {
    /// The order as people and other programs read it, with the part that won each field. It holds no
    /// hash of a person. Of one order always the same text.
    package var json: String {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.member("identity", identity.description)
            writer.member("id", orderID)
            writer.member("name", orderName)
            writer.member("state", state.name)
            writer.member("reason", state.reason)
            writer.member("status", status)
            writer.member("purchased_at", purchasedAt.description)
            money.write(to: &writer)
            writeConsent(to: &writer)
            visit.write(to: &writer)
            writeItems(to: &writer)
            writer.key("origins")
            writer.object { writer in
                for (field, part) in origins.sorted(by: { $0.key < $1.key }) {
                    writer.key(field)
                    writer.string(part.description)
                }
            }
            writer.key("parts")
            writer.array { writer in for part in parts { part.write(to: &writer) } }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func writeConsent(to writer: inout JSONWriter) {
        writer.key("consent")
        writer.object { writer in
            writer.member("analytics", consent.analytics.rawValue)
            writer.member("ad_user_data", consent.adUserData.rawValue)
            writer.member("ad_personalization", consent.adPersonalization.rawValue)
        }
    }

    private func writeItems(to writer: inout JSONWriter) {
        guard !items.isEmpty else { return }
        writer.key("items")
        writer.array { writer in
            for item in items {
                writer.object { writer in
                    writer.member("id", item.id)
                    writer.member("variant", item.variant)
                    writer.member("sku", item.sku)
                    if let quantity = item.quantity {
                        writer.key("quantity")
                        writer.integer(quantity)
                    }
                    writer.member("price_micros", micros: item.priceMicros)
                }
            }
        }
    }
}

extension MergedOrder.Part {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("event", name.description)
            writer.member("type", type)
            writer.member("role", role.rawValue)
            writer.member("voice", voice.rawValue)
            writer.member("occurred_at", occurredAt.description)
            writer.member("received_at", receivedAt.description)
            writer.key("joined")
            writer.bool(isJoined)
        }
    }
}

extension OrderMoney {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("currency", value.currency.description)
        writer.member("value_micros", micros: value.micros)
        writer.member("gross_micros", micros: grossMicros)
        writer.member("current_total_micros", micros: currentTotalMicros)
        for (name, list) in [
            ("refunds", refunds.refunds), ("refunds_in_other_currency", refunds.otherCurrencies),
        ] as [(StaticString, [RefundSet.Refund])] where !list.isEmpty {
            writer.key(name)
            writer.array { writer in for refund in list { refund.write(to: &writer) } }
        }
    }
}

extension RefundSet.Refund {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.member("micros", micros: returned?.micros)
            writer.member("currency", returned?.currency.description)
            writer.member("at", at?.description)
            writer.member("event", evidence.description)
        }
    }
}

extension OrderVisit {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("clicks")
        writer.array { writer in
            for click in clicks {
                writer.object { writer in
                    writer.member("kind", click.id.kind.name)
                    writer.member("value", click.id.value)
                    writer.member("at", click.at.description)
                    writer.member("event", click.evidence.description)
                }
            }
        }
        for (name, list) in [("visitors", visitors), ("sessions", sessions)]
            as [(StaticString, [String])] where !list.isEmpty
        {
            writer.key(name)
            writer.array { writer in for text in list { writer.string(text) } }
        }
    }
}

extension JSONWriter {
    /// Money is a number of millionths, which no reader rounds below 9,007 millions of a unit.
    fileprivate mutating func member(_ name: StaticString, micros: Int64?) { member(name, micros) }
}

package import ConveyProtocol
import JSON
import Time
import Timeline

extension [Credit] {
    /// What a conversion's version keeps of its credits: compact JSON, the same for the same credits.
    ///
    /// An array by (time, touch) of `{"touch","at","kind","channel","source","medium","campaign",
    /// "credits":{"linear":{"amount":"33.34","share_billionths":333333334},…}}`; models that give a
    /// touch nothing are left out, as is an empty campaign.
    /// - Parameter currency: of the conversion's value.
    package func json(in currency: Currency) -> [UInt8] {
        var writer = JSONWriter(capacity: count * 400)
        writer.array { writer in
            for credit in self { credit.write(in: currency, to: &writer) }
        }
        return writer.bytes
    }
}

extension Credit {
    fileprivate func write(in currency: Currency, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("touch")
            writer.string(touch.description)
            writer.key("at")
            writer.string(at.description)
            writer.key("kind")
            writer.string(kind.rawValue)
            writer.key("channel")
            writer.string(channel.name)
            writer.key("source")
            writer.string(traffic.source)
            writer.key("medium")
            writer.string(traffic.medium)
            if !traffic.campaign.isEmpty {
                writer.key("campaign")
                writer.string(traffic.campaign)
            }
            writer.key("credits")
            writer.object { writer in
                for model in CreditModel.allCases where self[model] != .none {
                    writer.key(model.rawValue)
                    self[model].write(in: currency, to: &writer)
                }
            }
        }
    }
}

extension Credit.Share {
    fileprivate func write(in currency: Currency, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("amount")
            writer.string(Money(micros: micros, currency: currency).amount)
            writer.key("share_billionths")
            writer.integer(billionths)
        }
    }
}

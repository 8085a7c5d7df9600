import ConveyProtocol
import Crypto
import JSON

/// One valid campaign conversion.
struct CampaignConversion {
    let linkID: String
    let type: String
    let revenue: ConversionRevenue
    private let trackingID: String
    private let eventData: JSONElement?

    /// Validates the members in the contract's order. Null and the empty string are absent.
    /// - Parameter body: The text that was parsed: revenue is read from its digits there.
    init(
        _ root: JSONElement, in body: Span<UInt8>, for site: SiteSettings.Site
    ) throws(ConversionFault) {
        guard root.kind == .object else { throw .bodyNoObject }
        trackingID = try Self.uuid(root, .trackingID)
        linkID = try Self.uuid(root, .linkID)
        type = try Self.type(root)
        let digits = try Self.digits(root, in: body)
        let currency = try Self.currency(root) ?? site.currency
        revenue = try ConversionRevenue(digits, currency, of: type, for: site)
        eventData = Self.member(root, .eventData)
        if let eventData, eventData.kind != .object { throw .dataNoObject }
    }

    private static func member(_ root: JSONElement, _ field: ConversionField) -> JSONElement? {
        guard let value = root[field.rawValue], !value.isNull, value.utf8Count != 0 else {
            return nil
        }
        return value
    }

    private static func uuid(
        _ root: JSONElement, _ field: ConversionField
    ) throws(ConversionFault) -> String {
        guard let value = member(root, field) else { throw .missing(field) }
        let text = value.string?.lowercased() ?? ""
        guard ClickIDForm.uuid.isValid(text.utf8.span) else { throw .notUUID(field) }
        return text
    }

    /// A definition's name: in lower case, runs of white space as one underscore.
    private static func type(_ root: JSONElement) throws(ConversionFault) -> String {
        guard let value = member(root, .eventType) else { throw .missing(.eventType) }
        let words = value.string?.lowercased().split(whereSeparator: \.isWhitespace) ?? []
        let name = words.joined(separator: "_")
        guard (1...64).contains(name.utf8.count), name.utf8.first.map({ $0 &- 0x61 < 26 }) == true,
            name.utf8.allSatisfy({ $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x5F })
        else { throw .typeMalformed }
        return name
    }

    private static func digits(
        _ root: JSONElement, in body: Span<UInt8>
    ) throws(ConversionFault) -> String? {
        guard let value = member(root, .revenue) else { return nil }
        let digits = value.string ?? JSONDigits.ofMember("revenue_amount", in: body)
        guard let digits else { throw .revenueMalformed }
        return digits
    }

    private static func currency(_ root: JSONElement) throws(ConversionFault) -> Currency? {
        guard let value = member(root, .currency) else { return nil }
        guard let currency = value.string.flatMap({ Currency($0) }) else {
            throw .currencyMalformed
        }
        return currency
    }

    // MARK: The event

    /// Names the conversion so that a retry is the same: by the sender's key, else by all that it
    /// says. Two alike purchases of one visitor differ by what `event_data` says of them.
    func id(idempotencyKey: String?) -> EventID {
        var writer = JSONWriter()
        if let idempotencyKey {
            writer.string(idempotencyKey)
        } else {
            writer.array { writer in
                for text in [trackingID, linkID, type] { writer.string(text) }
                writer.string(revenue.money.map { "\($0.amount) \($0.currency)" } ?? "")
                if let eventData { writer.element(eventData) }
            }
        }
        guard let id = EventID("conversion-\(SHA256Digest(of: writer.bytes).hex.prefix(32))") else {
            preconditionFailure("Digits in hex make an id.")
        }
        return id
    }

    /// Writes the event in a sender's form.
    func write(id: EventID, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id.description)
            writer.member("type", type)
            writer.key("click")
            writer.object { writer in
                writer.member("ct_tracking_id", trackingID)
                writer.member("ct_campaign_link_id", linkID)
            }
            if let order {
                writer.key("order")
                writer.object { writer in
                    writer.key("id")
                    writer.element(order)
                }
            }
            if let money = revenue.money {
                writer.key("value")
                writer.object { writer in
                    writer.member("amount", money.amount)
                    writer.member("currency", money.currency.description)
                }
            }
            writer.key("data")
            writer.object { writer in
                writer.member("contract", "campaign_conversion")
                if let eventData {
                    writer.key("event_data")
                    writer.element(eventData)
                }
            }
        }
    }

    /// The order that a purchase states, so that it is one with what the shop's platform reports.
    private var order: JSONElement? {
        guard type == "purchase", let eventData else { return nil }
        let names: [StaticString] = ["order_id", "orderId", "transaction_id"]
        return names.lazy.compactMap { eventData[$0] }.first { value in
            value.kind == .integer || value.kind == .unsigned || value.utf8Count ?? 0 > 0
        }
    }
}

internal import JSON

/// Writing the objects of an event by their tables.
extension EventBody {
    /// Writes an object of known members, then such unknown ones as may stay.
    /// - Returns: Whether anything was written.
    @discardableResult
    mutating func writeObject(
        _ value: JSONElement?, _ rule: ObjectRule, _ member: EventSchema.Member,
        to writer: inout JSONWriter
    ) throws(EventFault) -> Bool {
        guard let value else { return false }
        guard value.kind == .object else { throw .at(member, .wrongType) }
        let slots = ObjectParts(value, rule)
        guard slots.hasAny else { return false }
        writer.key(member.name)
        try writer.object { writer throws(EventFault) in
            try write(slots, rule, at: { "/\(member.name)" }, to: &writer)
            try writeExtras(of: value, rule, at: "/\(member.name)", to: &writer)
        }
        return true
    }

    private mutating func write(
        _ parts: ObjectParts, _ rule: ObjectRule, at pointer: () -> String,
        to writer: inout JSONWriter
    ) throws(EventFault) {
        for (index, field) in rule.fields.enumerated() {
            guard let value = parts[index] else { continue }
            writer.key(field.name)
            if case .amount = field.form {
                try writeAmount(value, digitsMin: 0, pointer, to: &writer)
            } else {
                try write(value, field.form, at: { "\(pointer())/\(field.name)" }, to: &writer)
            }
        }
    }

    /// Keeps scalar members that the schema does not name, as analytics libraries add them to pages
    /// and items; leaves out nested ones.
    private mutating func writeExtras(
        of value: JSONElement, _ rule: ObjectRule, at pointer: String,
        to writer: inout JSONWriter
    ) throws(EventFault) {
        guard let members = value.object else { return }
        var kept = 0
        for (key, value) in members where Self.isPresent(value) {
            if let name = key.fieldName, rule.index(of: name) != nil { continue }
            if context.isOptedOut, key.withUTF8(ClickIDScrubber.isName) ?? false { continue }
            guard kept < 16, value.kind != .object, value.kind != .array, DataNames.isPlain(key)
            else {
                noteTruncation("\(pointer)/*")
                continue
            }
            kept += 1
            writer.key(key)
            try scalar(value, at: { "\(pointer)/*" }, to: &writer)
        }
    }

    /// Writes a custom value that is neither object nor array.
    mutating func scalar(
        _ value: JSONElement, at pointer: () -> String, to writer: inout JSONWriter
    ) throws(EventFault) {
        guard value.kind == .string else { return writer.element(value) }
        try text(value, EventSchema.dataTextBytesMax, .scrubbed, pointer, &writer)
    }

    // MARK: Money and items

    /// Writes the value; its currency is the site's where none is stated.
    /// - Returns: The currency of the items' prices.
    mutating func writeValue(
        _ value: JSONElement?, to writer: inout JSONWriter
    ) throws(EventFault) -> Currency {
        var currency = context.rules.site.currency
        guard let value else { return currency }
        guard value.kind == .object else { throw .at(.value, .wrongType) }
        if let stated = value["currency"], Self.isPresent(stated) {
            let read: Currency?? = stated.withUTF8 { Currency(utf8: $0) }
            guard let read else { throw EventFault(.wrongType, at: "/value/currency") }
            guard let read else { throw EventFault(.invalidValue, at: "/value/currency") }
            currency = read
        }
        guard let amount = value["amount"], Self.isPresent(amount) else {
            throw EventFault(.missingMember, at: "/value/amount")
        }
        writer.key("value")
        try writer.object { writer throws(EventFault) in
            writer.key("amount")
            try writeAmount(
                amount, digitsMin: currency.minorDigits, { "/value" }, to: &writer)
            writer.member("currency", currency.description)
        }
        return currency
    }

    /// Writes an amount from its text, or from a number's shortest text: never by calculation.
    private func writeAmount(
        _ value: JSONElement, digitsMin: Int, _ pointer: () -> String,
        to writer: inout JSONWriter
    ) throws(EventFault) {
        let amount: DecimalAmount?
        switch value.kind {
        case .string: amount = value.withUTF8 { DecimalAmount(utf8: $0) } ?? nil
        case .integer: amount = value.int64.flatMap { DecimalAmount(String($0)) }
        case .double: amount = value.double.flatMap { DecimalAmount($0.description) }
        case .object, .array, .bool, .null, .unsigned:
            throw EventFault(.wrongType, at: "\(pointer())/amount")
        }
        guard let amount else { throw EventFault(.invalidValue, at: "\(pointer())/amount") }
        writer.string { amount.append(to: &$0, digitsMin: digitsMin) }
    }

    mutating func writeItems(
        _ value: JSONElement?, _ currency: Currency, to writer: inout JSONWriter
    ) throws(EventFault) {
        guard let value else { return }
        guard let items = value.array else { throw .at(.items, .wrongType) }
        guard value.count != 0 else { return }
        if value.count ?? 0 > EventSchema.itemsMax { noteTruncation("/items") }
        writer.key("items")
        try writer.array { writer throws(EventFault) in
            for (index, item) in items.prefix(EventSchema.itemsMax).enumerated() {
                guard item.kind == .object else {
                    throw EventFault(.wrongType, at: "/items/\(index)")
                }
                try writeItem(item, index, to: &writer)
            }
        }
    }

    private mutating func writeItem(
        _ item: JSONElement, _ index: Int, to writer: inout JSONWriter
    ) throws(EventFault) {
        try writer.object { writer throws(EventFault) in
            let rule = EventSchema.item
            try write(ObjectParts(item, rule), rule, at: { "/items/\(index)" }, to: &writer)
            try writeExtras(of: item, rule, at: "/items/\(index)", to: &writer)
        }
    }
}

/// The members of one object that its rule names, found in one pass; null and empty ones are absent.
struct ObjectParts {
    private var slots: [20 of JSONElement?] = .init(repeating: nil)
    /// Whether the object says anything at all.
    private(set) var hasAny = false

    init(_ object: JSONElement, _ rule: ObjectRule) {
        guard let members = object.object else { return }
        for (key, value) in members where EventBody.isPresent(value) {
            hasAny = true
            guard let name = key.fieldName, let index = rule.index(of: name) else { continue }
            slots[index] = value
        }
    }

    subscript(index: Int) -> JSONElement? {
        get { slots[index] }
        set { slots[index] = newValue }
    }
}

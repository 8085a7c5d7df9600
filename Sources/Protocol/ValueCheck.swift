internal import JSON

/// Holds single values against their forms, as the wire must have them.
enum ValueCheck {
    /// - Parameter pointer: Asked only for a fault.
    static func check(
        _ value: JSONElement, _ form: FieldRule.Form, at pointer: () -> String
    ) throws(EventFault) {
        if let code = fault(value, form) { throw EventFault(code, at: pointer()) }
    }

    /// What is wrong with a value; nil for nothing.
    static func fault(_ value: JSONElement, _ form: FieldRule.Form) -> EventFault.Code? {
        switch form {
        case .flag: value.bool == nil ? .wrongType : nil
        case .quantity: quantityFault(value)
        case .text(let max), .identifier(let max), .url(let max): textFault(value, max)
        case .reference(let max):
            textFault(value, max)
                ?? string(value) { $0.count == 0 || $0[0] != UInt8(ascii: "#") }
        case .personal: textFault(value, PersonalField.bytesMax)
        case .hash: string(value, TextRule.isHash)
        case .country: string(value, TextRule.isCountry)
        case .device: string(value) { String(copying: $0).flatMap(DeviceKind.init) != nil }
        case .click(let form): string(value, form.isValid)
        case .consent: string(value) { String(copying: $0).flatMap(Consent.State.init) != nil }
        case .amount: string(value) { DecimalAmount(utf8: $0) != nil }
        case .currency: string(value, TextRule.isCurrency)
        }
    }

    private static func quantityFault(_ value: JSONElement) -> EventFault.Code? {
        guard let number = value.int64 else { return .wrongType }
        return (0...1_000_000).contains(number) ? nil : .invalidValue
    }

    private static func textFault(_ value: JSONElement, _ bytesMax: Int) -> EventFault.Code? {
        let fault: EventFault.Code?? = value.withUTF8 { text in
            if text.count > bytesMax { return .tooLarge }
            return TextRule.isPrintable(text) ? nil : .invalidValue
        }
        return fault ?? .wrongType
    }

    private static func string(
        _ value: JSONElement, _ isValid: (Span<UInt8>) -> Bool
    ) -> EventFault.Code? {
        guard let isValid = value.withUTF8(isValid) else { return .wrongType }
        return isValid ? nil : .invalidValue
    }
}

/// Holds the objects of an event against their tables.
enum ObjectCheck {
    static func check(
        _ value: JSONElement, _ rule: ObjectRule, _ member: EventSchema.Member
    ) throws(EventFault) {
        try check(value, rule) { "/\(member.name)" }
        guard member == .consent else { return }
        for field in rule.fields.prefix(3) where value[field.name] == nil {
            throw EventFault(.missingMember, at: "/consent/\(field.name)")
        }
    }

    static func checkMoney(_ value: JSONElement) throws(EventFault) {
        try check(value, EventSchema.value, .value)
        for field in EventSchema.value.fields where value[field.name] == nil {
            throw EventFault(.missingMember, at: "/value/\(field.name)")
        }
    }

    static func checkItems(_ value: JSONElement) throws(EventFault) {
        guard let items = value.array else { throw .at(.items, .wrongType) }
        guard value.count ?? 0 <= EventSchema.itemsMax else { throw .at(.items, .tooLarge) }
        for (index, item) in items.enumerated() {
            try check(item, EventSchema.item) { "/items/\(index)" }
        }
    }

    /// A list of short strings.
    static func checkList(
        _ value: JSONElement, _ member: EventSchema.Member
    ) throws(EventFault) {
        guard let elements = value.array else { throw .at(member, .wrongType) }
        guard value.count ?? 0 <= EventSchema.truncatedMax + 1 else {
            throw .at(member, .tooLarge)
        }
        for (index, element) in elements.enumerated() {
            try ValueCheck.check(
                element, .text(bytesMax: 256), at: { "/\(member.name)/\(index)" })
        }
    }

    private static func check(
        _ value: JSONElement, _ rule: ObjectRule, at pointer: () -> String
    ) throws(EventFault) {
        guard let members = value.object else { throw EventFault(.wrongType, at: pointer()) }
        for (key, value) in members {
            guard let name = key.fieldName, let index = rule.index(of: name) else { continue }
            let field = rule.fields[index]
            try ValueCheck.check(value, field.form) { "\(pointer())/\(field.name)" }
        }
    }
}

/// Holds `data` against its limits.
enum DataCheck {
    static func check(_ value: JSONElement) throws(EventFault) {
        guard value.kind == .object else { throw .at(.data, .wrongType) }
        let bytes = try bytesMin(of: value, depth: 1)
        guard bytes <= EventSchema.dataBytesMax else { throw .at(.data, .tooLarge) }
    }

    /// The least bytes that the value can be written with.
    private static func bytesMin(
        of value: JSONElement, depth: Int
    ) throws(EventFault) -> Int {
        switch value.kind {
        case .string:
            let count = value.utf8Count ?? 0
            guard count <= EventSchema.dataTextBytesMax else { throw .at(.data, .tooLarge) }
            return count + 2
        case .object, .array:
            guard depth <= EventSchema.dataDepthMax else { throw .at(.data, .tooDeep) }
            return try bytesMin(ofPartsOf: value, depth: depth)
        case .integer, .unsigned, .double: return 1
        case .bool, .null: return 4
        }
    }

    private static func bytesMin(
        ofPartsOf value: JSONElement, depth: Int
    ) throws(EventFault) -> Int {
        var bytes = 1
        if let members = value.object {
            for (key, value) in members {
                let count = key.utf8Count ?? 0
                guard count <= EventSchema.dataNameBytesMax else { throw .at(.data, .tooLarge) }
                bytes += count + 4 + (try bytesMin(of: value, depth: depth + 1))
            }
        } else if let elements = value.array {
            for element in elements { bytes += 1 + (try bytesMin(of: element, depth: depth + 1)) }
        }
        return bytes + 1
    }
}

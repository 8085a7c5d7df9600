import ConveyProtocol
import JSON

/// Copies members of a foreign object where they are what they should be; what is not is left out,
/// for a signed webhook is never refused.
struct ForeignFields {
    private let object: JSONElement?

    private static let shortBytesMax = 256
    private static let quantityMax: Int64 = 1_000_000

    init(_ object: JSONElement?) {
        self.object = object
    }

    /// How many members the object has.
    var count: Int { object?.count ?? 0 }

    subscript(name: StaticString) -> JSONElement? {
        guard let value = object?[name], !value.isNull else { return nil }
        return value
    }

    /// A nested object.
    func object(_ name: StaticString) -> ForeignFields { ForeignFields(self[name]) }

    /// The elements of a nested array.
    func array(_ name: StaticString) -> [ForeignFields] {
        guard let array = self[name]?.array else { return [] }
        return array.map { ForeignFields($0) }
    }

    /// A string that is not empty.
    func text(_ name: StaticString) -> String? { self[name].flatMap(Self.text) }

    /// The same under a name that is put together.
    func text(_ name: String) -> String? {
        object?[name].flatMap(Self.text)
    }

    /// A string of a detail, at most 256 bytes; what is longer is none.
    func short(_ name: StaticString) -> String? {
        text(name).flatMap { $0.utf8.count <= Self.shortBytesMax ? $0 : nil }
    }

    /// An id, which may be an integer beyond 2^53 or a string.
    func id(_ name: StaticString) -> String? {
        guard let value = self[name] else { return nil }
        if let number = value.int64 { return String(number) }
        if let number = value.uint64 { return String(number) }
        return text(name)
    }

    /// An id where 0 means none.
    func reference(_ name: StaticString) -> String? { id(name).flatMap { $0 == "0" ? nil : $0 } }

    func flag(_ name: StaticString) -> Bool? { self[name]?.bool }

    /// A count of pieces: an integer, also one spelt `2.0` or `"2"`, 0...1,000,000.
    func quantity(_ name: StaticString) -> Int64? {
        guard let value = self[name] else { return nil }
        let number =
            value.int64 ?? value.double.flatMap { Int64(exactly: $0) }
            ?? value.string.flatMap { Int64($0) }
        return number.flatMap { (0...Self.quantityMax).contains($0) ? $0 : nil }
    }

    /// An amount: a decimal string, or a number by its own shortest text.
    func amount(_ name: StaticString) -> DecimalAmount? {
        guard let value = self[name] else { return nil }
        if let text = value.string { return DecimalAmount(text) }
        if let number = value.int64 { return DecimalAmount(String(number)) }
        return value.double.flatMap { DecimalAmount($0.description) }
    }

    func currency(_ name: StaticString) -> Currency? {
        self[name]?.withUTF8 { Currency(utf8: $0) } ?? nil
    }

    /// Two letters.
    func country(_ name: StaticString) -> String? {
        text(name).flatMap { text in
            let isCountry =
                text.utf8.count == 2 && text.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 }
            return isCountry ? text : nil
        }
    }

    private static func text(_ value: JSONElement) -> String? {
        guard let text = value.string, !text.isEmpty else { return nil }
        return text
    }
}

extension JSONWriter {
    mutating func member(_ name: StaticString, _ amount: DecimalAmount?) {
        member(name, amount?.text())
    }

    /// Writes what a sale is worth.
    mutating func value(_ amount: DecimalAmount, in currency: Currency?) {
        key("value")
        object { writer in
            writer.member("amount", amount)
            writer.member("currency", currency?.description)
        }
    }

    /// Writes the items of a sale, as many of them as may stay; nothing where none may.
    mutating func items(
        _ items: [ForeignFields], max: Int,
        _ write: (ForeignFields, inout JSONWriter) -> Void
    ) {
        guard !items.isEmpty, max > 0 else { return }
        key("items")
        array { writer in for item in items.prefix(max) { write(item, &writer) } }
    }
}

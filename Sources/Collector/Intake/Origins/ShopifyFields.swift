import ConveyProtocol
import JSON

/// Copies members of a foreign object where they are what they should be; what is not is left out,
/// for a signed webhook is never refused.
struct ShopifyFields {
    private let object: JSONElement?

    init(_ object: JSONElement?) {
        self.object = object
    }

    subscript(name: StaticString) -> JSONElement? {
        guard let value = object?[name], !value.isNull else { return nil }
        return value
    }

    /// A nested object.
    func object(_ name: StaticString) -> ShopifyFields { ShopifyFields(self[name]) }

    /// The elements of a nested array.
    func array(_ name: StaticString) -> [ShopifyFields] {
        guard let array = self[name]?.array else { return [] }
        return array.map { ShopifyFields($0) }
    }

    /// A string that is not empty.
    func text(_ name: StaticString) -> String? {
        guard let text = self[name]?.string, !text.isEmpty else { return nil }
        return text
    }

    /// An id, which may be an integer beyond 2^53 or a string.
    func id(_ name: StaticString) -> String? {
        guard let value = self[name] else { return nil }
        if let number = value.int64 { return String(number) }
        if let number = value.uint64 { return String(number) }
        return text(name)
    }

    func flag(_ name: StaticString) -> Bool? { self[name]?.bool }

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
}

extension JSONWriter {
    mutating func member(_ name: StaticString, _ amount: DecimalAmount?) {
        member(name, amount?.text())
    }
}

/// A value of a structured field.
/// - Source: RFC 9651, section 3.3 (which contains RFC 8941's).
package enum BareItem: Hashable, Sendable {
    /// -999,999,999,999,999...999,999,999,999,999.
    case integer(Int64)
    /// In thousandths: at most 12 digits before the point and 3 behind it.
    case decimal(thousandths: Int64)
    /// Printable ASCII.
    case string(String)
    case token(String)
    case bytes([UInt8])
    case boolean(Bool)
    /// Seconds since 1970.
    case date(Int64)
    /// Any Unicode text.
    case displayString(String)

    /// The text of a string item, nil for every other kind.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value of an integer item, nil for every other kind.
    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The value of a byte sequence, nil for every other kind.
    package var bytes: [UInt8]? {
        if case .bytes(let value) = self { value } else { nil }
    }
}

/// Named values in order: the parameters of an item or list, and the members of a dictionary.
///
/// A key that comes twice has its last value, at its first place; `hasRepeatedKeys` then tells, and
/// takes no part in equality.
package struct OrderedMembers<Value: Hashable & Sendable>: Hashable, Sendable {
    /// One key with its value.
    package struct Member: Hashable, Sendable {
        /// Lower case.
        package let key: String
        /// The last one given for the key.
        package fileprivate(set) var value: Value
    }

    /// Every key once, in order.
    package private(set) var members: [Member] = []
    /// Whether a key came twice: legal in general, suspicious in a signature.
    package private(set) var hasRepeatedKeys = false

    /// No members.
    package init() {}

    /// The value under a key.
    package subscript(key: String) -> Value? { members.first { $0.key == key }?.value }

    /// Puts a value under a key, last, or in place of the one that is there.
    package mutating func set(_ key: String, _ value: Value) {
        if let index = members.firstIndex(where: { $0.key == key }) {
            members[index].value = value
            hasRepeatedKeys = true
        } else {
            members.append(Member(key: key, value: value))
        }
    }
}

extension OrderedMembers {
    package static func == (left: Self, right: Self) -> Bool { left.members == right.members }

    package func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension OrderedMembers: ExpressibleByDictionaryLiteral {
    /// Takes keys and values in order.
    package init(dictionaryLiteral elements: (String, Value)...) {
        for (key, value) in elements { set(key, value) }
    }
}

/// One value with its parameters.
package struct StructuredItem: Hashable, Sendable {
    /// What stands before the parameters.
    package var value: BareItem
    /// What follows behind semicolons.
    package var parameters: OrderedMembers<BareItem>

    /// By default without parameters.
    package init(_ value: BareItem, _ parameters: OrderedMembers<BareItem> = [:]) {
        self.value = value
        self.parameters = parameters
    }
}

/// A parenthesized list of items, with parameters of its own.
package struct InnerList: Hashable, Sendable {
    /// In order; may be none.
    package var items: [StructuredItem]
    /// What follows behind semicolons.
    package var parameters: OrderedMembers<BareItem>

    /// By default without parameters.
    package init(_ items: [StructuredItem], _ parameters: OrderedMembers<BareItem> = [:]) {
        self.items = items
        self.parameters = parameters
    }
}

/// A member of a list or dictionary.
package enum StructuredMember: Hashable, Sendable {
    case item(StructuredItem)
    case innerList(InnerList)
}

/// A dictionary field, such as `Signature-Input` or `Content-Digest`.
package typealias StructuredDictionary = OrderedMembers<StructuredMember>

/// Why a field is not read as structured.
package enum StructuredFieldRefusal: Error, Hashable {
    /// Longer than `StructuredFields.bytesMax`.
    case tooLong
    /// More members, items or parameters at one place than `StructuredFields.membersMax`.
    case tooMany
    /// Breaks the grammar at this byte of the joined field.
    case malformed(offset: Int)
}

/// Reads and writes structured fields, strictly and within bounds.
///
/// Stricter than the RFC asks in one place: base64 must be padded and without leftover bits.
/// - Source: RFC 9651, section 4; RFC 8941.
package enum StructuredFields {
    /// Longest field that is read, its lines joined.
    package static let bytesMax = 8192
    /// Most members of one list or dictionary, items of one inner list, parameters of one item.
    package static let membersMax = 64

    /// Reads a dictionary; `lines` are the values of all field lines with its name, in order.
    package static func dictionary(
        _ lines: [String]
    ) throws(StructuredFieldRefusal) -> StructuredDictionary {
        var parser = try StructuredFieldParser(lines)
        let dictionary = try parser.dictionary()
        try parser.end()
        return dictionary
    }

    /// Reads a list; `lines` are the values of all field lines with its name, in order.
    package static func list(
        _ lines: [String]
    ) throws(StructuredFieldRefusal) -> [StructuredMember] {
        var parser = try StructuredFieldParser(lines)
        let list = try parser.list()
        try parser.end()
        return list
    }

    /// Reads a single item.
    package static func item(_ line: String) throws(StructuredFieldRefusal) -> StructuredItem {
        var parser = try StructuredFieldParser([line])
        let item = try parser.item()
        try parser.end()
        return item
    }
}

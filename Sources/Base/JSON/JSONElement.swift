internal import CSIMDJSON
private import Glibc

/// One value of a parsed document: two words, made without allocation.
/// Valid only inside the closure that its parser lent it to; kept longer it reads foreign memory.
@safe package struct JSONElement {
    /// What a value is. JSON has one kind of number; here it is the narrowest that holds it exactly.
    package enum Kind: Sendable {
        case object, array, string, bool, null
        /// -2^63 ..< 2^63, written without fraction and exponent.
        case integer
        /// 2^63 ..< 2^64, written without fraction and exponent.
        case unsigned
        case double
    }

    let place: convey_json_element

    init(_ place: convey_json_element) { unsafe self.place = place }

    /// What this is.
    package var kind: Kind {
        switch unsafe UInt8(bitPattern: convey_json_type(place)) {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "l"): .integer
        case UInt8(ascii: "u"): .unsigned
        case UInt8(ascii: "d"): .double
        case UInt8(ascii: "n"): .null
        default: .bool
        }
    }

    /// Whether this is `null`; false for a member that is not there.
    package var isNull: Bool { kind == .null }

    /// The truth value; nil for any other kind.
    package var bool: Bool? {
        kind == .bool ? unsafe convey_json_type(place) == CChar(UInt8(ascii: "t")) : nil
    }

    /// The number, when it is an integer of this range: `1.0` and `1e2` are none.
    package var int64: Int64? { kind == .integer ? unsafe convey_json_int64(place) : nil }

    /// The number, when it is an integer of this range.
    package var uint64: UInt64? {
        switch kind {
        case .unsigned: unsafe convey_json_uint64(place)
        case .integer: unsafe UInt64(exactly: convey_json_int64(place))
        default: nil
        }
    }

    /// Any number, rounded where it is an integer beyond 2^53.
    package var double: Double? {
        switch kind {
        case .double: unsafe convey_json_double(place)
        case .integer: unsafe Double(convey_json_int64(place))
        case .unsigned: unsafe Double(convey_json_uint64(place))
        default: nil
        }
    }
}

// MARK: Strings

extension JSONElement {
    /// A copy of the string.
    package var string: String? {
        withUTF8 { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    /// Lends the string's bytes, unescaped and valid UTF-8; nil when this is no string.
    package func withUTF8<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard kind == .string else { return nil }
        let text = unsafe convey_json_utf8(place)
        return try unsafe body(UnsafeBufferPointer(start: text.bytes, count: text.count).span)
    }

    /// Length of the string in bytes.
    package var utf8Count: Int? { withUTF8 { $0.count } }

    /// Whether this is exactly this string. Compares bytes, allocates nothing.
    package static func == (element: Self, text: StaticString) -> Bool {
        element.withUTF8 { bytes in
            unsafe bytes.withUnsafeBufferPointer { unsafe text.isEqual(to: $0) }
        } ?? false
    }

    /// Lets `switch member.key { case "id": … }` compare bytes.
    package static func ~= (text: StaticString, element: Self) -> Bool { element == text }
}

// MARK: Arrays and objects

extension JSONElement {
    /// Number of elements or members; nil when this holds none.
    package var count: Int? {
        switch kind {
        case .array, .object: unsafe convey_json_count(place)
        default: nil
        }
    }

    /// The elements, when this is an array.
    package var array: JSONArray? { kind == .array ? JSONArray(self) : nil }

    /// The members, when this is an object.
    package var object: JSONObject? { kind == .object ? JSONObject(self) : nil }

    /// The member of this name, nil also when this is no object. One pass over the members:
    /// whoever needs many iterates instead.
    package subscript(name: StaticString) -> JSONElement? {
        guard name.hasPointerRepresentation else { return self[name.description] }
        return unsafe find(
            UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    /// The member of a name that is known only at run time.
    package subscript(name: String) -> JSONElement? {
        var name = name
        return name.withUTF8 { unsafe find($0) }
    }

    private func find(_ name: UnsafeBufferPointer<UInt8>) -> JSONElement? {
        guard kind == .object else { return nil }
        var value = unsafe convey_json_element()
        let isFound = unsafe convey_json_find(place, name.baseAddress, name.count, &value)
        return isFound ? unsafe JSONElement(value) : nil
    }

    /// The element at another index of the same document.
    func at(_ index: Int) -> JSONElement {
        unsafe JSONElement(convey_json_element(document: place.document, index: index))
    }
}

/// The elements of an array, in order.
package struct JSONArray: Sequence, IteratorProtocol {
    private let container: JSONElement
    private var index: Int
    private let end: Int

    init(_ container: JSONElement) {
        self.container = container
        index = unsafe convey_json_begin(container.place)
        end = unsafe convey_json_end(container.place)
    }

    package mutating func next() -> JSONElement? {
        guard index < end else { return nil }
        let element = container.at(index)
        index = unsafe convey_json_after(element.place)
        return element
    }
}

/// The members of an object, in the order of the document.
package struct JSONObject: Sequence, IteratorProtocol {
    private let container: JSONElement
    private var index: Int
    private let end: Int

    init(_ container: JSONElement) {
        self.container = container
        index = unsafe convey_json_begin(container.place)
        end = unsafe convey_json_end(container.place)
    }

    package mutating func next() -> (key: JSONElement, value: JSONElement)? {
        guard index < end else { return nil }
        let value = container.at(index + 1)
        defer { index = unsafe convey_json_after(value.place) }
        return (container.at(index), value)
    }
}

extension StaticString {
    fileprivate func isEqual(to bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard hasPointerRepresentation else { return unsafe description.utf8.elementsEqual(bytes) }
        guard utf8CodeUnitCount == bytes.count else { return false }
        guard let start = bytes.baseAddress else { return true }
        return unsafe memcmp(utf8Start, start, bytes.count) == 0
    }
}

internal import JSON

/// A member's name of at most 23 bytes in three machine words, so that finding a rule compares
/// numbers. Nothing longer is named by the schema.
struct FieldName: Equatable, Sendable {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)

    init?(_ name: Span<UInt8>) {
        guard name.count <= 23 else { return nil }
        for index in name.indices { place(name[index], at: index) }
        place(UInt8(name.count), at: 23)
    }

    init(_ name: StaticString) {
        precondition(name.utf8CodeUnitCount <= 23, "The schema's names are short.")
        let bytes = Array(name.description.utf8)
        for index in bytes.indices { place(bytes[index], at: index) }
        place(UInt8(bytes.count), at: 23)
    }

    static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    private mutating func place(_ byte: UInt8, at index: Int) {
        let bits = UInt64(byte) << (8 * UInt64(index & 7))
        switch index >> 3 {
        case 0: words.0 |= bits
        case 1: words.1 |= bits
        default: words.2 |= bits
        }
    }
}

extension JSONElement {
    /// The name of a member, nil when no schema can name it.
    var fieldName: FieldName? { withUTF8 { FieldName($0) } ?? nil }
}

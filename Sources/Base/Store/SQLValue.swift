package import Time

/// A value bound to a parameter. Both databases hold all five kinds.
package enum SQLValue: Sendable, Hashable {
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
    case real(Double)
    case null

    /// An instant as microseconds since 1970, for columns named `…_at_us`.
    package static func timestamp(_ timestamp: Timestamp) -> SQLValue {
        .integer(timestamp.microseconds)
    }

    /// The integer, or null for nil.
    package static func optional(_ value: Int64?) -> SQLValue { value.map(integer) ?? .null }

    /// The text, or null for nil.
    package static func optional(_ value: String?) -> SQLValue { value.map(text) ?? .null }

    /// The bytes, or null for nil.
    package static func optional(_ value: [UInt8]?) -> SQLValue { value.map(bytes) ?? .null }

    /// The instant, or null for nil.
    package static func optional(_ value: Timestamp?) -> SQLValue { value.map(timestamp) ?? .null }

    /// A Boolean as 0 or 1: `STRICT` tables of SQLite know no other.
    package static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
}

/// One parameter's values for many rows; see `Transaction.runEach`.
package enum SQLColumn: Sendable {
    /// The same in every row; a single value to PostgreSQL, too.
    case constant(SQLValue)
    case integers([Int64])
    case optionalIntegers([Int64?])
    case texts([String])
    case optionalTexts([String?])
    case bytes([[UInt8]])
    case optionalBytes([[UInt8]?])

    /// Nil for a constant, which fits any number of rows.
    var count: Int? {
        switch self {
        case .constant: nil
        case .integers(let values): values.count
        case .optionalIntegers(let values): values.count
        case .texts(let values): values.count
        case .optionalTexts(let values): values.count
        case .bytes(let values): values.count
        case .optionalBytes(let values): values.count
        }
    }
}

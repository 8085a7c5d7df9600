import Postgres
import SQLite
package import Time

/// One row of an answer; columns count from 0. It may be read until the next row is asked for.
package struct Row {
    let source: any RowSource

    /// True where the column holds nothing.
    package func isNull(_ column: Int) -> Bool { source.isNull(column) }

    /// The integer, or 0 for null.
    package func integer(_ column: Int) -> Int64 { source.integer(column) }

    /// The integer, or nil for null.
    package func optionalInteger(_ column: Int) -> Int64? {
        source.isNull(column) ? nil : source.integer(column)
    }

    /// Whether a column of 0 and 1 holds 1.
    package func flag(_ column: Int) -> Bool { source.integer(column) != 0 }

    /// The number, or 0 for null.
    package func real(_ column: Int) -> Double { source.real(column) }

    /// The text, or an empty one for null.
    package func text(_ column: Int) -> String { source.text(column) ?? "" }

    /// The text, or nil for null.
    package func optionalText(_ column: Int) -> String? { source.text(column) }

    /// A copy of the bytes; none for null.
    package func bytes(_ column: Int) -> [UInt8] { source.bytes(column) }

    /// A copy of the bytes, or nil for null.
    package func optionalBytes(_ column: Int) -> [UInt8]? {
        source.isNull(column) ? nil : source.bytes(column)
    }

    /// The instant that a column named `…_at_us` holds.
    package func timestamp(_ column: Int) -> Timestamp {
        Timestamp(microseconds: source.integer(column))
    }

    /// The instant, or nil for null.
    package func optionalTimestamp(_ column: Int) -> Timestamp? {
        optionalInteger(column).map(Timestamp.init(microseconds:))
    }
}

/// What a database's own row can do.
protocol RowSource {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) -> Int64
    func real(_ column: Int) -> Double
    func text(_ column: Int) -> String?
    func bytes(_ column: Int) -> [UInt8]
}

extension SQLite.Row: RowSource {}
extension Postgres::Row: RowSource {}

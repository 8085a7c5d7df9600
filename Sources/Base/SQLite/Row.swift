import CSQLite

/// The row a statement stands on; columns count from 0. Read it before the statement's next step.
package struct Row {
    /// How a value is stored.
    package enum Kind: Sendable, Equatable { case integer, real, text, bytes, null }

    private let statement: Statement

    init(_ statement: Statement) { self.statement = statement }

    /// How many columns the statement answers with.
    package var columnCount: Int {
        unsafe Int(statement.withHandle { unsafe sqlite3_column_count($0) })
    }

    /// How the value is stored; ask before reading, as reading converts.
    package func kind(_ column: Int) -> Kind {
        switch unsafe statement.withHandle({ unsafe sqlite3_column_type($0, Int32(column)) }) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .bytes
        default: .null
        }
    }

    /// True where the column holds nothing.
    package func isNull(_ column: Int) -> Bool { kind(column) == .null }

    /// The integer, or 0 where the column holds none.
    package func integer(_ column: Int) -> Int64 {
        unsafe statement.withHandle { unsafe sqlite3_column_int64($0, Int32(column)) }
    }

    /// The number, or 0 where the column holds none.
    package func real(_ column: Int) -> Double {
        unsafe statement.withHandle { unsafe sqlite3_column_double($0, Int32(column)) }
    }

    /// The text, or nil for null; invalid UTF-8 is repaired.
    package func text(_ column: Int) -> String? {
        unsafe statement.withHandle { handle in
            guard let start = unsafe sqlite3_column_text(handle, Int32(column)) else { return nil }
            let count = unsafe Int(sqlite3_column_bytes(handle, Int32(column)))
            return unsafe String(
                decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
        }
    }

    /// A copy of the bytes; none for null.
    package func bytes(_ column: Int) -> [UInt8] {
        withBytes(column) { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
    }

    /// Lends the bytes without a copy; none for null.
    package func withBytes<T>(_ column: Int, _ body: (RawSpan) -> T) -> T {
        unsafe statement.withHandle { handle in
            let start = unsafe sqlite3_column_blob(handle, Int32(column))
            let count = unsafe Int(sqlite3_column_bytes(handle, Int32(column)))
            let bytes = unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
            return unsafe body(bytes.bytes)
        }
    }
}

/// A table as its own database describes it, for copying whole tables between databases of one schema.
package struct StoredTable: Sendable, Equatable {
    /// One of its columns.
    package struct Column: Sendable, Equatable {
        /// What a column holds, in both databases.
        package enum Kind: String, Sendable { case integer, text, bytes }

        /// As the schema names it.
        package let name: String
        /// What it holds, or null.
        package let kind: Kind

        /// A column that is described elsewhere.
        package init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// As the schema names it.
    package let name: String
    /// All of them, ascending by name: their order in the database is its own affair.
    package let columns: [Column]
    /// What tells its rows apart: the primary key, or else columns that are unique and never null.
    let key: [Column]
    /// Whether the database numbers its rows, in the column `number`.
    package let isNumbered: Bool

    /// The name as SQL text. It comes from the database's catalogue or our own schema, never from a
    /// client.
    var quotedName: String { quoted(name) }
    /// All columns as SQL text, with commas.
    var columnList: String { columns.map { quoted($0.name) }.joined(separator: ", ") }
    var keyList: String { key.map { quoted($0.name) }.joined(separator: ", ") }
}

/// A name as SQL text.
func quoted(_ name: String) -> String {
    precondition(!name.contains("\""), "Names of the schema are plain.")
    return "\"\(name)\""
}

extension Row {
    /// The value of a column of this kind.
    package func value(_ column: Int, _ kind: StoredTable.Column.Kind) -> SQLValue {
        guard !isNull(column) else { return .null }
        return switch kind {
        case .integer: .integer(integer(column))
        case .text: .text(text(column))
        case .bytes: .bytes(bytes(column))
        }
    }
}

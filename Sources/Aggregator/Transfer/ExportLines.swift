import JSON
import Store

/// Opens a table's rows in an export: which columns they have, in which order.
struct ExportTable: Equatable, Sendable {
    let name: String
    let columns: [StoredTable.Column]

    init(_ table: StoredTable) {
        name = table.name
        columns = table.columns
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("table")
            writer.string(name)
            writer.key("columns")
            writer.array { writer in for column in columns { writer.string(column.name) } }
            writer.key("kinds")
            writer.array { writer in for column in columns { writer.string(column.kind.rawValue) } }
        }
    }

    init?(_ element: JSONElement) {
        guard let name = element["table"]?.string, let columns = element["columns"]?.array,
            let kinds = element["kinds"]?.array
        else { return nil }
        let names = columns.map(\.string)
        let read = kinds.map { $0.string.flatMap(StoredTable.Column.Kind.init(rawValue:)) }
        guard names.count == read.count else { return nil }
        var all: [StoredTable.Column] = []
        for (name, kind) in zip(names, read) {
            guard let name, let kind else { return nil }
            all.append(StoredTable.Column(name: name, kind: kind))
        }
        self.name = name
        self.columns = all
    }
}

/// Closes a table's rows: how many there were, what they come to, and the highest number ever given.
struct ExportTableEnd: Equatable, Sendable {
    let name: String
    let rows: Int64
    let digest: String
    let lastNumber: Int64?

    init(name: String, rows: Int64, digest: String, lastNumber: Int64?) {
        self.name = name
        self.rows = rows
        self.digest = digest
        self.lastNumber = lastNumber
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("end_of")
            writer.string(name)
            writer.key("rows")
            writer.integer(rows)
            writer.key("digest")
            writer.string(digest)
            writer.member("last_number", lastNumber)
        }
    }

    init?(_ element: JSONElement) {
        guard let name = element["end_of"]?.string, let rows = element["rows"]?.int64,
            let digest = element["digest"]?.string
        else { return nil }
        self.init(
            name: name, rows: rows, digest: digest, lastNumber: element["last_number"]?.int64)
    }
}

/// The last line: without it an export is not whole.
struct ExportEnd: Equatable, Sendable {
    let tables: Int64
    let rows: Int64
    /// One JSON object.
    let balance: String

    init(tables: [TransferredTable], balance: String) {
        self.tables = Int64(tables.count)
        rows = tables.reduce(0) { $0 + $1.rows }
        self.balance = balance
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("end")
            writer.object { writer in
                writer.key("tables")
                writer.integer(tables)
                writer.key("rows")
                writer.integer(rows)
                writer.key("balance")
                writer.string(balance)
            }
        }
    }

    init?(_ element: JSONElement) {
        guard let end = element["end"], let tables = end["tables"]?.int64,
            let rows = end["rows"]?.int64, let balance = end["balance"]?.string
        else { return nil }
        self.tables = tables
        self.rows = rows
        self.balance = balance
    }
}

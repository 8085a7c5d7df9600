/// Reads and fills whole tables.
extension Transaction {
    /// Rows of a page at most, and bytes of text and bytes in it at about the most, since PostgreSQL
    /// sends a whole answer before the first row of it can be read.
    private static let pageRowsMax = 4_096
    private static let pageBytesMax = 4 << 20

    /// Shows every row of a table to `body`, columns in the table's order, page by page along its key.
    package func eachRow(
        of table: StoredTable, _ body: (Row) throws -> Void
    ) throws {
        let first = table.page(after: false, Self.pageRowsMax, Self.pageBytesMax)
        let next = table.page(after: true, Self.pageRowsMax, Self.pageBytesMax)
        var place: [SQLValue] = []
        while true {
            var failure: (any Error)?
            var last: [SQLValue]?
            try each(place.isEmpty ? first : next, values: place) { row in
                do {
                    try body(row)
                    last = table.keyPlaces.map { row.value($0.index, $0.kind) }
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
            if let failure { throw failure }
            guard let last else { return }
            place = last
        }
    }

    /// How many rows a table has.
    package func count(of table: StoredTable) throws(StoreFault) -> Int64 {
        let text = "SELECT count(*) FROM \(table.quotedName)"
        return try first(SQL(ofTable: text, text)) { $0.integer(0) } ?? 0
    }

    /// Whether a table has no row.
    package func isEmpty(_ table: StoredTable) throws(StoreFault) -> Bool {
        let text = "SELECT 1 FROM \(table.quotedName) LIMIT 1"
        return try first(SQL(ofTable: text, text)) { _ in false } ?? true
    }

    /// Adds rows, a column of values for each of the table's columns.
    package func insert(
        into table: StoredTable, columns: [SQLColumn]
    ) throws(StoreFault) {
        try runEach(table.insertion, columns: columns) { _ in }
    }

    /// Takes every row away; tables that point to this one go first.
    package func clear(_ table: StoredTable) throws(StoreFault) {
        let text = "DELETE FROM \(table.quotedName)"
        try execute(SQL(ofTable: text, text))
    }
}

extension StoredTable {
    fileprivate var keyPlaces: [(index: Int, kind: Column.Kind)] {
        key.compactMap { part in
            columns.firstIndex(of: part).map { (index: $0, kind: part.kind) }
        }
    }

    /// A page of rows along the key. SQLite gives rows as they are read, so it needs no bound on bytes.
    fileprivate func page(after isNext: Bool, _ rowsMax: Int, _ bytesMax: Int) -> SQL {
        let parameters = key.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let place = isNext ? "WHERE (\(keyList)) > (\(parameters))" : ""
        let plain = """
            SELECT \(columnList) FROM \(quotedName) \(place) ORDER BY \(keyList) LIMIT \(rowsMax)
            """
        let lengths = columns.filter { $0.kind != .integer }.map {
            "COALESCE(octet_length(\(quoted($0.name))), 0)"
        }
        guard !lengths.isEmpty else { return SQL(ofTable: plain, plain) }
        let bounded = """
            SELECT \(columnList) FROM (
                SELECT *, sum(convey_bytes) OVER (ORDER BY \(keyList)
                    ROWS UNBOUNDED PRECEDING) - convey_bytes AS convey_before
                FROM (
                    SELECT \(columnList), \(lengths.joined(separator: " + ")) AS convey_bytes
                    FROM \(quotedName) \(place) ORDER BY \(keyList) LIMIT \(rowsMax)) AS page
            ) AS counted
            WHERE convey_before < \(bytesMax) ORDER BY \(keyList)
            """
        return SQL(ofTable: plain, bounded)
    }

    /// PostgreSQL takes columns as arrays.
    fileprivate var insertion: SQL {
        let parameters = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let arrays = columns.enumerated().map { index, column in
            "$\(index + 1)::\(column.kind.postgresName)[]"
        }
        let head = "INSERT INTO \(quotedName) (\(columnList))"
        return SQL(
            ofTable: "\(head) VALUES (\(parameters))",
            "\(head) SELECT * FROM unnest(\(arrays.joined(separator: ", ")))")
    }
}

extension StoredTable.Column.Kind {
    fileprivate var postgresName: String {
        switch self {
        case .integer: "bigint"
        case .text: "text"
        case .bytes: "bytea"
        }
    }
}

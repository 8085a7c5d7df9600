/// The numbers that a database gives to rows by itself: none is given twice, not even after its row is
/// gone, so a copy goes on where its original stopped.
extension Transaction {
    /// The highest number that was given in a table; nil where none was, or the table gives none.
    package func lastNumber(of table: StoredTable) throws(StoreFault) -> Int64? {
        guard table.isNumbered else { return nil }
        return try first(Numbers.last, .text(table.name)) { $0.optionalInteger(0) } ?? nil
    }

    /// Makes the table's next number one above all that it holds, and above `last`.
    ///
    /// A sequence of PostgreSQL that ends below 2⁶³ gives the lower part of a number only: there the
    /// lower parts count.
    package func raiseNumbers(of table: StoredTable, to last: Int64?) throws(StoreFault) {
        guard table.isNumbered else { return }
        try each(Numbers.raising(table), values: [.text(table.name), .optional(last)]) { _ in true }
    }
}

private enum Numbers {
    static let last = SQL(
        sqlite: "SELECT seq FROM sqlite_sequence WHERE name = $1",
        postgres: """
            SELECT pg_sequence_last_value(COALESCE(
                to_regclass(pg_get_serial_sequence($1, 'number')), to_regclass($1 || '_number')))
            """)

    /// SQLite has counted the rows that were put in; only numbers of rows that are gone are missing.
    static func raising(_ table: StoredTable) -> SQL {
        SQL(
            ofTable: """
                INSERT OR REPLACE INTO sqlite_sequence (rowid, name, seq)
                SELECT (SELECT rowid FROM sqlite_sequence WHERE name = $1), $1, max($2,
                    COALESCE((SELECT seq FROM sqlite_sequence WHERE name = $1), 0))
                WHERE $2 IS NOT NULL
                """,
            """
            SELECT setval(CAST(seqrelid AS regclass), GREATEST($2 & seqmax,
                (SELECT max("number" & seqmax) FROM \(table.quotedName))))
            FROM pg_sequence
            WHERE seqrelid = COALESCE(
                to_regclass(pg_get_serial_sequence($1, 'number')), to_regclass($1 || '_number'))
            """)
    }
}

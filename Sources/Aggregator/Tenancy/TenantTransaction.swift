package import Store

/// A transaction that sees one organization only: every statement has that organization bound as
/// `$1`, and only a `TenantSQL`, which names it, can be run. Forgetting the wall does not compile.
package struct TenantTransaction {
    /// The short number of the organization.
    package let organization: Int64
    let transaction: Transaction

    /// Takes a transaction for one organization; its number comes from a credential or an operator,
    /// never from a request's body or path.
    package init(_ transaction: Transaction, organization: Int64) {
        self.transaction = transaction
        self.organization = organization
    }

    /// Runs a statement and says how many rows it changed. Values start at `$2`.
    @discardableResult
    package func run(_ sql: TenantSQL, _ values: SQLValue...) throws(StoreFault) -> Int {
        try run(sql, values: values)
    }

    /// Runs a statement whose values stand in a list, from `$2` on.
    @discardableResult
    package func run(_ sql: TenantSQL, values: [SQLValue]) throws(StoreFault) -> Int {
        try transaction.run(sql.sql, values: [.integer(organization)] + values)
    }

    /// Every row of the answer. Values start at `$2`.
    package func all<T>(
        _ sql: TenantSQL, _ values: SQLValue..., make: (Row) -> T
    ) throws(StoreFault) -> [T] {
        var found: [T] = []
        try transaction.each(sql.sql, values: [.integer(organization)] + values) { row in
            found.append(make(row))
            return true
        }
        return found
    }

    /// The first row of the answer; nil when there is none. Values start at `$2`.
    package func first<T>(
        _ sql: TenantSQL, _ values: SQLValue..., make: (Row) -> T
    ) throws(StoreFault) -> T? {
        var found: T?
        try transaction.each(sql.sql, values: [.integer(organization)] + values) { row in
            found = make(row)
            return false
        }
        return found
    }

    /// Shows every row of the answer to `body` without keeping any; false ends it. Values start at `$2`.
    package func each(
        _ sql: TenantSQL, _ values: SQLValue..., body: (Row) -> Bool
    ) throws(StoreFault) {
        try transaction.each(sql.sql, values: [.integer(organization)] + values, body: body)
    }

    /// Runs a statement for many rows at once, as `Transaction.runEach` does: SQLite once a row, with
    /// PostgreSQL's columns as arrays. Columns start at `$2`; those that are no constants have one
    /// length.
    /// - Parameter each: gets what `RETURNING` or `SELECT` answers. PostgreSQL promises no order.
    /// - Returns: how many rows were changed, together.
    @discardableResult
    package func runEach(
        _ sql: TenantSQL, _ columns: SQLColumn..., each: (Row) -> Void = { _ in }
    ) throws(StoreFault) -> Int {
        try transaction.runEach(
            sql.sql, columns: [.constant(.integer(organization))] + columns, each: each)
    }
}

/// A constant text of SQL in which `$1` is the organization.
package struct TenantSQL: Sendable {
    let sql: SQL

    /// One text that both databases accept. A text that names neither `organization` nor `$1` is a
    /// bug, and stops the program when it is first used.
    package init(_ text: StaticString) { self.init(sqlite: text, postgres: text) }

    /// One text each, where the dialects differ; the caller says why.
    package init(sqlite: StaticString, postgres: StaticString) {
        precondition(
            [sqlite.description, postgres.description].allSatisfy {
                $0.contains("organization") && $0.contains("$1")
            }, "A tenant's statement is bound to its organization.")
        sql = SQL(sqlite: sqlite, postgres: postgres)
    }
}

/// A transaction, inside the closure of `Store.read` or `Store.write`, which alone can make one.
///
/// Every call blocks its thread, which the database owns: nothing else may be waited for in there,
/// least of all the network. Rooms add their statements as extensions.
package struct Transaction {
    let engine: any TransactionEngine

    init(_ engine: any TransactionEngine) { self.engine = engine }

    /// Runs a statement and says how many rows it changed.
    @discardableResult
    package func run(_ sql: SQL, _ values: SQLValue...) throws(StoreFault) -> Int {
        try engine.run(sql, values)
    }

    /// Runs a statement for callers that put the values together themselves.
    @discardableResult
    package func run(_ sql: SQL, values: [SQLValue]) throws(StoreFault) -> Int {
        try engine.run(sql, values)
    }

    /// Shows every row to `body`, for callers that put the values together themselves.
    package func each(
        _ sql: SQL, values: [SQLValue], body: (Row) -> Bool
    ) throws(StoreFault) {
        try engine.rows(sql, values, body)
    }

    /// Every row of the answer, made into something by `make`. The statement bounds how many come.
    package func all<T>(
        _ sql: SQL, _ values: SQLValue..., make: (Row) -> T
    ) throws(StoreFault) -> [T] {
        var found: [T] = []
        try engine.rows(sql, values) { row in
            found.append(make(row))
            return true
        }
        return found
    }

    /// The first row of the answer, made into something by `make`; nil when there is none.
    package func first<T>(
        _ sql: SQL, _ values: SQLValue..., make: (Row) -> T
    ) throws(StoreFault) -> T? {
        var found: T?
        try engine.rows(sql, values) { row in
            found = make(row)
            return false
        }
        return found
    }

    /// Shows every row to `body`, without keeping any; for long answers. False ends it.
    package func each(
        _ sql: SQL, _ values: SQLValue..., body: (Row) -> Bool
    ) throws(StoreFault) {
        try engine.rows(sql, values, body)
    }

    /// Runs a statement for many rows at once.
    ///
    /// SQLite runs its text once a row, in order, and binds one value of each column. PostgreSQL runs
    /// its text once and binds each column as an array, which the text opens with `unnest`: that is
    /// why such statements have two texts.
    /// - Parameter columns: all of one length, constants aside.
    /// - Parameter each: gets what `RETURNING` or `SELECT` answers. PostgreSQL promises no order.
    /// - Returns: how many rows were changed, together.
    @discardableResult
    package func runEach(
        _ sql: SQL, _ columns: SQLColumn..., each: (Row) -> Void = { _ in }
    ) throws(StoreFault) -> Int {
        try runEach(sql, columns: columns, each: each)
    }

    /// Runs a statement for many rows at once, for callers that put the columns together themselves.
    @discardableResult
    package func runEach(
        _ sql: SQL, columns: [SQLColumn], each: (Row) -> Void
    ) throws(StoreFault) -> Int {
        let counts = Set(columns.compactMap(\.count))
        precondition(counts.count == 1, "The columns of runEach have one length.")
        return try engine.runEach(sql, columns, rows: counts.first ?? 0, each)
    }

    /// Inserts many rows, passes over those that conflict, and says which went in.
    ///
    /// As `runEach`; PostgreSQL's text ends with `RETURNING` the column that identifies the rows.
    /// - Parameter number: the parameter, from 1, whose integers identify the rows.
    /// - Returns: the identifying integers of the rows that went in.
    package func insertNew(
        _ sql: SQL, _ columns: SQLColumn..., identifiedBy number: Int
    ) throws(StoreFault) -> Set<Int64> {
        guard case .integers(let identities) = columns[number - 1] else {
            preconditionFailure("Rows are identified by a column of integers.")
        }
        return try engine.insertNew(sql, columns, identities: identities)
    }

    /// Runs several statements that bind nothing and whose answers nobody wants: migrations.
    package func execute(_ script: SQL) throws(StoreFault) { try engine.execute(script) }
}

/// What a database does for a transaction that is open on it.
protocol TransactionEngine: AnyObject {
    func run(_ sql: SQL, _ values: [SQLValue]) throws(StoreFault) -> Int
    func rows(_ sql: SQL, _ values: [SQLValue], _ body: (Row) -> Bool) throws(StoreFault)
    func runEach(
        _ sql: SQL, _ columns: [SQLColumn], rows: Int, _ body: (Row) -> Void
    ) throws(StoreFault) -> Int
    func insertNew(
        _ sql: SQL, _ columns: [SQLColumn], identities: [Int64]
    ) throws(StoreFault) -> Set<Int64>
    func execute(_ script: SQL) throws(StoreFault)
    func lock(_ name: LockName) throws(StoreFault)
    func share(_ name: LockName) throws(StoreFault)
    func tryLock(_ name: LockName) throws(StoreFault) -> Bool
    func announce(_ signal: StoreSignal) throws(StoreFault)
}

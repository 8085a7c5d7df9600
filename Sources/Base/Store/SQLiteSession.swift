import SQLite

/// A connection as transactions use it. Lives on the thread that its owner gave it.
final class SQLiteSession: TransactionEngine {
    let connection: SQLite::Connection
    /// What the open transaction announces, by name.
    var announced: [String] = []

    init(path: String, mode: OpenMode) throws(StoreFault) {
        do throws(SQLiteError) {
            connection = try SQLite::Connection(path: path, mode: mode)
        } catch {
            throw StoreFault(error)
        }
    }

    func execute(_ text: String) throws(StoreFault) {
        do throws(SQLiteError) {
            try connection.execute(text)
        } catch {
            throw StoreFault(error)
        }
    }

    func execute(_ script: SQL) throws(StoreFault) { try execute(script.sqlite) }

    func run(_ sql: SQL, _ values: [SQLValue]) throws(StoreFault) -> Int {
        do throws(SQLiteError) {
            return try statement(sql, values).run()
        } catch {
            throw StoreFault(error)
        }
    }

    func rows(_ sql: SQL, _ values: [SQLValue], _ body: (Row) -> Bool) throws(StoreFault) {
        do throws(SQLiteError) {
            let statement = try statement(sql, values)
            while let row = try statement.next() {
                guard body(Row(source: row)) else { return statement.clear() }
            }
        } catch {
            throw StoreFault(error)
        }
    }

    func runEach(
        _ sql: SQL, _ columns: [SQLColumn], rows: Int, _ body: (Row) -> Void
    ) throws(StoreFault) -> Int {
        do throws(SQLiteError) {
            let statement = try statement(sql, constantsOf: columns)
            let before = connection.totalChanges
            for row in 0..<rows {
                try statement.bind(columns, row)
                while let answer = try statement.next() { body(Row(source: answer)) }
            }
            return connection.totalChanges - before
        } catch {
            throw StoreFault(error)
        }
    }

    /// Tells by the count of changes: `RETURNING` costs SQLite a temporary table a row.
    func insertNew(
        _ sql: SQL, _ columns: [SQLColumn], identities: [Int64]
    ) throws(StoreFault) -> Set<Int64> {
        do throws(SQLiteError) {
            let statement = try statement(sql, constantsOf: columns)
            var inserted = Set<Int64>(minimumCapacity: identities.count)
            for (row, identity) in identities.enumerated() {
                try statement.bind(columns, row)
                if try statement.run() > 0 { inserted.insert(identity) }
            }
            return inserted
        } catch {
            throw StoreFault(error)
        }
    }

    /// There is one writer.
    func lock(_ name: LockName) {}

    func share(_ name: LockName) {}

    func tryLock(_ name: LockName) -> Bool { true }

    func announce(_ signal: StoreSignal) { announced.append(signal.name) }

    private func statement(
        _ sql: SQL, constantsOf columns: [SQLColumn]
    ) throws(SQLiteError) -> Statement {
        let statement = try connection.statement(sql.sqlite)
        precondition(statement.parameterCount == columns.count, "Every parameter has a column.")
        for (index, column) in columns.enumerated() {
            guard case .constant(let value) = column else { continue }
            try statement.bind(index + 1, value)
        }
        return statement
    }

    private func statement(
        _ sql: SQL, _ values: [SQLValue]
    ) throws(SQLiteError) -> Statement {
        let statement = try connection.statement(sql.sqlite)
        precondition(statement.parameterCount == values.count, "Every parameter has a value.")
        for (index, value) in values.enumerated() { try statement.bind(index + 1, value) }
        return statement
    }
}

extension Statement {
    fileprivate func bind(_ number: Int, _ value: SQLValue) throws(SQLiteError) {
        switch value {
        case .integer(let value): try bind(number, value)
        case .text(let value): try bind(number, value)
        case .bytes(let value): try bind(number, value)
        case .real(let value): try bind(number, value)
        case .null: try bindNull(number)
        }
    }

    /// Binds a row's values; constants stay bound.
    fileprivate func bind(_ columns: [SQLColumn], _ row: Int) throws(SQLiteError) {
        for (index, column) in columns.enumerated() { try bind(index + 1, column, row) }
    }

    private func bind(_ number: Int, _ column: SQLColumn, _ row: Int) throws(SQLiteError) {
        switch column {
        case .constant: break
        case .integers(let values): try bind(number, values[row])
        case .optionalIntegers(let values):
            if let value = values[row] { try bind(number, value) } else { try bindNull(number) }
        case .texts(let values): try bind(number, values[row])
        case .optionalTexts(let values):
            if let value = values[row] { try bind(number, value) } else { try bindNull(number) }
        case .bytes(let values): try bind(number, values[row])
        case .optionalBytes(let values):
            if let value = values[row] { try bind(number, value) } else { try bindNull(number) }
        }
    }
}

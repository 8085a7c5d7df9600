import CSQLite

/// A prepared statement. Parameters are written `$1`, `$2` … and bound by that name: SQLite numbers
/// them by first appearance, so position in the text means nothing here.
///
/// Used by one thread at a time, as its connection is. A statement may outlive its connection: the
/// file then closes with the last of them.
@safe
package final class Statement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer
    /// SQLite's own index of parameter `$n` at `n - 1`.
    private let indexes: [Int32]

    init(_ sql: String, _ connection: OpaquePointer) throws(SQLiteError) {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let handle = unsafe prepared else {
            throw unsafe SQLiteError("prepare a statement", code, connection)
        }
        unsafe self.handle = handle
        unsafe self.connection = connection
        let count = unsafe sqlite3_bind_parameter_count(handle)
        self.indexes = (0..<count).map { number in
            unsafe sqlite3_bind_parameter_index(handle, "$\(number + 1)")
        }
        precondition(!indexes.contains(0), "Parameters are $1 to $n without a gap.")
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// How many parameters the text has.
    package var parameterCount: Int { indexes.count }

    /// Binds parameter `$number`.
    package func bind(_ number: Int, _ value: Int64) throws(SQLiteError) {
        try check(unsafe sqlite3_bind_int64(handle, indexes[number - 1], value))
    }

    /// Binds parameter `$number`.
    package func bind(_ number: Int, _ value: Double) throws(SQLiteError) {
        try check(unsafe sqlite3_bind_double(handle, indexes[number - 1], value))
    }

    /// Binds parameter `$number`; the text is copied.
    package func bind(_ number: Int, _ value: String) throws(SQLiteError) {
        var value = value
        let code = value.withUTF8 { utf8 in
            guard let start = utf8.baseAddress else {
                return unsafe sqlite3_bind_text(handle, indexes[number - 1], "", 0, nil)
            }
            return unsafe start.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
                unsafe sqlite3_bind_text64(
                    handle, indexes[number - 1], $0, UInt64(utf8.count),
                    convey_sqlite_transient(), UInt8(SQLITE_UTF8))
            }
        }
        try check(code)
    }

    /// Binds parameter `$number`; the bytes are copied.
    package func bind(_ number: Int, _ value: [UInt8]) throws(SQLiteError) {
        try bind(number, unsafe value.span.bytes)
    }

    /// Binds parameter `$number`; the bytes are copied.
    package func bind(_ number: Int, _ value: RawSpan) throws(SQLiteError) {
        let code = unsafe value.withUnsafeBytes { bytes in
            unsafe bind(number, bytes, convey_sqlite_transient())
        }
        try check(code)
    }

    /// Binds parameter `$number` to null, as every parameter is before it is bound.
    package func bindNull(_ number: Int) throws(SQLiteError) {
        try check(unsafe sqlite3_bind_null(handle, indexes[number - 1]))
    }

    /// The next row, or nil after the last, when the statement is reset for its next run and keeps
    /// what is bound. A row may be read until the next call. Who stops early calls `clear()`.
    package func next() throws(SQLiteError) -> Row? {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return Row(self)
        case SQLITE_DONE:
            unsafe sqlite3_reset(handle)
            return nil
        case let code:
            let error = error("run a statement", code)
            unsafe sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs to the end, whatever rows come, and says how many rows it changed: 0 for `SELECT`.
    @discardableResult
    package func run() throws(SQLiteError) -> Int {
        let before = unsafe sqlite3_total_changes64(connection)
        while try next() != nil {}
        guard unsafe sqlite3_total_changes64(connection) != before else { return 0 }
        return Int(unsafe sqlite3_changes64(connection))
    }

    /// Runs to the end with parameter `$number` read from the caller's memory, without a copy.
    /// The parameter is null afterwards.
    @discardableResult
    package func run(borrowing bytes: RawSpan, as number: Int) throws(SQLiteError) -> Int {
        let outcome: Result<Int, SQLiteError> = unsafe bytes.withUnsafeBytes { bytes in
            do throws(SQLiteError) {
                try check(unsafe bind(number, bytes, nil))
                return .success(try run())
            } catch {
                return .failure(error)
            }
        }
        unsafe sqlite3_bind_null(handle, indexes[number - 1])
        return try outcome.get()
    }

    /// Runs to the end with parameter `$number` read from the array's own memory, without a copy.
    @discardableResult
    package func run(borrowing bytes: [UInt8], as number: Int) throws(SQLiteError) -> Int {
        try run(borrowing: unsafe bytes.span.bytes, as: number)
    }

    /// True between a row and the reset.
    package var isBusy: Bool { unsafe sqlite3_stmt_busy(handle) != 0 }

    /// Resets the statement and makes every parameter null.
    package func clear() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    /// The columns of the current row, for `Row`.
    func withHandle<T>(_ body: (OpaquePointer) -> T) -> T { unsafe body(handle) }

    /// A nil destructor is `SQLITE_STATIC`. An empty blob needs an address, or it would be null.
    private func bind(
        _ number: Int, _ bytes: UnsafeRawBufferPointer, _ destructor: sqlite3_destructor_type?
    ) -> Int32 {
        guard let base = bytes.baseAddress, unsafe !bytes.isEmpty else {
            return unsafe sqlite3_bind_zeroblob(handle, indexes[number - 1], 0)
        }
        return unsafe sqlite3_bind_blob64(
            handle, indexes[number - 1], base, UInt64(bytes.count), destructor)
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw error("bind a value", code) }
    }

    private func error(_ operation: String, _ code: Int32) -> SQLiteError {
        unsafe SQLiteError(operation, code, connection)
    }
}

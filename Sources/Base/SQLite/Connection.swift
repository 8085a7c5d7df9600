import CSQLite

/// One connection to one SQLite file: WAL, `synchronous=FULL`, foreign keys on.
///
/// Plain and synchronous: every call blocks, and all calls come from one thread at a time. A commit
/// that returned is on disk. Statements are prepared once and kept until the connection closes.
@safe
package struct Connection: ~Copyable {
    /// How long a call waits for another connection's lock before it fails as `busy`.
    package static let busyTimeoutMilliseconds: Int32 = 5_000

    /// The file as it was named to `init`.
    package let path: String
    let handle: OpaquePointer
    private let cache = StatementCache()

    /// Opens a file and sets every option this house relies on.
    /// - Throws: `cannotOpen`, `readOnly`, `corrupt`, or `diskFull` where the log cannot be made.
    package init(path: String, mode: OpenMode) throws(SQLiteError) {
        self.path = path
        unsafe self.handle = try Opening.open(path, mode)
    }

    /// A new file for a backup: nothing is set that would write to it before the copy does.
    init(copyTarget path: String) throws(SQLiteError) {
        self.path = path
        unsafe self.handle = try Opening.open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
    }

    deinit {
        cache.removeAll()
        unsafe sqlite3_close_v2(handle)
    }

    /// Runs SQL that binds nothing and returns nothing; several statements may stand in one text.
    package func execute(_ sql: String) throws(SQLiteError) {
        try unsafe Opening.execute(sql, handle)
    }

    /// The prepared statement of a text: the kept one, reset, with nothing bound. While a kept one is
    /// being stepped, a second is made, so that loops over the same text may be nested.
    package func statement(_ sql: String) throws(SQLiteError) -> Statement {
        if let kept = cache[sql], !kept.isBusy {
            kept.clear()
            return kept
        }
        let statement = try prepare(sql)
        cache.keep(statement, for: sql)
        return statement
    }

    /// Prepares a statement that is not kept by the connection: for text that is used once.
    package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        try unsafe Statement(sql, handle)
    }

    /// True between `BEGIN` and the end of its transaction. SQLite ends one by itself after some
    /// faults (disk full, I/O, memory), so ask after every failure.
    package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Ends the transaction, if one is open, and drops what it changed. Statements that were left in
    /// the middle of their rows are reset first. Cannot fail in a way that a caller could mend: should
    /// SQLite refuse, `isInTransaction` stays true and the next `BEGIN` says why.
    package func rollBack() {
        resetStatements()
        guard isInTransaction else { return }
        unsafe sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
    }

    /// The rowid of the last row that this connection inserted.
    package var lastInsertRowID: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

    /// Rows that this connection changed since it was opened, triggers and cascades included.
    package var totalChanges: Int { unsafe Int(sqlite3_total_changes64(handle)) }

    /// Resets every statement that was left in the middle of its rows, so that none holds a lock.
    package func resetStatements() {
        var next = unsafe sqlite3_next_stmt(handle, nil)
        while let statement = unsafe next {
            unsafe sqlite3_reset(statement)
            unsafe next = sqlite3_next_stmt(handle, statement)
        }
    }

    func error(_ operation: String, _ code: Int32) -> SQLiteError {
        unsafe SQLiteError(operation, code, handle)
    }
}

/// The prepared statements of one connection by their text; at most `limit`, then it starts afresh.
private final class StatementCache {
    private static let limit = 256
    private var statements: [String: Statement] = [:]

    subscript(_ sql: String) -> Statement? { statements[sql] }

    func keep(_ statement: Statement, for sql: String) {
        guard statements[sql] == nil else { return }
        if statements.count >= Self.limit { statements.removeAll() }
        statements[sql] = statement
    }

    func removeAll() { statements.removeAll() }
}

import CSQLite

/// The steps from a path to a handle that is set up; a handle that fails a step is closed.
enum Opening {
    static func open(_ path: String, _ mode: OpenMode) throws(SQLiteError) -> OpaquePointer {
        let access =
            switch mode {
            case .owner: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .reader, .salvage: SQLITE_OPEN_READONLY
            }
        let handle = try unsafe open(path, access)
        do throws(SQLiteError) {
            try unsafe configure(handle, mode)
        } catch {
            unsafe sqlite3_close_v2(handle)
            throw error
        }
        return unsafe handle
    }

    /// Once a process, before its first connection.
    private static let isPrepared = convey_sqlite_stop_counting_memory() == SQLITE_OK

    /// Connections are used by one thread at a time, so SQLite need not lock its own.
    static func open(_ path: String, _ access: Int32) throws(SQLiteError) -> OpaquePointer {
        precondition(isPrepared, "Nothing else in this process sets up SQLite.")
        var opened: OpaquePointer?
        let flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let handle = unsafe opened else {
            let error = unsafe SQLiteError("open the database", code, opened)
            unsafe sqlite3_close_v2(opened)
            throw error
        }
        return unsafe handle
    }

    static func execute(_ sql: String, _ handle: OpaquePointer) throws(SQLiteError) {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else {
            throw unsafe SQLiteError("execute a statement", code, handle)
        }
    }

    private static func configure(
        _ handle: OpaquePointer, _ mode: OpenMode
    ) throws(SQLiteError) {
        unsafe sqlite3_busy_timeout(handle, Connection.busyTimeoutMilliseconds)
        if mode == .salvage { try unsafe execute("PRAGMA writable_schema = ON", handle) }
        try unsafe execute(
            """
            PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
            PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL
            """, handle)
        switch mode {
        case .owner(let checkpointPages):
            try unsafe requireWriteAheadLog(handle)
            unsafe sqlite3_wal_autocheckpoint(handle, checkpointPages)
        case .reader, .salvage:
            unsafe sqlite3_wal_autocheckpoint(handle, 0)
            unsafe convey_sqlite_configure(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            try unsafe execute("PRAGMA query_only = ON", handle)
        }
    }

    private static func requireWriteAheadLog(_ handle: OpaquePointer) throws(SQLiteError) {
        let statement = try unsafe Statement("PRAGMA journal_mode = WAL", handle)
        let mode = try statement.next()?.text(0)
        statement.clear()
        guard mode == "wal" else {
            throw SQLiteError(
                "switch to the write-ahead log", code: SQLITE_CANTOPEN, systemError: 0,
                message: "this file or file system does not allow it")
        }
    }
}

import CSQLite
import Glibc

/// What a checkpoint reached, in pages of the log.
package struct CheckpointResult: Sendable, Equatable {
    /// Pages in the log afterwards; 0 after it was cut.
    package let logPages: Int
    /// Pages of those that the database file holds too.
    package let copiedPages: Int
}

/// Bytes on disk of a database's files; a file that is not there counts 0.
package struct FileSizes: Sendable, Equatable {
    /// The file itself.
    package let database: Int64
    /// The write-ahead log beside it.
    package let log: Int64
    /// Bytes inside `database` that hold nothing and are used before it grows.
    package let free: Int64
}

extension Connection {
    /// How hard a checkpoint tries.
    package enum CheckpointMode: Sendable {
        /// Copies what no reader still needs; waits for nobody.
        case passive
        /// Waits for readers, copies all, and cuts the log to nothing.
        case truncate
    }

    /// Copies the log into the database file. Only the owner may call it.
    /// - Parameter patience: milliseconds that `truncate` waits for readers.
    /// - Throws: `busy` when readers keep the log in use for longer.
    @discardableResult
    package func checkpoint(
        _ mode: CheckpointMode, patience: Int32 = busyTimeoutMilliseconds
    ) throws(SQLiteError) -> CheckpointResult {
        unsafe sqlite3_busy_timeout(handle, patience)
        defer { unsafe sqlite3_busy_timeout(handle, Self.busyTimeoutMilliseconds) }
        var logPages: Int32 = 0
        var copiedPages: Int32 = 0
        let how = mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, how, &logPages, &copiedPages)
        guard code == SQLITE_OK else { throw error("checkpoint", code) }
        return CheckpointResult(logPages: Int(logPages), copiedPages: Int(copiedPages))
    }

    /// Pages that this connection has written since it was opened, the log's pages too.
    package var pagesWritten: Int {
        var count: Int32 = 0
        var highest: Int32 = 0
        unsafe sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_WRITE, &count, &highest, 0)
        return Int(UInt32(bitPattern: count))
    }

    /// How deep a check of the whole file goes.
    package enum CheckDepth: Sendable {
        /// Every page and row, without comparing indexes with tables.
        case quick
        /// Everything, indexes and foreign keys too; reads the whole file several times.
        case full
    }

    /// Reads the whole file and names what is wrong; empty when it is sound. At most 100 lines.
    package func check(_ depth: CheckDepth) throws(SQLiteError) -> [String] {
        var findings = try findings(
            of: depth == .quick ? "PRAGMA quick_check(100)" : "PRAGMA integrity_check(100)")
        if depth == .full, try prepare("PRAGMA foreign_key_check").next() != nil {
            findings.append("a row points to another that is not there")
        }
        return findings
    }

    /// Reads one table with its indexes and names what is wrong, `CHECK` rules too; empty when it is
    /// sound. For tables that are small in a file that is not.
    package func check(table name: StaticString) throws(SQLiteError) -> [String] {
        try findings(of: "PRAGMA integrity_check('\(name)')")
    }

    private func findings(of pragma: String) throws(SQLiteError) -> [String] {
        let statement = try prepare(pragma)
        var findings: [String] = []
        while let row = try statement.next() {
            if let line = row.text(0), line != "ok" { findings.append(line) }
        }
        return findings
    }

    /// The sizes of the database and its log now.
    package func fileSizes() throws(SQLiteError) -> FileSizes {
        FileSizes(
            database: Self.size(of: path), log: Self.size(of: path + "-wal"),
            free: try integer("PRAGMA freelist_count") * integer("PRAGMA page_size"))
    }

    private func integer(_ pragma: String) throws(SQLiteError) -> Int64 {
        let statement = try statement(pragma)
        defer { statement.clear() }
        return try statement.next()?.integer(0) ?? 0
    }

    private static func size(of path: String) -> Int64 {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return 0 }
        return Int64(status.st_size)
    }
}

extension Connection {
    /// Makes closing leave the log as it is. After a failed write or fsync of the owner: closing would
    /// checkpoint, and a second fsync may succeed without the first one's bytes.
    package func keepLogAtClose() {
        unsafe convey_sqlite_configure(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }
}

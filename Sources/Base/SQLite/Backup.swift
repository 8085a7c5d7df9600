import CSQLite
import Glibc

extension Connection {
    /// Pages copied between two looks at `isCancelled`.
    private static var backupPages: Int32 { 1_024 }

    /// Copies one consistent moment of the whole database to a new file while others go on writing.
    ///
    /// The copy is made under `<target>.partial`, synced, checked, then renamed; an older target is
    /// replaced. The log cannot be shortened while it runs. Call it on a reader.
    /// - Throws: what reading or writing throws; `corrupt` when the copy does not pass its check.
    package func backup(
        to target: String, isCancelled: () -> Bool = { false }
    ) throws(SQLiteError) {
        let partial = target + ".partial"
        Self.remove(partial)
        do throws(SQLiteError) {
            try copy(to: partial, isCancelled)
            try Self.replace(target, with: partial)
        } catch {
            Self.remove(partial)
            throw error
        }
    }

    /// One read transaction keeps the moment: without it, a write would start the copy over.
    private func copy(to partial: String, _ isCancelled: () -> Bool) throws(SQLiteError) {
        try execute("BEGIN; SELECT count(*) FROM sqlite_schema")
        defer { rollBack() }
        let target = try Connection(copyTarget: partial)
        guard let backup = unsafe sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw unsafe target.error("begin a backup", sqlite3_errcode(target.handle))
        }
        var code = SQLITE_OK
        while code == SQLITE_OK && !isCancelled() {
            code = unsafe sqlite3_backup_step(backup, Self.backupPages)
        }
        let finished = unsafe sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, finished == SQLITE_OK else {
            throw target.error("copy the database", finished == SQLITE_OK ? code : finished)
        }
        guard try target.check(.quick).isEmpty else {
            throw SQLiteError(
                "check the copy", code: SQLITE_CORRUPT, systemError: 0,
                message: "the copy is damaged")
        }
    }

    /// The rename makes the copy visible only once it is whole; the directory's fsync keeps it so.
    private static func replace(_ target: String, with partial: String) throws(SQLiteError) {
        for suffix in ["-wal", "-shm"] { remove(partial + suffix) }
        guard sync(partial, 0), unsafe rename(partial, target) == 0,
            sync(directory(of: target), O_DIRECTORY)
        else {
            throw SQLiteError(
                "put the copy in its place", code: SQLITE_IOERR, systemError: errno,
                message: "fsync or rename failed")
        }
    }

    private static func sync(_ path: String, _ flags: Int32) -> Bool {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | flags)
        guard file >= 0 else { return false }
        defer { close(file) }
        return fsync(file) == 0
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func remove(_ path: String) { unsafe unlink(path) }
}

import CSQLite
import Glibc

/// A failed call of SQLite, with what a caller needs to decide and an operator needs to know.
///
/// `message` holds names of our own tables and columns at most, never stored values.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
    /// What a caller can act on; everything else about the failure is for people.
    package enum Kind: Sendable, Equatable {
        /// No space or quota left: nothing of the transaction is kept; deletes may still succeed.
        case diskFull
        /// The file, its directory or the mount refuses writes.
        case readOnly
        /// A read, write or fsync failed: whether the transaction survives a power cut is unknown.
        case io
        /// The file is damaged or is no database.
        case corrupt
        /// Another connection holds the lock for longer than the busy time-out.
        case busy
        /// A `CHECK`, `UNIQUE`, `NOT NULL` or foreign key refused the row.
        case constraint
        /// The file or its directory is not there, or may not be opened.
        case cannotOpen
        /// A value or a text over SQLite's limits, or memory ran out.
        case tooBig
        /// Wrong SQL or a wrong call: a mistake of ours.
        case other
    }

    /// The step that failed, in a few constant words.
    package let operation: String
    /// What a caller can act on.
    package let kind: Kind
    /// SQLite's extended result code, such as 1034 for `SQLITE_IOERR_FSYNC`.
    package let extendedCode: Int32
    /// SQLite's own words.
    package let message: String

    /// - Parameter systemError: `errno` of the failed system call, 0 where there was none.
    init(_ operation: String, code: Int32, systemError: Int32, message: String) {
        self.operation = operation
        self.kind = Self.kind(of: code, systemError: systemError)
        self.extendedCode = code
        self.message = message
    }

    /// The error that a handle holds after a failed call; without a handle, what the code says.
    init(_ operation: String, _ code: Int32, _ handle: OpaquePointer?) {
        guard let handle = unsafe handle else {
            let message = unsafe String(cString: sqlite3_errstr(code))
            self.init(operation, code: code, systemError: 0, message: message)
            return
        }
        unsafe self.init(
            operation, code: code, systemError: sqlite3_system_errno(handle),
            message: String(cString: sqlite3_errmsg(handle)))
    }

    /// One line for a log.
    package var description: String {
        "SQLite could not \(operation): \(message) (code \(extendedCode))"
    }

    private static func kind(of code: Int32, systemError: Int32) -> Kind {
        switch code & 0xFF {
        case SQLITE_FULL: .diskFull
        case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT: .diskFull
        case SQLITE_IOERR where systemError == EROFS: .readOnly
        case SQLITE_IOERR where code == 3082: .tooBig  // SQLITE_IOERR_NOMEM
        case SQLITE_IOERR: .io
        case SQLITE_READONLY, SQLITE_PERM: .readOnly
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_CANTOPEN where systemError == ENOSPC || systemError == EDQUOT: .diskFull
        case SQLITE_CANTOPEN where systemError == EROFS: .readOnly
        case SQLITE_CANTOPEN: .cannotOpen
        case SQLITE_TOOBIG, SQLITE_NOMEM: .tooBig
        default: .other
        }
    }
}

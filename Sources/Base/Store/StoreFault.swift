import Daemon
import Postgres
import SQLite

/// A failure of the database that is not the sender's doing.
package struct StoreFault: Fault, Equatable, CustomStringConvertible {
    /// What went wrong, as far as a caller can act on it.
    package enum Kind: String, Sendable {
        case diskFull = "disk_full"
        case readOnly = "read_only"
        case io
        case corrupt
        /// Another process holds the database's lock.
        case busy
        /// More work waits than is allowed.
        case overloaded
        /// A `CHECK`, `UNIQUE`, `NOT NULL` or foreign key refused a row.
        case constraint
        /// The database was moved elsewhere and closed.
        case moved
        /// The database cannot be opened or reached.
        case unreachable
        /// The store was closed, or closes.
        case closed
        /// A value over the limits, or memory ran out.
        case tooBig = "too_big"
        /// Wrong SQL or a wrong call: a mistake of ours.
        case statement
        /// The database server's own tools do this.
        case ownTools = "own_tools"
    }

    /// The step that failed, in a few constant words.
    package let operation: String
    /// What went wrong.
    package let kind: Kind
    /// The database's own words and code, for a bug report: names of our tables at most, never
    /// stored values. No part of `sentence`.
    package let detail: String

    /// For rooms that find a fault of their own in what is stored, such as a missing row.
    package init(_ operation: String, kind: Kind, detail: String = "") {
        self.operation = operation
        self.kind = kind
        self.detail = detail
    }

    init(_ error: SQLiteError) {
        let kind: Kind =
            switch error.kind {
            case .diskFull: .diskFull
            case .readOnly: .readOnly
            case .io: .io
            case .corrupt: .corrupt
            case .busy: .busy
            case .constraint where error.extendedCode == Self.triggerCode: .moved
            case .constraint: .constraint
            case .cannotOpen: .unreachable
            case .tooBig: .tooBig
            case .other: .statement
            }
        let detail = "\(error.message) (code \(error.extendedCode))"
        self.init(error.operation, kind: kind, detail: detail)
    }

    /// `SQLITE_CONSTRAINT_TRIGGER`: the only triggers of this house close tables.
    private static let triggerCode: Int32 = 1811

    init(_ error: PostgresError) {
        let kind: Kind =
            switch error.kind {
            case .unreachable: .unreachable
            case .conflict, .busy: .busy
            case .overloaded: .overloaded
            case .diskFull: .diskFull
            case .readOnly: .readOnly
            case .io: .io
            case .corrupt: .corrupt
            case .constraint: .constraint
            case .fenced: .moved
            case .tooBig: .tooBig
            case .other: .statement
            }
        let detail = "\(error.message) (state \(error.state.isEmpty ? "none" : error.state))"
        self.init(error.operation, kind: kind, detail: detail)
    }

    /// Whether the same work may succeed later, unchanged: the sender is told to come again.
    package var canRetry: Bool {
        switch kind {
        case .diskFull, .readOnly, .io, .busy, .overloaded, .unreachable, .closed, .moved: true
        case .corrupt, .constraint, .tooBig, .statement, .ownTools: false
        }
    }

    /// What went wrong, in a few words.
    package var cause: String {
        switch kind {
        case .diskFull: "no space is left on its disk"
        case .readOnly: "it may not be written"
        case .io: "its disk failed"
        case .corrupt: "its file is damaged"
        case .busy: "others hold its lock for too long"
        case .overloaded: "too much work waits"
        case .constraint: "a rule of the schema forbids it"
        case .moved: "it was moved elsewhere and takes nothing any more"
        case .unreachable: "it cannot be opened or reached"
        case .closed: "it is closed"
        case .tooBig: "it is too large, or memory ran out"
        case .statement: "the statement is wrong"
        case .ownTools: "PostgreSQL's own tools do that"
        }
    }

    /// What an operator can do about it, in one sentence.
    package var remedy: String {
        switch kind {
        case .diskFull: "Free space on the database's disk, or raise its quota."
        case .readOnly: "Make the database's file, directory and mount writable for this user."
        case .io: "Check the disk: a read, a write or an fsync failed."
        case .corrupt: "Stop the daemon, keep the file, and restore the newest verified backup."
        case .busy:
            "Stop the other process, or end the transaction, that holds this database's locks."
        case .overloaded: "Nothing, unless it lasts: then the disk is too slow for the load."
        case .constraint, .statement, .tooBig: "Report this with the log line: it is a bug."
        case .moved: "Stop this program and start the one that has the new database."
        case .unreachable: "Check that the path or the address is right and may be opened."
        case .closed: "Nothing: the daemon is stopping."
        case .ownTools: "Use pg_dump, pg_basebackup or pg_amcheck."
        }
    }

    /// One line for a log.
    package var description: String {
        "\(sentence) (\(kind.rawValue): \(detail))"
    }
}

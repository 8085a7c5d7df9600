import Daemon
import SQLite

/// The buffer could not do what was asked; what was acknowledged before is untouched.
package struct BufferFault: Fault, Equatable {
    /// What was being done.
    package let operation: String
    /// What went wrong, in our own words.
    package let cause: String
    /// What the operator can do.
    package let remedy: String
    /// Whether the same call may succeed later.
    package let canRetry: Bool
    /// Whether the file itself is damaged.
    let isDamage: Bool

    init(_ operation: String, _ error: SQLiteError) {
        self.operation = operation
        isDamage = error.kind == .corrupt
        (cause, remedy) = Self.words(for: error.kind)
        canRetry = true
    }

    /// The file is closed after an earlier failure and will be opened again.
    static func closed(_ operation: String) -> BufferFault {
        BufferFault(
            operation: operation, cause: "the buffer is closed after a failure of the disk",
            remedy: "It is opened again by itself; see the log for the failure.")
    }

    init(operation: String, cause: String, remedy: String, canRetry: Bool = true) {
        self.operation = operation
        self.cause = cause
        self.remedy = remedy
        self.canRetry = canRetry
        isDamage = false
    }

    private static func words(for kind: SQLiteError.Kind) -> (String, String) {
        switch kind {
        case .diskFull:
            ("no space is left on the disk", "Free space; intake goes on by itself.")
        case .readOnly:
            ("the file or its disk is read-only", "Make it writable; intake goes on by itself.")
        case .io:
            ("the disk reported an error", "Check the disk; the buffer is opened again by itself.")
        case .corrupt:
            ("the file is damaged", "Nothing: it is moved aside and what can be read is kept.")
        case .busy:
            ("another process holds the file", "Stop the other process.")
        case .cannotOpen:
            ("the file cannot be opened", "Check the path and its owner.")
        case .constraint, .tooBig, .other:
            ("SQLite refused it", "Report this as a fault of the program, with the log.")
        }
    }
}

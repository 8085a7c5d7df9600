import SQLite

/// Decides when the log is copied into the file. Counts pages that were written; knows no file.
///
/// A reader keeps the log from being used anew, and a long look through a full buffer lasts minutes:
/// meanwhile the log grows within the budget, and commits hardly wait for the reader.
struct CheckpointPlan {
    /// Copies that readers spoil before the next one waits for them.
    private static let spoiltMax = 8
    private let pages: Int
    private var due: Int
    private var spoilt = 0

    /// - Parameters:
    ///   - pages: the log's usual length.
    ///   - written: what the connection has written so far.
    init(pages: Int, written: Int = 0) {
        self.pages = pages
        due = written + pages
    }

    /// How to copy now; nil when it is too early.
    func mode(written: Int) -> Connection.CheckpointMode? {
        guard written >= due else { return nil }
        return spoilt < Self.spoiltMax ? .passive : .truncate
    }

    /// Takes what became of a copy.
    mutating func ended(isComplete: Bool, written: Int) {
        spoilt = isComplete ? 0 : spoilt + 1
        let rest = isComplete ? pages : spoilt <= Self.spoiltMax ? pages / 2 : pages * 4
        due = written + max(1, rest)
    }
}

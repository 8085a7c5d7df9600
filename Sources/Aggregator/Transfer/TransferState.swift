import Store
import Time

/// What a database is, beside being in use: moved away, half imported, or a copy for a trial. Table
/// `transfer_state`: Transfer. It has at most one row, and none in a database that is in use; the table
/// is never exported.
struct TransferState: Equatable {
    enum Kind: String {
        case importing, trial, moved
    }

    /// The table's name.
    static let table = "transfer_state"

    let kind: Kind
    /// Where it was moved to, or when the export was made that it is a copy of.
    let note: String
    let since: Timestamp

    /// Why this database is not served from.
    var refusal: TransferRefusal {
        switch kind {
        case .importing: .unfinished
        case .trial: .trial(of: note)
        case .moved: .moved(to: note, at: since.description)
        }
    }
}

extension Transaction {
    func transferState() throws(StoreFault) -> TransferState? {
        try first(Statements.select) { row in
            TransferState.Kind(rawValue: row.text(0)).map {
                TransferState(kind: $0, note: row.text(1), since: row.timestamp(2))
            }
        } ?? nil
    }

    func enter(_ state: TransferState?) throws(StoreFault) {
        try run(Statements.delete)
        guard let state else { return }
        try run(
            Statements.insert, .text(state.kind.rawValue), .text(state.note),
            .timestamp(state.since))
    }
}

private enum Statements {
    static let select = SQL("SELECT state, note, since_us FROM transfer_state WHERE one = 1")
    static let delete = SQL("DELETE FROM transfer_state WHERE one = 1")
    static let insert = SQL(
        "INSERT INTO transfer_state (one, state, note, since_us) VALUES (1, $1, $2, $3)")
}

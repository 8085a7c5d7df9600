import Store

extension Schema {
    /// Says of a database that it is not in use: moved away, half imported, or a copy for a trial. At most
    /// one row; none in a database that is in use.
    static let m0022TransferState = Migration(
        22, "transfer state",
        up: SQL(sqlite: TransferState.sqlite, postgres: TransferState.postgres),
        down: .script(SQL("DROP TABLE transfer_state")))
}

private enum TransferState {
    static let sqlite: StaticString = """
        CREATE TABLE transfer_state (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            state TEXT NOT NULL CHECK (state IN ('importing', 'trial', 'moved')),
            note TEXT NOT NULL CHECK (length(note) BETWEEN 1 AND 200),
            since_us INTEGER NOT NULL
        ) STRICT;
        """

    static let postgres: StaticString = """
        CREATE TABLE transfer_state (
            one BIGINT PRIMARY KEY CHECK (one = 1),
            state TEXT NOT NULL CHECK (state IN ('importing', 'trial', 'moved')),
            note TEXT NOT NULL CHECK (length(note) BETWEEN 1 AND 200),
            since_us BIGINT NOT NULL
        );
        """
}

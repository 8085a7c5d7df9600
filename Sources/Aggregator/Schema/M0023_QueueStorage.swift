import Store

extension Schema {
    /// PostgreSQL: `upload` holds years, of which a few rows change state several times each; vacuum
    /// starts at a fiftieth of it, not at a fifth (docs/scaling.md has the figures). The queues that are
    /// nearly empty gain nothing by settings of their own.
    ///
    /// SQLite: an operator's list of all waiting letters is read in the order of their numbers again.
    static let m0023QueueStorage = Migration(
        23, "queue storage",
        up: SQL(sqlite: QueueStorage.sqlite, postgres: QueueStorage.postgres),
        down: .script(SQL(sqlite: QueueStorage.sqliteDown, postgres: QueueStorage.postgresDown)))
}

private enum QueueStorage {
    static let sqlite: StaticString = """
        DROP INDEX dead_letter_waiting;
        CREATE INDEX dead_letter_waiting ON dead_letter (number, organization)
            WHERE state = 'waiting'
        """

    static let sqliteDown: StaticString = """
        DROP INDEX dead_letter_waiting;
        CREATE INDEX dead_letter_waiting ON dead_letter (organization, number)
            WHERE state = 'waiting'
        """

    static let postgres: StaticString = """
        ALTER TABLE upload SET (autovacuum_vacuum_scale_factor = 0.02,
            autovacuum_vacuum_threshold = 1000)
        """

    static let postgresDown: StaticString = """
        ALTER TABLE upload RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)
        """
}

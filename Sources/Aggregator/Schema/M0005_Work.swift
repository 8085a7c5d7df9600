import Store

extension Schema {
    /// Work for the stages after ingest: one row a chunk and stage, written in the transaction that
    /// stores the chunk and deleted in the one that finishes the stage.
    ///
    /// A stage takes rows, not a place in a sequence: with several writers a lower number may become
    /// visible after a higher one.
    static let m0005Work = Migration(
        5, "work",
        up: SQL(sqlite: Work.sqlite, postgres: Work.postgres),
        down: .script(SQL("DROP TABLE work")))
}

private enum Work {
    static let sqlite: StaticString = """
        CREATE TABLE work (
            organization INTEGER NOT NULL,
            stage TEXT NOT NULL CHECK (length(stage) BETWEEN 1 AND 32),
            chunk INTEGER NOT NULL,
            created_at_us INTEGER NOT NULL,
            free_at_us INTEGER NOT NULL,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            PRIMARY KEY (stage, organization, chunk),
            FOREIGN KEY (organization, chunk) REFERENCES chunk (organization, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX work_by_time ON work (stage, free_at_us);
        """

    static let postgres: StaticString = """
        CREATE TABLE work (
            organization BIGINT NOT NULL,
            stage TEXT NOT NULL CHECK (length(stage) BETWEEN 1 AND 32),
            chunk BIGINT NOT NULL,
            created_at_us BIGINT NOT NULL,
            free_at_us BIGINT NOT NULL,
            attempts BIGINT NOT NULL CHECK (attempts >= 0),
            PRIMARY KEY (stage, organization, chunk),
            FOREIGN KEY (organization, chunk) REFERENCES chunk (organization, number)
        );
        CREATE INDEX work_by_time ON work (stage, free_at_us);
        """
}

import Store

extension Schema {
    /// Sites' keys of collectors: `retires_at_us` is when a key that was followed by another is no
    /// longer taken. A collector has at most one key that nothing follows.
    static let m0016KeyOverlap = Migration(
        16, "key_overlap",
        up: SQL(sqlite: KeyOverlap.sqlite, postgres: KeyOverlap.postgres),
        down: .script(
            SQL(
                """
                UPDATE collector_key SET revoked_at_us = retires_at_us
                WHERE revoked_at_us IS NULL AND retires_at_us IS NOT NULL;
                DROP INDEX collector_key_in_force;
                ALTER TABLE collector_key DROP COLUMN retires_at_us;
                CREATE UNIQUE INDEX collector_key_in_force
                    ON collector_key (organization, collector) WHERE revoked_at_us IS NULL
                """)))
}

private enum KeyOverlap {
    static let sqlite: StaticString = """
        ALTER TABLE collector_key ADD COLUMN retires_at_us INTEGER;
        DROP INDEX collector_key_in_force;
        CREATE UNIQUE INDEX collector_key_in_force ON collector_key (organization, collector)
            WHERE revoked_at_us IS NULL AND retires_at_us IS NULL
        """

    static let postgres: StaticString = """
        ALTER TABLE collector_key ADD COLUMN retires_at_us BIGINT;
        DROP INDEX collector_key_in_force;
        CREATE UNIQUE INDEX collector_key_in_force ON collector_key (organization, collector)
            WHERE revoked_at_us IS NULL AND retires_at_us IS NULL
        """
}

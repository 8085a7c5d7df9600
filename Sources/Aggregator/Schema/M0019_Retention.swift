import Store

extension Schema {
    /// Accounts' say on how long an organization's events are kept, where it is not the standard; and
    /// Ingest's count of what has expired, without which the books could not be balanced any more.
    /// `ids_read_at_us` is when all ids of events were looked at last. In PostgreSQL, a week is held
    /// while it is counted, before it is dropped: nobody may delete from it in between.
    static let m0019Retention = Migration(
        19, "retention",
        up: SQL(sqlite: Retention.sqlite, postgres: Retention.postgres),
        down: .refused(
            "Without the count of expired events the books would not balance. Restore the backup that was made before the upgrade."
        ))
}

private enum Retention {
    static let sqlite: StaticString = """
        CREATE TABLE organization_retention (
            organization INTEGER PRIMARY KEY REFERENCES organization (number),
            event_days INTEGER NOT NULL CHECK (event_days BETWEEN 8 AND 36500),
            changed_at_us INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE ingest_expired (
            organization INTEGER PRIMARY KEY REFERENCES organization (number),
            events INTEGER NOT NULL CHECK (events >= 0),
            chunks INTEGER NOT NULL CHECK (chunks >= 0),
            ids INTEGER NOT NULL CHECK (ids >= 0),
            ids_read_at_us INTEGER NOT NULL
        ) STRICT;
        """

    static let postgres: StaticString = """
        CREATE TABLE organization_retention (
            organization BIGINT PRIMARY KEY REFERENCES organization (number),
            event_days BIGINT NOT NULL CHECK (event_days BETWEEN 8 AND 36500),
            changed_at_us BIGINT NOT NULL
        );
        CREATE TABLE ingest_expired (
            organization BIGINT PRIMARY KEY REFERENCES organization (number),
            events BIGINT NOT NULL CHECK (events >= 0),
            chunks BIGINT NOT NULL CHECK (chunks >= 0),
            ids BIGINT NOT NULL CHECK (ids >= 0),
            ids_read_at_us BIGINT NOT NULL
        );
        CREATE FUNCTION convey_hold_week(first_day BIGINT) RETURNS BOOLEAN
        LANGUAGE plpgsql SET lock_timeout = '1s' AS $body$
        BEGIN
            IF to_regclass('event_d' || first_day) IS NULL THEN RETURN false; END IF;
            EXECUTE format('LOCK TABLE %I, %I IN SHARE ROW EXCLUSIVE MODE',
                'event_d' || first_day, 'chunk_d' || first_day);
            RETURN true;
        END $body$;
        """
}

import Store

extension Schema {
    /// Ingest's events in PostgreSQL by week, so that expiry drops a table instead of deleting rows. A
    /// chunk's number carries the day on which it was stored: days since 1970 times 2⁴⁰, plus a
    /// sequence. So a look-up by (organization, chunk) reads one partition, and no key needs a time.
    ///
    /// What was stored before, and what comes from a database without days, has numbers below 2⁴⁰:
    /// `…_undated` holds it. `…_other` holds what no week was made for in time. Weeks are made ahead by
    /// `convey_add_week`, since a statement that names a table of today is no constant. It waits at most
    /// a second for a lock that ingest holds, and leaves a week alone that `…_other` has rows of.
    ///
    /// `event` has no foreign keys there: looking the chunk up for each row costs 13 µs in its own
    /// partition and 31 µs through the parent, the site as much, where the row itself takes 15; one
    /// transaction writes a chunk with its events, and no site is ever deleted. SQLite stays in one
    /// piece, and keeps them.
    static let m0018Partitions = Migration(
        18, "partitions",
        up: SQL(sqlite: Partitions.sqlite, postgres: Partitions.postgres),
        down: .refused(
            "Older programs number chunks otherwise. Restore the backup that was made before the upgrade."
        ))
}

private enum Partitions {
    static let sqlite: StaticString = """
        CREATE INDEX chunk_by_time ON chunk (organization, stored_at_us);
        """

    static let postgres: StaticString = """
        DROP VIEW ingest_event;
        ALTER TABLE work DROP CONSTRAINT work_organization_chunk_fkey;
        ALTER TABLE event DROP CONSTRAINT event_organization_chunk_fkey,
            DROP CONSTRAINT event_organization_site_fkey,
            DROP CONSTRAINT event_pkey;
        ALTER TABLE event RENAME TO event_undated;
        ALTER INDEX event_by_time RENAME TO event_undated_by_time;
        ALTER TABLE chunk DROP CONSTRAINT chunk_organization_number_key,
            DROP CONSTRAINT chunk_pkey, ALTER number DROP IDENTITY;
        ALTER TABLE chunk RENAME TO chunk_undated;
        CREATE SEQUENCE chunk_number AS BIGINT MINVALUE 1 MAXVALUE 1099511627775 CYCLE;
        CREATE TABLE chunk (LIKE chunk_undated INCLUDING CONSTRAINTS,
            PRIMARY KEY (organization, number),
            FOREIGN KEY (organization, epoch, lane)
                REFERENCES ledger_lane (organization, epoch, lane)
        ) PARTITION BY RANGE (number);
        CREATE INDEX chunk_by_time ON chunk (organization, stored_at_us);
        ALTER TABLE chunk ATTACH PARTITION chunk_undated
            FOR VALUES FROM (MINVALUE) TO (1099511627776);
        CREATE TABLE chunk_other PARTITION OF chunk DEFAULT;
        CREATE TABLE event (LIKE event_undated INCLUDING CONSTRAINTS,
            PRIMARY KEY (organization, chunk, line)
        ) PARTITION BY RANGE (chunk);
        CREATE INDEX event_by_time ON event (organization, site, occurred_at_us);
        ALTER TABLE event ATTACH PARTITION event_undated
            FOR VALUES FROM (MINVALUE) TO (1099511627776);
        CREATE TABLE event_other PARTITION OF event DEFAULT;
        ALTER TABLE work ADD FOREIGN KEY (organization, chunk)
            REFERENCES chunk (organization, number);
        CREATE VIEW ingest_event AS SELECT organization, chunk, line FROM event;
        CREATE VIEW ingest_week AS
            SELECT CAST(substr(c.relname, 8) AS BIGINT) AS first_day
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = CAST('chunk' AS regclass) AND c.relname ~ '^chunk_d[0-9]+$';
        CREATE FUNCTION convey_add_week(first_day BIGINT) RETURNS BOOLEAN
        LANGUAGE plpgsql SET lock_timeout = '1s' AS $body$
        DECLARE
            low BIGINT := first_day << 40;
            high BIGINT := (first_day + 7) << 40;
            chunks TEXT := 'chunk_d' || first_day;
            events TEXT := 'event_d' || first_day;
        BEGIN
            IF to_regclass(chunks) IS NOT NULL
                OR EXISTS (SELECT FROM chunk_other WHERE number >= low AND number < high)
                OR EXISTS (SELECT FROM event_other WHERE chunk >= low AND chunk < high) THEN
                RETURN false;
            END IF;
            EXECUTE format('CREATE TABLE %I (LIKE chunk INCLUDING CONSTRAINTS)', chunks);
            EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING CONSTRAINTS)', events);
            EXECUTE format('ALTER TABLE chunk ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                chunks, low, high);
            EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                events, low, high);
            RETURN true;
        END $body$;
        CREATE FUNCTION convey_drop_week(first_day BIGINT) RETURNS BOOLEAN
        LANGUAGE plpgsql SET lock_timeout = '1s' AS $body$
        BEGIN
            IF to_regclass('chunk_d' || first_day) IS NULL THEN RETURN false; END IF;
            EXECUTE format('ALTER TABLE event DETACH PARTITION %I', 'event_d' || first_day);
            EXECUTE format('DROP TABLE %I', 'event_d' || first_day);
            EXECUTE format('ALTER TABLE chunk DETACH PARTITION %I', 'chunk_d' || first_day);
            EXECUTE format('DROP TABLE %I', 'chunk_d' || first_day);
            RETURN true;
        END $body$;
        """
}

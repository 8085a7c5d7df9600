import Store

extension Schema {
    /// Destinations and what is on its way to them. All tables belong to Destinations.
    ///
    /// Of one conversion at most one upload is on its way to a destination at any time
    /// (`upload_in_flight`), and no two conversions bear one transaction id there. A request's
    /// composition (`upload_member`) and what its uploads say (`content`) are written before a byte
    /// leaves.
    static let m0009Destinations = Migration(
        9, "destinations",
        up: SQL(sqlite: Destinations.sqlite, postgres: Destinations.postgres),
        down: .refused(
            "Going back would forget what ad platforms were told. Restore the backup that was made before the upgrade."
        ))
}

private enum Destinations {
    static let sqlite: StaticString = """
        CREATE TABLE destination (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL REFERENCES organization (number),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            kind TEXT NOT NULL CHECK (kind IN ('google_data_manager')),
            customer TEXT NOT NULL CHECK (length(customer) = 10),
            login_customer TEXT CHECK (length(login_customer) = 10),
            action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 20),
            settings TEXT NOT NULL CHECK (length(settings) <= 65536),
            mode TEXT NOT NULL CHECK (mode IN ('observe', 'validate', 'live')),
            live_from_us INTEGER,
            hold_code TEXT CHECK (length(hold_code) BETWEEN 1 AND 100),
            hold_detail TEXT CHECK (length(hold_detail) BETWEEN 1 AND 100),
            hold_at_us INTEGER,
            hold_until_us INTEGER,
            version INTEGER NOT NULL CHECK (version >= 1),
            created_at_us INTEGER NOT NULL,
            removed_at_us INTEGER,
            UNIQUE (organization, number),
            CHECK ((mode = 'live') = (live_from_us IS NOT NULL)),
            CHECK ((hold_code IS NULL) = (hold_at_us IS NULL)),
            CHECK ((hold_code IS NULL) = (hold_until_us IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX destination_by_name ON destination (organization, name)
            WHERE removed_at_us IS NULL;
        CREATE UNIQUE INDEX destination_by_action ON destination (organization, kind, customer, action)
            WHERE removed_at_us IS NULL;
        CREATE TABLE destination_secret (
            organization INTEGER NOT NULL,
            destination INTEGER NOT NULL,
            sealed BLOB NOT NULL,
            created_at_us INTEGER NOT NULL,
            PRIMARY KEY (organization, destination),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE upload_request (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            destination INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('sending', 'accepted', 'over')),
            is_validation INTEGER NOT NULL CHECK (is_validation IN (0, 1)),
            doubt INTEGER NOT NULL CHECK (doubt IN (0, 1, 2)),
            uploads INTEGER NOT NULL CHECK (uploads BETWEEN 1 AND 2000),
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            polls INTEGER NOT NULL CHECK (polls >= 0),
            losses INTEGER NOT NULL CHECK (losses >= 0),
            platform_id TEXT CHECK (length(platform_id) BETWEEN 1 AND 500),
            code TEXT CHECK (length(code) BETWEEN 1 AND 100),
            created_at_us INTEGER NOT NULL,
            next_at_us INTEGER,
            UNIQUE (organization, number),
            CHECK ((state = 'over') = (next_at_us IS NULL)),
            CHECK (state <> 'accepted' OR platform_id IS NOT NULL),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
        ) STRICT;
        CREATE INDEX upload_request_open ON upload_request (organization, destination, state, next_at_us)
            WHERE state <> 'over';
        CREATE TABLE upload (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            destination INTEGER NOT NULL,
            conversion INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 1),
            state TEXT NOT NULL CHECK (state IN ('held', 'due', 'sending', 'accepted', 'confirmed',
                'rejected', 'unknown', 'cancelled')),
            code TEXT CHECK (length(code) BETWEEN 1 AND 100),
            detail TEXT CHECK (length(detail) BETWEEN 1 AND 100),
            stop_code TEXT CHECK (length(stop_code) BETWEEN 1 AND 100),
            request INTEGER,
            rank INTEGER NOT NULL CHECK (rank IN (0, 1)),
            tries INTEGER NOT NULL CHECK (tries >= 0),
            occurred_at_us INTEGER NOT NULL,
            value_micros INTEGER NOT NULL,
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            wish TEXT NOT NULL,
            content TEXT,
            look_at_us INTEGER,
            until_us INTEGER,
            created_at_us INTEGER NOT NULL,
            changed_at_us INTEGER NOT NULL,
            UNIQUE (organization, number),
            UNIQUE (organization, destination, conversion, version),
            CHECK (state NOT IN ('held', 'rejected', 'unknown', 'cancelled') OR code IS NOT NULL),
            CHECK (state NOT IN ('sending', 'accepted') OR (request IS NOT NULL AND content IS NOT NULL)),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number),
            FOREIGN KEY (organization, request) REFERENCES upload_request (organization, number)
        ) STRICT;
        CREATE UNIQUE INDEX upload_in_flight ON upload (organization, destination, conversion)
            WHERE state IN ('sending', 'accepted');
        CREATE INDEX upload_due ON upload (organization, destination, rank, occurred_at_us DESC)
            WHERE state = 'due';
        CREATE INDEX upload_held ON upload (organization, destination, look_at_us)
            WHERE state = 'held';
        CREATE TABLE upload_transaction (
            organization INTEGER NOT NULL,
            conversion INTEGER NOT NULL,
            destination INTEGER NOT NULL,
            transaction_id TEXT NOT NULL CHECK (length(transaction_id) BETWEEN 1 AND 300),
            PRIMARY KEY (organization, conversion, destination),
            UNIQUE (organization, destination, transaction_id),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE upload_member (
            organization INTEGER NOT NULL,
            request INTEGER NOT NULL,
            position INTEGER NOT NULL CHECK (position BETWEEN 0 AND 1999),
            upload INTEGER NOT NULL,
            PRIMARY KEY (organization, request, position),
            FOREIGN KEY (organization, request) REFERENCES upload_request (organization, number),
            FOREIGN KEY (organization, upload) REFERENCES upload (organization, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX upload_member_by_upload ON upload_member (organization, upload);
        CREATE TABLE upload_attempt (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            request INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('ingest', 'status')),
            at_us INTEGER NOT NULL,
            latency_us INTEGER NOT NULL CHECK (latency_us >= 0),
            outcome TEXT NOT NULL CHECK (length(outcome) BETWEEN 1 AND 40),
            http_status INTEGER,
            code TEXT CHECK (length(code) BETWEEN 1 AND 100),
            platform_id TEXT CHECK (length(platform_id) BETWEEN 1 AND 500),
            FOREIGN KEY (organization, request) REFERENCES upload_request (organization, number)
        ) STRICT;
        CREATE INDEX upload_attempt_by_request ON upload_attempt (organization, request);
        """

    static let postgres: StaticString = """
        CREATE TABLE destination (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL REFERENCES organization (number),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            kind TEXT NOT NULL CHECK (kind IN ('google_data_manager')),
            customer TEXT NOT NULL CHECK (length(customer) = 10),
            login_customer TEXT CHECK (length(login_customer) = 10),
            action TEXT NOT NULL CHECK (length(action) BETWEEN 1 AND 20),
            settings TEXT NOT NULL CHECK (length(settings) <= 65536),
            mode TEXT NOT NULL CHECK (mode IN ('observe', 'validate', 'live')),
            live_from_us BIGINT,
            hold_code TEXT CHECK (length(hold_code) BETWEEN 1 AND 100),
            hold_detail TEXT CHECK (length(hold_detail) BETWEEN 1 AND 100),
            hold_at_us BIGINT,
            hold_until_us BIGINT,
            version BIGINT NOT NULL CHECK (version >= 1),
            created_at_us BIGINT NOT NULL,
            removed_at_us BIGINT,
            UNIQUE (organization, number),
            CHECK ((mode = 'live') = (live_from_us IS NOT NULL)),
            CHECK ((hold_code IS NULL) = (hold_at_us IS NULL)),
            CHECK ((hold_code IS NULL) = (hold_until_us IS NULL))
        );
        CREATE UNIQUE INDEX destination_by_name ON destination (organization, name)
            WHERE removed_at_us IS NULL;
        CREATE UNIQUE INDEX destination_by_action ON destination (organization, kind, customer, action)
            WHERE removed_at_us IS NULL;
        CREATE TABLE destination_secret (
            organization BIGINT NOT NULL,
            destination BIGINT NOT NULL,
            sealed BYTEA NOT NULL,
            created_at_us BIGINT NOT NULL,
            PRIMARY KEY (organization, destination),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
        );
        CREATE TABLE upload_request (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL,
            destination BIGINT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('sending', 'accepted', 'over')),
            is_validation BIGINT NOT NULL CHECK (is_validation IN (0, 1)),
            doubt BIGINT NOT NULL CHECK (doubt IN (0, 1, 2)),
            uploads BIGINT NOT NULL CHECK (uploads BETWEEN 1 AND 2000),
            attempts BIGINT NOT NULL CHECK (attempts >= 0),
            polls BIGINT NOT NULL CHECK (polls >= 0),
            losses BIGINT NOT NULL CHECK (losses >= 0),
            platform_id TEXT CHECK (length(platform_id) BETWEEN 1 AND 500),
            code TEXT CHECK (length(code) BETWEEN 1 AND 100),
            created_at_us BIGINT NOT NULL,
            next_at_us BIGINT,
            UNIQUE (organization, number),
            CHECK ((state = 'over') = (next_at_us IS NULL)),
            CHECK (state <> 'accepted' OR platform_id IS NOT NULL),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
        );
        CREATE INDEX upload_request_open ON upload_request (organization, destination, state, next_at_us)
            WHERE state <> 'over';
        CREATE TABLE upload (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL,
            destination BIGINT NOT NULL,
            conversion BIGINT NOT NULL,
            version BIGINT NOT NULL CHECK (version >= 1),
            state TEXT NOT NULL CHECK (state IN ('held', 'due', 'sending', 'accepted', 'confirmed',
                'rejected', 'unknown', 'cancelled')),
            code TEXT CHECK (length(code) BETWEEN 1 AND 100),
            detail TEXT CHECK (length(detail) BETWEEN 1 AND 100),
            stop_code TEXT CHECK (length(stop_code) BETWEEN 1 AND 100),
            request BIGINT,
            rank BIGINT NOT NULL CHECK (rank IN (0, 1)),
            tries BIGINT NOT NULL CHECK (tries >= 0),
            occurred_at_us BIGINT NOT NULL,
            value_micros BIGINT NOT NULL,
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            wish TEXT NOT NULL,
            content TEXT,
            look_at_us BIGINT,
            until_us BIGINT,
            created_at_us BIGINT NOT NULL,
            changed_at_us BIGINT NOT NULL,
            UNIQUE (organization, number),
            UNIQUE (organization, destination, conversion, version),
            CHECK (state NOT IN ('held', 'rejected', 'unknown', 'cancelled') OR code IS NOT NULL),
            CHECK (state NOT IN ('sending', 'accepted') OR (request IS NOT NULL AND content IS NOT NULL)),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number),
            FOREIGN KEY (organization, request) REFERENCES upload_request (organization, number)
        );
        CREATE UNIQUE INDEX upload_in_flight ON upload (organization, destination, conversion)
            WHERE state IN ('sending', 'accepted');
        CREATE INDEX upload_due ON upload (organization, destination, rank, occurred_at_us DESC)
            WHERE state = 'due';
        CREATE INDEX upload_held ON upload (organization, destination, look_at_us)
            WHERE state = 'held';
        CREATE TABLE upload_transaction (
            organization BIGINT NOT NULL,
            conversion BIGINT NOT NULL,
            destination BIGINT NOT NULL,
            transaction_id TEXT NOT NULL CHECK (length(transaction_id) BETWEEN 1 AND 300),
            PRIMARY KEY (organization, conversion, destination),
            UNIQUE (organization, destination, transaction_id),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
        );
        CREATE TABLE upload_member (
            organization BIGINT NOT NULL,
            request BIGINT NOT NULL,
            position BIGINT NOT NULL CHECK (position BETWEEN 0 AND 1999),
            upload BIGINT NOT NULL,
            PRIMARY KEY (organization, request, position),
            FOREIGN KEY (organization, request) REFERENCES upload_request (organization, number),
            FOREIGN KEY (organization, upload) REFERENCES upload (organization, number)
        );
        CREATE INDEX upload_member_by_upload ON upload_member (organization, upload);
        CREATE TABLE upload_attempt (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL,
            request BIGINT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('ingest', 'status')),
            at_us BIGINT NOT NULL,
            latency_us BIGINT NOT NULL CHECK (latency_us >= 0),
            outcome TEXT NOT NULL CHECK (length(outcome) BETWEEN 1 AND 40),
            http_status BIGINT,
            code TEXT CHECK (length(code) BETWEEN 1 AND 100),
            platform_id TEXT CHECK (length(platform_id) BETWEEN 1 AND 500),
            FOREIGN KEY (organization, request) REFERENCES upload_request (organization, number)
        );
        CREATE INDEX upload_attempt_by_request ON upload_attempt (organization, request);
        """
}

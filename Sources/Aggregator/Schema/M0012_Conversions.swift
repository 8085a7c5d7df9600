import Store

extension Schema {
    /// Conversions' tables: what orders became. All of it follows from facts and is rewritten when
    /// they change, but for the numbers, versions and times of `conversion`.
    ///
    /// A conversion keeps its number for ever; its id follows from what its order is known by and
    /// moves with it. A row that is retired is one that no fact supports, or that became part of
    /// another; it stays for what was uploaded. Readers take the view `conversions_current`.
    static let m0012Conversions = Migration(
        12, "conversions",
        up: SQL(sqlite: Conversions.sqlite, postgres: Conversions.postgres),
        down: .refused(
            "Going back would delete conversions and what was told to destinations about them. Restore the backup that was made before the upgrade."
        ))
}

private enum Conversions {
    static let sqlite: StaticString = """
        CREATE TABLE merged_order (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            site INTEGER NOT NULL,
            identity TEXT NOT NULL CHECK (length(identity) BETWEEN 3 AND 300),
            order_id TEXT,
            order_name TEXT,
            state TEXT NOT NULL CHECK (state IN
                ('counted', 'pending', 'unconfirmed', 'test', 'withdrawn', 'refund_only')),
            is_claim INTEGER NOT NULL CHECK (is_claim IN (0, 1)),
            body TEXT NOT NULL,
            changed_at_us INTEGER NOT NULL,
            UNIQUE (organization, site, identity),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        ) STRICT;
        CREATE INDEX merged_order_by_id ON merged_order (organization, order_id);
        CREATE INDEX merged_order_by_name ON merged_order (organization, order_name);
        CREATE TABLE conversion (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            site INTEGER NOT NULL,
            id BLOB NOT NULL CHECK (length(id) = 16),
            assignment TEXT NOT NULL CHECK (length(assignment) BETWEEN 1 AND 64),
            identity TEXT NOT NULL CHECK (length(identity) BETWEEN 3 AND 300),
            definition TEXT NOT NULL CHECK (length(definition) BETWEEN 1 AND 64),
            definition_version INTEGER NOT NULL CHECK (definition_version >= 1),
            status TEXT NOT NULL CHECK (status IN ('counted', 'unconfirmed', 'withdrawn')),
            reason TEXT CHECK (length(reason) <= 200),
            value_micros INTEGER NOT NULL CHECK (value_micros >= 0),
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            consent TEXT NOT NULL CHECK (length(consent) <= 32),
            occurred_at_us INTEGER NOT NULL,
            arrived_at_us INTEGER NOT NULL,
            settled_at_us INTEGER,
            retired_at_us INTEGER,
            version INTEGER NOT NULL CHECK (version >= 1),
            changed_at_us INTEGER NOT NULL,
            person BLOB CHECK (length(person) = 16),
            is_claim INTEGER NOT NULL CHECK (is_claim IN (0, 1)),
            UNIQUE (organization, number),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number),
            CHECK (status <> 'withdrawn' OR value_micros = 0),
            CHECK (retired_at_us IS NULL OR status = 'withdrawn')
        ) STRICT;
        CREATE UNIQUE INDEX conversion_by_id ON conversion (organization, id)
            WHERE retired_at_us IS NULL;
        CREATE UNIQUE INDEX conversion_in_force
            ON conversion (organization, site, identity, assignment) WHERE retired_at_us IS NULL;
        CREATE INDEX conversion_by_identity ON conversion (organization, site, identity);
        CREATE INDEX conversion_by_time ON conversion (organization, site, occurred_at_us);
        CREATE INDEX conversion_by_person
            ON conversion (organization, site, person, occurred_at_us);
        CREATE INDEX conversion_retired ON conversion (organization, id)
            WHERE retired_at_us IS NOT NULL;
        CREATE INDEX conversion_unsettled ON conversion (organization, site, arrived_at_us)
            WHERE settled_at_us IS NULL;
        CREATE TABLE conversion_version (
            organization INTEGER NOT NULL,
            conversion INTEGER NOT NULL,
            version INTEGER NOT NULL CHECK (version >= 1),
            at_us INTEGER NOT NULL,
            cause TEXT NOT NULL CHECK (length(cause) BETWEEN 1 AND 200),
            status TEXT NOT NULL CHECK (status IN ('counted', 'unconfirmed', 'withdrawn')),
            reason TEXT CHECK (length(reason) <= 200),
            value_micros INTEGER NOT NULL CHECK (value_micros >= 0),
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            consent TEXT NOT NULL CHECK (length(consent) <= 32),
            occurred_at_us INTEGER NOT NULL,
            identity TEXT NOT NULL CHECK (length(identity) BETWEEN 3 AND 300),
            definition_version INTEGER NOT NULL CHECK (definition_version >= 1),
            credits TEXT NOT NULL,
            PRIMARY KEY (organization, conversion, version),
            FOREIGN KEY (organization, conversion) REFERENCES conversion (organization, number)
        ) STRICT;
        CREATE TABLE conversion_alias (
            organization INTEGER NOT NULL,
            id BLOB NOT NULL CHECK (length(id) = 16),
            conversion INTEGER NOT NULL,
            PRIMARY KEY (organization, id),
            FOREIGN KEY (organization, conversion) REFERENCES conversion (organization, number)
        ) STRICT, WITHOUT ROWID;
        CREATE VIEW conversions_current AS
            SELECT c.organization, c.number, c.id, c.site, c.assignment, c.identity, c.definition,
                c.definition_version, c.status, c.reason, c.value_micros, c.currency, c.consent,
                c.occurred_at_us, c.arrived_at_us, c.settled_at_us, c.retired_at_us, c.version,
                c.changed_at_us, c.person, c.is_claim, v.credits
            FROM conversion c JOIN conversion_version v ON v.organization = c.organization
                AND v.conversion = c.number AND v.version = c.version;
        """

    static let postgres: StaticString = """
        CREATE TABLE merged_order (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL,
            site BIGINT NOT NULL,
            identity TEXT NOT NULL CHECK (length(identity) BETWEEN 3 AND 300),
            order_id TEXT,
            order_name TEXT,
            state TEXT NOT NULL CHECK (state IN
                ('counted', 'pending', 'unconfirmed', 'test', 'withdrawn', 'refund_only')),
            is_claim BIGINT NOT NULL CHECK (is_claim IN (0, 1)),
            body TEXT NOT NULL,
            changed_at_us BIGINT NOT NULL,
            UNIQUE (organization, site, identity),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        );
        CREATE INDEX merged_order_by_id ON merged_order (organization, order_id);
        CREATE INDEX merged_order_by_name ON merged_order (organization, order_name);
        CREATE TABLE conversion (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL,
            site BIGINT NOT NULL,
            id BYTEA NOT NULL CHECK (length(id) = 16),
            assignment TEXT NOT NULL CHECK (length(assignment) BETWEEN 1 AND 64),
            identity TEXT NOT NULL CHECK (length(identity) BETWEEN 3 AND 300),
            definition TEXT NOT NULL CHECK (length(definition) BETWEEN 1 AND 64),
            definition_version BIGINT NOT NULL CHECK (definition_version >= 1),
            status TEXT NOT NULL CHECK (status IN ('counted', 'unconfirmed', 'withdrawn')),
            reason TEXT CHECK (length(reason) <= 200),
            value_micros BIGINT NOT NULL CHECK (value_micros >= 0),
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            consent TEXT NOT NULL CHECK (length(consent) <= 32),
            occurred_at_us BIGINT NOT NULL,
            arrived_at_us BIGINT NOT NULL,
            settled_at_us BIGINT,
            retired_at_us BIGINT,
            version BIGINT NOT NULL CHECK (version >= 1),
            changed_at_us BIGINT NOT NULL,
            person BYTEA CHECK (length(person) = 16),
            is_claim BIGINT NOT NULL CHECK (is_claim IN (0, 1)),
            UNIQUE (organization, number),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number),
            CHECK (status <> 'withdrawn' OR value_micros = 0),
            CHECK (retired_at_us IS NULL OR status = 'withdrawn')
        );
        CREATE UNIQUE INDEX conversion_by_id ON conversion (organization, id)
            WHERE retired_at_us IS NULL;
        CREATE UNIQUE INDEX conversion_in_force
            ON conversion (organization, site, identity, assignment) WHERE retired_at_us IS NULL;
        CREATE INDEX conversion_by_identity ON conversion (organization, site, identity);
        CREATE INDEX conversion_by_time ON conversion (organization, site, occurred_at_us);
        CREATE INDEX conversion_by_person
            ON conversion (organization, site, person, occurred_at_us);
        CREATE INDEX conversion_retired ON conversion (organization, id)
            WHERE retired_at_us IS NOT NULL;
        CREATE INDEX conversion_unsettled ON conversion (organization, site, arrived_at_us)
            WHERE settled_at_us IS NULL;
        CREATE TABLE conversion_version (
            organization BIGINT NOT NULL,
            conversion BIGINT NOT NULL,
            version BIGINT NOT NULL CHECK (version >= 1),
            at_us BIGINT NOT NULL,
            cause TEXT NOT NULL CHECK (length(cause) BETWEEN 1 AND 200),
            status TEXT NOT NULL CHECK (status IN ('counted', 'unconfirmed', 'withdrawn')),
            reason TEXT CHECK (length(reason) <= 200),
            value_micros BIGINT NOT NULL CHECK (value_micros >= 0),
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            consent TEXT NOT NULL CHECK (length(consent) <= 32),
            occurred_at_us BIGINT NOT NULL,
            identity TEXT NOT NULL CHECK (length(identity) BETWEEN 3 AND 300),
            definition_version BIGINT NOT NULL CHECK (definition_version >= 1),
            credits TEXT NOT NULL,
            PRIMARY KEY (organization, conversion, version),
            FOREIGN KEY (organization, conversion) REFERENCES conversion (organization, number)
        );
        CREATE TABLE conversion_alias (
            organization BIGINT NOT NULL,
            id BYTEA NOT NULL CHECK (length(id) = 16),
            conversion BIGINT NOT NULL,
            PRIMARY KEY (organization, id),
            FOREIGN KEY (organization, conversion) REFERENCES conversion (organization, number)
        );
        CREATE VIEW conversions_current AS
            SELECT c.organization, c.number, c.id, c.site, c.assignment, c.identity, c.definition,
                c.definition_version, c.status, c.reason, c.value_micros, c.currency, c.consent,
                c.occurred_at_us, c.arrived_at_us, c.settled_at_us, c.retired_at_us, c.version,
                c.changed_at_us, c.person, c.is_claim, v.credits
            FROM conversion c JOIN conversion_version v ON v.organization = c.organization
                AND v.conversion = c.number AND v.version = c.version;
        """
}

import Store

extension Schema {
    /// Sites' tables: storefronts with their credentials and secrets, collectors with their keys.
    ///
    /// Server keys are kept as digests, webhook secrets and enrolment tokens sealed under the
    /// aggregator's key. A collector has at most one key in force. `settings` is the version of what
    /// the collector may know; it grows with time, so that it grows across a restored backup, too.
    static let m0007Sites = Migration(
        7, "sites",
        up: SQL(sqlite: Sites.sqlite, postgres: Sites.postgres),
        down: .refused(
            "Going back would delete keys that collectors hold. Restore the backup that was made before the upgrade."
        ))
}

private enum Sites {
    static let sqlite: StaticString = """
        CREATE TABLE site_profile (
            organization INTEGER NOT NULL,
            site INTEGER NOT NULL,
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 253),
            platform TEXT NOT NULL CHECK (platform IN ('shopify', 'woocommerce', 'custom')),
            settings TEXT NOT NULL CHECK (length(settings) <= 65536),
            PRIMARY KEY (organization, site),
            UNIQUE (organization, name),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE site_credential (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            site INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('site', 'server')),
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            clear TEXT CHECK (length(clear) BETWEEN 1 AND 100),
            created_at_us INTEGER NOT NULL,
            revoked_at_us INTEGER,
            CHECK ((kind = 'site') = (clear IS NOT NULL)),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        ) STRICT;
        CREATE INDEX site_credential_by_site ON site_credential (organization, site);
        CREATE TABLE site_secret (
            organization INTEGER NOT NULL,
            site INTEGER NOT NULL,
            platform TEXT NOT NULL CHECK (platform IN ('shopify', 'woocommerce')),
            place INTEGER NOT NULL CHECK (place IN (0, 1)),
            sealed BLOB NOT NULL,
            created_at_us INTEGER NOT NULL,
            PRIMARY KEY (organization, site, platform, place),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE collector_profile (
            organization INTEGER NOT NULL,
            collector INTEGER NOT NULL,
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            settings INTEGER NOT NULL CHECK (settings >= 1),
            settings_at_us INTEGER NOT NULL,
            PRIMARY KEY (organization, collector),
            UNIQUE (organization, name),
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE collector_site (
            organization INTEGER NOT NULL,
            collector INTEGER NOT NULL,
            site INTEGER NOT NULL,
            PRIMARY KEY (organization, collector, site),
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX collector_site_by_site ON collector_site (organization, site);
        CREATE TABLE collector_key (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            collector INTEGER NOT NULL,
            fingerprint BLOB NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
            public_key BLOB NOT NULL CHECK (length(public_key) = 32),
            box_key BLOB NOT NULL CHECK (length(box_key) = 32),
            enrolled_at_us INTEGER NOT NULL,
            revoked_at_us INTEGER,
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
        ) STRICT;
        CREATE UNIQUE INDEX collector_key_in_force ON collector_key (organization, collector)
            WHERE revoked_at_us IS NULL;
        CREATE TABLE enrolment_token (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            collector INTEGER NOT NULL,
            token_id BLOB NOT NULL UNIQUE CHECK (length(token_id) = 32),
            sealed BLOB NOT NULL,
            expires_at_us INTEGER NOT NULL,
            used_by BLOB CHECK (length(used_by) = 32),
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
        ) STRICT;
        """

    static let postgres: StaticString = """
        CREATE TABLE site_profile (
            organization BIGINT NOT NULL,
            site BIGINT NOT NULL,
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 253),
            platform TEXT NOT NULL CHECK (platform IN ('shopify', 'woocommerce', 'custom')),
            settings TEXT NOT NULL CHECK (length(settings) <= 65536),
            PRIMARY KEY (organization, site),
            UNIQUE (organization, name),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        );
        CREATE TABLE site_credential (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL,
            site BIGINT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('site', 'server')),
            digest BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
            clear TEXT CHECK (length(clear) BETWEEN 1 AND 100),
            created_at_us BIGINT NOT NULL,
            revoked_at_us BIGINT,
            CHECK ((kind = 'site') = (clear IS NOT NULL)),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        );
        CREATE INDEX site_credential_by_site ON site_credential (organization, site);
        CREATE TABLE site_secret (
            organization BIGINT NOT NULL,
            site BIGINT NOT NULL,
            platform TEXT NOT NULL CHECK (platform IN ('shopify', 'woocommerce')),
            place BIGINT NOT NULL CHECK (place IN (0, 1)),
            sealed BYTEA NOT NULL,
            created_at_us BIGINT NOT NULL,
            PRIMARY KEY (organization, site, platform, place),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        );
        CREATE TABLE collector_profile (
            organization BIGINT NOT NULL,
            collector BIGINT NOT NULL,
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            settings BIGINT NOT NULL CHECK (settings >= 1),
            settings_at_us BIGINT NOT NULL,
            PRIMARY KEY (organization, collector),
            UNIQUE (organization, name),
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
        );
        CREATE TABLE collector_site (
            organization BIGINT NOT NULL,
            collector BIGINT NOT NULL,
            site BIGINT NOT NULL,
            PRIMARY KEY (organization, collector, site),
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number),
            FOREIGN KEY (organization, site) REFERENCES site (organization, number)
        );
        CREATE INDEX collector_site_by_site ON collector_site (organization, site);
        CREATE TABLE collector_key (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL,
            collector BIGINT NOT NULL,
            fingerprint BYTEA NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
            public_key BYTEA NOT NULL CHECK (length(public_key) = 32),
            box_key BYTEA NOT NULL CHECK (length(box_key) = 32),
            enrolled_at_us BIGINT NOT NULL,
            revoked_at_us BIGINT,
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
        );
        CREATE UNIQUE INDEX collector_key_in_force ON collector_key (organization, collector)
            WHERE revoked_at_us IS NULL;
        CREATE TABLE enrolment_token (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL,
            collector BIGINT NOT NULL,
            token_id BYTEA NOT NULL UNIQUE CHECK (length(token_id) = 32),
            sealed BYTEA NOT NULL,
            expires_at_us BIGINT NOT NULL,
            used_by BYTEA CHECK (length(used_by) = 32),
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
        );
        """
}

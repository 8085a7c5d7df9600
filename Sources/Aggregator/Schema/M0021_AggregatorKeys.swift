import Store

extension Schema {
    /// The aggregator's own keys, which all processes on one database share. Both tables belong to Sites.
    ///
    /// `signing_key` holds every key that answers were signed with, and by which statement each followed
    /// the one before; of the one in force also the private half, sealed. `sealing_key` holds the digest
    /// of the key that this and all other secrets of the database are sealed with.
    static let m0021AggregatorKeys = Migration(
        21, "aggregator keys",
        up: SQL(sqlite: AggregatorKeys.sqlite, postgres: AggregatorKeys.postgres),
        down: .refused(
            "The aggregator's signing key would be lost. Restore the backup that was made before the upgrade."
        ))
}

private enum AggregatorKeys {
    static let sqlite: StaticString = """
        CREATE TABLE sealing_key (
            number INTEGER PRIMARY KEY CHECK (number = 1),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            since_us INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE signing_key (
            number INTEGER PRIMARY KEY CHECK (number >= 1),
            public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 32),
            statement TEXT CHECK (length(statement) BETWEEN 1 AND 4096),
            since_us INTEGER NOT NULL,
            in_force INTEGER UNIQUE CHECK (in_force = 1),
            sealed BLOB,
            CHECK ((number = 1) = (statement IS NULL)),
            CHECK ((in_force IS NULL) = (sealed IS NULL))
        ) STRICT
        """

    static let postgres: StaticString = """
        CREATE TABLE sealing_key (
            number BIGINT PRIMARY KEY CHECK (number = 1),
            digest BYTEA NOT NULL CHECK (length(digest) = 32),
            since_us BIGINT NOT NULL
        );
        CREATE TABLE signing_key (
            number BIGINT PRIMARY KEY CHECK (number >= 1),
            public_key BYTEA NOT NULL UNIQUE CHECK (length(public_key) = 32),
            statement TEXT CHECK (length(statement) BETWEEN 1 AND 4096),
            since_us BIGINT NOT NULL,
            in_force BIGINT UNIQUE CHECK (in_force = 1),
            sealed BYTEA,
            CHECK ((number = 1) = (statement IS NULL)),
            CHECK ((in_force IS NULL) = (sealed IS NULL))
        )
        """
}

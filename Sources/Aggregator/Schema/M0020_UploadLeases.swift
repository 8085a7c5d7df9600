import Store

extension Schema {
    /// Destinations' word on which process serves a destination, and until when it may be believed to be
    /// alive: several processes work on one database.
    static let m0020UploadLeases = Migration(
        20, "upload leases",
        up: SQL(sqlite: UploadLeases.sqlite, postgres: UploadLeases.postgres),
        down: .script(SQL("DROP TABLE destination_lease")))
}

private enum UploadLeases {
    static let sqlite: StaticString = """
        CREATE TABLE destination_lease (
            organization INTEGER NOT NULL,
            destination INTEGER NOT NULL,
            holder BLOB NOT NULL CHECK (length(holder) = 16),
            taken_at_us INTEGER NOT NULL,
            until_us INTEGER NOT NULL,
            PRIMARY KEY (organization, destination),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
        ) STRICT, WITHOUT ROWID
        """

    static let postgres: StaticString = """
        CREATE TABLE destination_lease (
            organization BIGINT NOT NULL,
            destination BIGINT NOT NULL,
            holder BYTEA NOT NULL CHECK (length(holder) = 16),
            taken_at_us BIGINT NOT NULL,
            until_us BIGINT NOT NULL,
            PRIMARY KEY (organization, destination),
            FOREIGN KEY (organization, destination) REFERENCES destination (organization, number)
        )
        """
}

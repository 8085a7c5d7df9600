import Store

extension Schema {
    /// Sites' rules for judging events, which collectors are not told; and the two views that tell
    /// whether anything older may still be on its way: which collectors serve a site, and since when
    /// each of them holds something back, as its newest epoch tells. (`CROSS JOIN` keeps SQLite from
    /// walking through every lane of the organization.)
    static let m0008SitePolicy = Migration(
        8, "site policy",
        up: SQL(
            sqlite: """
                CREATE TABLE site_policy (
                    organization INTEGER NOT NULL,
                    site INTEGER NOT NULL,
                    policy TEXT NOT NULL CHECK (length(policy) <= 4096),
                    version INTEGER NOT NULL CHECK (version >= 1),
                    changed_at_us INTEGER NOT NULL,
                    PRIMARY KEY (organization, site),
                    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
                ) STRICT, WITHOUT ROWID;
                CREATE VIEW sites_collector_in_force AS
                    SELECT c.organization, c.site, c.collector FROM collector_site c
                    JOIN collector_key k ON k.organization = c.organization
                        AND k.collector = c.collector AND k.revoked_at_us IS NULL;
                CREATE INDEX ledger_epoch_by_last_batch
                    ON ledger_epoch (organization, collector, last_batch_at_us);
                CREATE VIEW ingest_pending_from AS
                    SELECT l.organization, e.collector, l.lane, l.pending_from_us
                    FROM ledger_epoch e CROSS JOIN ledger_lane l
                    WHERE l.organization = e.organization AND l.epoch = e.number
                    AND e.number = (SELECT n.number FROM ledger_epoch n
                        WHERE n.organization = e.organization AND n.collector = e.collector
                        ORDER BY n.last_batch_at_us DESC, n.number DESC LIMIT 1);
                """,
            postgres: """
                CREATE TABLE site_policy (
                    organization BIGINT NOT NULL,
                    site BIGINT NOT NULL,
                    policy TEXT NOT NULL CHECK (length(policy) <= 4096),
                    version BIGINT NOT NULL CHECK (version >= 1),
                    changed_at_us BIGINT NOT NULL,
                    PRIMARY KEY (organization, site),
                    FOREIGN KEY (organization, site) REFERENCES site (organization, number)
                );
                CREATE VIEW sites_collector_in_force AS
                    SELECT c.organization, c.site, c.collector FROM collector_site c
                    JOIN collector_key k ON k.organization = c.organization
                        AND k.collector = c.collector AND k.revoked_at_us IS NULL;
                CREATE INDEX ledger_epoch_by_last_batch
                    ON ledger_epoch (organization, collector, last_batch_at_us);
                CREATE VIEW ingest_pending_from AS
                    SELECT l.organization, e.collector, l.lane, l.pending_from_us
                    FROM ledger_epoch e CROSS JOIN ledger_lane l
                    WHERE l.organization = e.organization AND l.epoch = e.number
                    AND e.number = (SELECT n.number FROM ledger_epoch n
                        WHERE n.organization = e.organization AND n.collector = e.collector
                        ORDER BY n.last_batch_at_us DESC, n.number DESC LIMIT 1);
                """),
        down: .refused(
            "Going back would delete how each site's orders are judged. Restore the backup that was made before the upgrade."
        ))
}

import Store

extension Schema {
    /// Ingest's books: per collector, epoch and lane, which numbers came and what became of each.
    ///
    /// In each lane of an epoch, the rows of `ledger_range` (events) and `ledger_gap` (numbers whose
    /// events will not come) cover 1 up to `expected_seq` − 1 without overlap.
    static let m0002Ledger = Migration(
        2, "ledger",
        up: SQL(sqlite: Ledger.sqlite, postgres: Ledger.postgres),
        down: .refused(
            "The ledger tells which events are stored; without it every collector would be refused. Restore the backup that was made before the upgrade."
        ))
}

private enum Ledger {
    static let sqlite: StaticString = """
        CREATE TABLE ledger_epoch (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            organization INTEGER NOT NULL,
            collector INTEGER NOT NULL,
            epoch BLOB NOT NULL CHECK (length(epoch) = 16),
            parent BLOB CHECK (length(parent) = 16),
            shipper TEXT NOT NULL CHECK (length(shipper) BETWEEN 1 AND 64),
            sent_at_us INTEGER NOT NULL,
            clock_offset_ms INTEGER NOT NULL,
            first_batch_at_us INTEGER NOT NULL,
            last_batch_at_us INTEGER NOT NULL,
            UNIQUE (organization, collector, epoch),
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
        ) STRICT;
        CREATE TABLE ledger_lane (
            organization INTEGER NOT NULL,
            epoch INTEGER NOT NULL REFERENCES ledger_epoch (number),
            lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 2),
            parent_last_seq INTEGER CHECK (parent_last_seq >= 0),
            expected_seq INTEGER NOT NULL CHECK (expected_seq >= 1),
            chain_start BLOB CHECK (length(chain_start) = 32),
            chain BLOB CHECK (length(chain) = 32),
            accepted INTEGER NOT NULL CHECK (accepted >= 0),
            duplicate INTEGER NOT NULL CHECK (duplicate >= 0),
            rejected INTEGER NOT NULL CHECK (rejected >= 0),
            gaps INTEGER NOT NULL CHECK (gaps >= 0),
            assigned INTEGER NOT NULL CHECK (assigned >= 0),
            pending_from_us INTEGER NOT NULL,
            PRIMARY KEY (organization, epoch, lane),
            CHECK (accepted + duplicate + rejected + gaps = expected_seq - 1),
            CHECK (expected_seq = 1 OR chain IS NOT NULL)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ledger_range (
            organization INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            lane INTEGER NOT NULL,
            first_seq INTEGER NOT NULL CHECK (first_seq >= 1),
            last_seq INTEGER NOT NULL CHECK (last_seq >= first_seq),
            accepted INTEGER NOT NULL CHECK (accepted >= 0),
            duplicate INTEGER NOT NULL CHECK (duplicate >= 0),
            rejected INTEGER NOT NULL CHECK (rejected >= 0),
            chain_after BLOB CHECK (length(chain_after) = 32),
            line_digests BLOB NOT NULL,
            exceptions BLOB NOT NULL,
            UNIQUE (organization, epoch, lane, last_seq),
            FOREIGN KEY (organization, epoch, lane)
                REFERENCES ledger_lane (organization, epoch, lane),
            CHECK (accepted + duplicate + rejected = last_seq - first_seq + 1),
            CHECK (length(line_digests) = 8 * (last_seq - first_seq + 1))
        ) STRICT;
        CREATE TABLE ledger_gap (
            organization INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            lane INTEGER NOT NULL,
            first_seq INTEGER NOT NULL CHECK (first_seq >= 1),
            last_seq INTEGER NOT NULL CHECK (last_seq >= first_seq),
            reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 64),
            stated_at_us INTEGER NOT NULL,
            PRIMARY KEY (organization, epoch, lane, last_seq),
            FOREIGN KEY (organization, epoch, lane)
                REFERENCES ledger_lane (organization, epoch, lane)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ledger_reason (
            organization INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            lane INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('refused', 'rejected')),
            reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 64),
            total INTEGER NOT NULL CHECK (total >= 0),
            PRIMARY KEY (organization, epoch, lane, kind, reason),
            FOREIGN KEY (organization, epoch, lane)
                REFERENCES ledger_lane (organization, epoch, lane)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ledger_finding (
            organization INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            lane INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN
                ('chain_mismatch', 'fork', 'behind', 'unknown_parent', 'parent_changed')),
            times INTEGER NOT NULL CHECK (times >= 1),
            seq INTEGER NOT NULL CHECK (seq >= 0),
            first_at_us INTEGER NOT NULL,
            last_at_us INTEGER NOT NULL,
            PRIMARY KEY (organization, epoch, lane, kind),
            FOREIGN KEY (organization, epoch, lane)
                REFERENCES ledger_lane (organization, epoch, lane)
        ) STRICT, WITHOUT ROWID;
        """

    static let postgres: StaticString = """
        CREATE TABLE ledger_epoch (
            number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            organization BIGINT NOT NULL,
            collector BIGINT NOT NULL,
            epoch BYTEA NOT NULL CHECK (length(epoch) = 16),
            parent BYTEA CHECK (length(parent) = 16),
            shipper TEXT NOT NULL CHECK (length(shipper) BETWEEN 1 AND 64),
            sent_at_us BIGINT NOT NULL,
            clock_offset_ms BIGINT NOT NULL,
            first_batch_at_us BIGINT NOT NULL,
            last_batch_at_us BIGINT NOT NULL,
            UNIQUE (organization, collector, epoch),
            FOREIGN KEY (organization, collector) REFERENCES collector (organization, number)
        );
        CREATE TABLE ledger_lane (
            organization BIGINT NOT NULL,
            epoch BIGINT NOT NULL REFERENCES ledger_epoch (number),
            lane BIGINT NOT NULL CHECK (lane BETWEEN 0 AND 2),
            parent_last_seq BIGINT CHECK (parent_last_seq >= 0),
            expected_seq BIGINT NOT NULL CHECK (expected_seq >= 1),
            chain_start BYTEA CHECK (length(chain_start) = 32),
            chain BYTEA CHECK (length(chain) = 32),
            accepted BIGINT NOT NULL CHECK (accepted >= 0),
            duplicate BIGINT NOT NULL CHECK (duplicate >= 0),
            rejected BIGINT NOT NULL CHECK (rejected >= 0),
            gaps BIGINT NOT NULL CHECK (gaps >= 0),
            assigned BIGINT NOT NULL CHECK (assigned >= 0),
            pending_from_us BIGINT NOT NULL,
            PRIMARY KEY (organization, epoch, lane),
            CHECK (accepted + duplicate + rejected + gaps = expected_seq - 1),
            CHECK (expected_seq = 1 OR chain IS NOT NULL)
        );
        CREATE TABLE ledger_range (
            organization BIGINT NOT NULL,
            epoch BIGINT NOT NULL,
            lane BIGINT NOT NULL,
            first_seq BIGINT NOT NULL CHECK (first_seq >= 1),
            last_seq BIGINT NOT NULL CHECK (last_seq >= first_seq),
            accepted BIGINT NOT NULL CHECK (accepted >= 0),
            duplicate BIGINT NOT NULL CHECK (duplicate >= 0),
            rejected BIGINT NOT NULL CHECK (rejected >= 0),
            chain_after BYTEA CHECK (length(chain_after) = 32),
            line_digests BYTEA NOT NULL,
            exceptions BYTEA NOT NULL,
            UNIQUE (organization, epoch, lane, last_seq),
            FOREIGN KEY (organization, epoch, lane)
                REFERENCES ledger_lane (organization, epoch, lane),
            CHECK (accepted + duplicate + rejected = last_seq - first_seq + 1),
            CHECK (length(line_digests) = 8 * (last_seq - first_seq + 1))
        );
        CREATE TABLE ledger_gap (
            organization BIGINT NOT NULL,
            epoch BIGINT NOT NULL,
            lane BIGINT NOT NULL,
            first_seq BIGINT NOT NULL CHECK (first_seq >= 1),
            last_seq BIGINT NOT NULL CHECK (last_seq >= first_seq),
            reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 64),
            stated_at_us BIGINT NOT NULL,
            PRIMARY KEY (organization, epoch, lane, last_seq),
            FOREIGN KEY (organization, epoch, lane)
                REFERENCES ledger_lane (organization, epoch, lane)
        );
        CREATE TABLE ledger_reason (
            organization BIGINT NOT NULL,
            epoch BIGINT NOT NULL,
            lane BIGINT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('refused', 'rejected')),
            reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 64),
            total BIGINT NOT NULL CHECK (total >= 0),
            PRIMARY KEY (organization, epoch, lane, kind, reason),
            FOREIGN KEY (organization, epoch, lane)
                REFERENCES ledger_lane (organization, epoch, lane)
        );
        CREATE TABLE ledger_finding (
            organization BIGINT NOT NULL,
            epoch BIGINT NOT NULL,
            lane BIGINT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN
                ('chain_mismatch', 'fork', 'behind', 'unknown_parent', 'parent_changed')),
            times BIGINT NOT NULL CHECK (times >= 1),
            seq BIGINT NOT NULL CHECK (seq >= 0),
            first_at_us BIGINT NOT NULL,
            last_at_us BIGINT NOT NULL,
            PRIMARY KEY (organization, epoch, lane, kind),
            FOREIGN KEY (organization, epoch, lane)
                REFERENCES ledger_lane (organization, epoch, lane)
        );
        """
}

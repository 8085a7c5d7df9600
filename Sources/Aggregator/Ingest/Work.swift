package import Store
package import Time

/// Work for the stages after ingest, one row a chunk and stage. Table `work`: Ingest writes it,
/// Pipeline takes from it.
///
/// A claim is for a time: who dies with one leaves it to the next. There is no cursor, so a chunk
/// that becomes visible late is found all the same.
package struct Work {
    private let tx: Transaction

    /// Opens the work rows inside a transaction.
    package init(_ tx: Transaction) { self.tx = tx }

    /// A chunk that a stage is to process.
    package struct Item: Sendable, Equatable {
        /// The short number of the organization.
        package let organization: Int64
        /// The chunk's number.
        package let chunk: Int64
        /// Claims before this one that did not finish.
        package let attempts: Int
    }

    /// Adds a chunk for every stage, due now.
    func add(_ stages: [String], organization: Int64, chunk: Int64, at now: Timestamp)
        throws(StoreFault)
    {
        for stage in stages {
            try tx.run(
                Self.insert, .integer(organization), .text(stage), .integer(chunk),
                .timestamp(now))
        }
    }

    private static let insert = SQL(
        """
        INSERT INTO work (organization, stage, chunk, created_at_us, free_at_us, attempts)
        VALUES ($1, $2, $3, $4, $4, 0)
        """)

    /// Organizations that have items of a stage which may be taken, the one with the oldest first. The
    /// one statement that looks at all of them; it takes nothing.
    package func organizations(
        _ stage: String, at now: Timestamp, limit: Int = 1_000
    ) throws(StoreFault) -> [Int64] {
        try tx.all(
            Self.organizations, .text(stage), .timestamp(now), .integer(Int64(limit))
        ) { $0.integer(0) }
    }

    private static let organizations = SQL(
        """
        SELECT organization FROM work WHERE stage = $1 AND free_at_us <= $2
        GROUP BY organization ORDER BY min(free_at_us), organization LIMIT $3
        """)

    /// Takes up to `limit` items of an organization that nobody holds, oldest first, until a time.
    package func claim(
        _ stage: String, of organization: Int64, limit: Int, at now: Timestamp, until: Timestamp
    ) throws(StoreFault) -> [Item] {
        try tx.all(
            Self.claim, .text(stage), .timestamp(now), .timestamp(until), .integer(Int64(limit)),
            .integer(organization)
        ) { row in
            Item(
                organization: row.integer(0), chunk: row.integer(1),
                attempts: Int(row.integer(2)) - 1)
        }
    }

    /// SQLite has one writer and no SKIP LOCKED. PostgreSQL may run what stands behind IN once a row,
    /// each time skipping what it locked before; behind ARRAY it runs once.
    private static let claim = SQL(
        sqlite: """
            UPDATE work SET free_at_us = $3, attempts = attempts + 1
            WHERE organization = $5 AND stage = $1 AND chunk IN (
                SELECT chunk FROM work
                WHERE organization = $5 AND stage = $1 AND free_at_us <= $2
                ORDER BY free_at_us, chunk LIMIT $4)
            RETURNING organization, chunk, attempts
            """,
        postgres: """
            UPDATE work SET free_at_us = $3, attempts = attempts + 1
            WHERE organization = $5 AND stage = $1 AND chunk = ANY (ARRAY (
                SELECT chunk FROM work
                WHERE organization = $5 AND stage = $1 AND free_at_us <= $2
                ORDER BY free_at_us, chunk LIMIT $4 FOR UPDATE SKIP LOCKED))
            RETURNING organization, chunk, attempts
            """)

    /// Says until when whoever took an item works on it: longer, since it is alive, or no longer than
    /// now. Nothing where the item was ended.
    package func extend(
        _ stage: String, _ item: Item, until: Timestamp
    ) throws(StoreFault) {
        try tx.run(
            Self.extend, .text(stage), .integer(item.organization), .integer(item.chunk),
            .timestamp(until))
    }

    private static let extend = SQL(
        """
        UPDATE work SET free_at_us = $4 WHERE organization = $2 AND chunk = $3 AND stage = $1
        """)

    /// Frees what a process held that is gone: only where no other works on the stage. What was taken
    /// `attemptsMax` times in vain waits for its time, since it may be what ends its processes.
    package func release(
        _ stage: String, attemptsMax: Int, at now: Timestamp
    ) throws(StoreFault) {
        try tx.run(
            Self.release, .text(stage), .timestamp(now), .integer(Int64(attemptsMax)))
    }

    private static let release = SQL(
        """
        UPDATE work SET free_at_us = $2
        WHERE stage = $1 AND free_at_us > $2 AND attempts < $3
        """)

    /// When the oldest event was received that a stage has not worked on; nil where it has none.
    package func oldestReceived(
        _ stage: String, organization: Int64
    ) throws(StoreFault) -> Timestamp? {
        try tx.first(Self.oldestReceived, .text(stage), .integer(organization)) {
            $0.optionalTimestamp(0)
        } ?? nil
    }

    /// A lane's events are numbered as they are received: a chunk's first is its oldest.
    private static let oldestReceived = SQL(
        """
        SELECT min((SELECT e.received_at_us FROM event e
            WHERE e.organization = w.organization AND e.chunk = w.chunk ORDER BY e.line LIMIT 1))
        FROM work w WHERE w.organization = $2 AND w.stage = $1
        """)

    /// Ends an item, in the transaction that holds the stage's results.
    /// - Returns: false where it was ended before: then the results are not to be kept.
    package func finish(_ stage: String, _ item: Item) throws(StoreFault) -> Bool {
        try tx.run(
            Self.delete, .text(stage), .integer(item.organization), .integer(item.chunk)) == 1
    }

    private static let delete = SQL(
        "DELETE FROM work WHERE organization = $2 AND chunk = $3 AND stage = $1")
}

package import Store
package import Time

/// Deletes an organization's oldest events: the rows, and the chunks that hold their bodies. Tables
/// `event`, `chunk`, `ingest_expired`: Ingest.
///
/// An event's time is that of its chunk, when it was stored here: so a chunk goes as a whole, and never
/// before any of its events' time is over. What a stage still has to work on stays. Whoever keeps an
/// archive of chunks writes it between `due` and `delete`, before the commit.
package struct EventExpiry {
    private let tx: Transaction
    private let organization: Int64

    /// Works for one organization inside a transaction.
    package init(_ tx: Transaction, organization: Int64) {
        self.tx = tx
        self.organization = organization
    }

    /// What was deleted.
    package struct Deleted: Sendable, Equatable {
        /// Events that counted.
        package internal(set) var events: Int
        /// Chunks, with the bodies of all their lines.
        package internal(set) var chunks: Int

        /// Nothing, or so much.
        package init(events: Int = 0, chunks: Int = 0) {
            (self.events, self.chunks) = (events, chunks)
        }
    }

    /// The chunks that were stored first, before a time, by their numbers.
    /// - Parameter lines: as many chunks as have so many lines together; at least one, at most 500.
    package func due(before time: Timestamp, lines: Int) throws(StoreFault) -> [Int64] {
        var chunks: [Int64] = []
        var left = lines
        try tx.each(Self.select, .integer(organization), .timestamp(time)) { row in
            chunks.append(row.integer(0))
            left -= Int(row.integer(1))
            return left > 0
        }
        return chunks
    }

    private static let select = SQL(
        """
        SELECT c.number, c.lines FROM chunk c
        WHERE c.organization = $1 AND c.stored_at_us < $2
            AND NOT EXISTS (SELECT 1 FROM work w
                WHERE w.organization = c.organization AND w.chunk = c.number)
        ORDER BY c.stored_at_us LIMIT 500
        """)

    /// Deletes chunks with their events, and counts them into the books.
    package func delete(_ chunks: [Int64]) throws(StoreFault) -> Deleted {
        guard !chunks.isEmpty else { return Deleted() }
        let number = SQLColumn.integers(chunks)
        var deleted = Deleted()
        deleted.events = try tx.runEach(
            Self.deleteEvents, .constant(.integer(organization)), number)
        deleted.chunks = try tx.runEach(
            Self.deleteChunks, .constant(.integer(organization)), number)
        try count(deleted)
        return deleted
    }

    /// PostgreSQL takes columns as arrays.
    private static let deleteEvents = SQL(
        sqlite: "DELETE FROM event WHERE organization = $1 AND chunk = $2",
        postgres: "DELETE FROM event WHERE organization = $1 AND chunk = ANY ($2::bigint[])")

    private static let deleteChunks = SQL(
        sqlite: "DELETE FROM chunk WHERE organization = $1 AND number = $2",
        postgres: "DELETE FROM chunk WHERE organization = $1 AND number = ANY ($2::bigint[])")

    /// Enters what has expired into the books.
    func count(_ deleted: Deleted) throws(StoreFault) {
        try tx.run(
            Self.add, .integer(organization), .integer(Int64(deleted.events)),
            .integer(Int64(deleted.chunks)))
    }

    private static let add = SQL(
        """
        INSERT INTO ingest_expired (organization, events, chunks, ids, ids_read_at_us)
        VALUES ($1, $2, $3, 0, 0)
        ON CONFLICT (organization) DO UPDATE SET events = ingest_expired.events + excluded.events,
            chunks = ingest_expired.chunks + excluded.chunks
        """)
}

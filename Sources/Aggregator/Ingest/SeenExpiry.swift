package import Store
package import Time

/// Deletes the ids of an organization's events that are gone: what comes with one of them afterwards is
/// a new event. Tables `event_seen`, `ingest_expired`: Ingest.
///
/// Ids lie in their own order, not in that of time: they are read from one end to the other, a page at a
/// time, once a day.
package struct SeenExpiry {
    private let tx: Transaction
    private let organization: Int64

    /// Works for one organization inside a transaction.
    package init(_ tx: Transaction, organization: Int64) {
        self.tx = tx
        self.organization = organization
    }

    /// Where a page begins: after this id of a site and class.
    package struct Place: Sendable {
        fileprivate let site: Int64
        fileprivate let credential: Int64
        fileprivate let id: [UInt8]

        /// Before all ids.
        package static let start = Place(site: .min, credential: .min, id: [])

        fileprivate static let end = Place(site: .max, credential: .max, id: [])

        fileprivate var values: [SQLValue] { [.integer(site), .integer(credential), .bytes(id)] }
    }

    /// Whether the ids were not read from end to end since then.
    package func isDue(since time: Timestamp) throws(StoreFault) -> Bool {
        let readAt = try tx.first(Self.selectRead, .integer(organization)) { $0.timestamp(0) }
        return readAt.map { $0 < time } ?? true
    }

    private static let selectRead = SQL(
        "SELECT ids_read_at_us FROM ingest_expired WHERE organization = $1")

    /// Deletes of one page what was received before a time and whose chunk is gone.
    /// - Parameter ids: so many are looked at.
    /// - Returns: how many were deleted, and where the next page begins; nil after the last.
    package func delete(
        before time: Timestamp, from place: Place, looking ids: Int
    ) throws(StoreFault) -> (deleted: Int, next: Place?) {
        let start = [.integer(organization)] + place.values
        var next: Place?
        try tx.each(Self.selectEnd, values: start + [.integer(Int64(ids - 1))]) { row in
            next = Place(
                site: row.integer(0), credential: row.integer(1), id: row.bytes(2))
            return false
        }
        let deleted = try tx.run(
            Self.delete, values: start + (next ?? .end).values + [.timestamp(time)])
        return (deleted, next)
    }

    private static let selectEnd = SQL(
        """
        SELECT site, class, id FROM event_seen
        WHERE organization = $1 AND (site, class, id) > ($2, $3, $4)
        ORDER BY site, class, id LIMIT 1 OFFSET $5
        """)

    /// An id stays as long as the chunk of its event, however late that was stored.
    private static let delete = SQL(
        """
        DELETE FROM event_seen
        WHERE organization = $1 AND (site, class, id) > ($2, $3, $4)
            AND (site, class, id) <= ($5, $6, $7) AND received_at_us < $8
            AND NOT EXISTS (SELECT 1 FROM chunk c
                WHERE c.organization = event_seen.organization AND c.number = event_seen.chunk)
        """)

    /// Counts what was deleted; at the end of the last page, the ids were read from end to end.
    package func count(_ deleted: Int, endedAt time: Timestamp?) throws(StoreFault) {
        try tx.run(
            Self.add, .integer(organization), .integer(Int64(deleted)),
            .integer(time?.microseconds ?? 0))
    }

    private static let add = SQL(
        """
        INSERT INTO ingest_expired (organization, events, chunks, ids, ids_read_at_us)
        VALUES ($1, 0, 0, $2, $3)
        ON CONFLICT (organization) DO UPDATE SET ids = ingest_expired.ids + excluded.ids,
            ids_read_at_us = CASE WHEN excluded.ids_read_at_us > 0 THEN excluded.ids_read_at_us
                ELSE ingest_expired.ids_read_at_us END
        """)
}

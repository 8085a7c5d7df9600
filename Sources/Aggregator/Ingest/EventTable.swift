import ConveyProtocol
import Store
import Time

/// An event that is sound and whose site is the collector's, with its place in a chunk.
struct PlacedEvent: Sendable {
    let line: Int
    let seq: Int64
    /// The site's short number.
    let site: Int64
    let head: EventHead
    /// The head's id as `event_seen` holds it.
    let packedID: [UInt8]
}

/// Bodies as chunks, and a narrow row for each event that counts. Tables `chunk`, `event`: Ingest.
struct EventTable {
    let tx: Transaction
    let organization: Int64

    /// Where a chunk comes from.
    struct ChunkOrigin {
        let epoch: Int64
        let lane: Lane
        /// Whether the first line is a batch's header.
        let hasHeader: Bool
    }

    /// Stores a body and gives it its number.
    /// - Parameter lines: event lines in it, at least 1.
    func addChunk(
        _ body: [UInt8], lines: Int, from origin: ChunkOrigin, at now: Timestamp
    ) throws(StoreFault) -> Int64 {
        let number = try tx.first(
            Self.insertChunk, .integer(organization), .integer(origin.epoch), origin.lane.sql,
            .timestamp(now), .integer(Int64(lines)), .flag(origin.hasHeader), .bytes(body)
        ) { $0.integer(0) }
        guard let number else { throw StoreFault("number a chunk", kind: .corrupt) }
        return number
    }

    /// In PostgreSQL a number carries the day, which chooses the partition (`Schema.m0018Partitions`).
    private static let insertChunk = SQL(
        sqlite: """
            INSERT INTO chunk (organization, epoch, lane, stored_at_us, lines, has_header, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING number
            """,
        postgres: """
            INSERT INTO chunk (number, organization, epoch, lane, stored_at_us, lines, has_header,
                body)
            VALUES (($4 / 86400000000 << 40) + nextval('chunk_number'), $1, $2, $3, $4, $5, $6, $7)
            RETURNING number
            """)

    /// Stores the rows of events that count.
    func add(_ events: [PlacedEvent], chunk: Int64) throws(StoreFault) {
        guard !events.isEmpty else { return }
        try tx.runEach(
            Self.insertEvent, .constant(.integer(organization)), .constant(.integer(chunk)),
            .integers(events.map { Int64($0.line) }), .integers(events.map(\.site)),
            .texts(events.map(\.head.type)),
            .integers(events.map { Int64($0.head.source.number) }),
            .integers(events.map { Int64($0.head.credential.number) }),
            .integers(events.map(\.seq)),
            .integers(events.map(\.head.occurredAt.microseconds)),
            .integers(events.map(\.head.receivedAt.microseconds)))
    }

    /// PostgreSQL takes columns as arrays.
    private static let insertEvent = SQL(
        sqlite: """
            INSERT INTO event (organization, chunk, line, site, type, source, class, seq,
                occurred_at_us, received_at_us)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
        postgres: """
            INSERT INTO event (organization, chunk, line, site, type, source, class, seq,
                occurred_at_us, received_at_us)
            SELECT $1, $2, line, site, type, source, class, seq, occurred_at_us, received_at_us
            FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[],
                $8::bigint[], $9::bigint[], $10::bigint[])
                AS u (line, site, type, source, class, seq, occurred_at_us, received_at_us)
            """)

    /// Removes the row of a copy that no longer counts; false where it has expired.
    func remove(chunk: Int64, line: Int) throws(StoreFault) -> Bool {
        try tx.run(
            Self.deleteEvent, .integer(organization), .integer(chunk), .integer(Int64(line))) == 1
    }

    private static let deleteEvent = SQL(
        "DELETE FROM event WHERE organization = $1 AND chunk = $2 AND line = $3")
}

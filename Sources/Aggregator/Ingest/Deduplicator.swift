import ConveyProtocol
import Store
import Time

/// Counts each event once, however often and wherever it comes. Table `event_seen`: Ingest.
///
/// An event is known by (organization, site, credential class, id). Of its copies the one with the
/// smallest (received_at, collector, seq) counts, whatever the order in which they come; equal ones,
/// as two epochs of one collector can hold, are told apart by epoch and lane.
struct Deduplicator {
    let tx: Transaction
    let organization: Int64

    /// Where the new events lie, and what ranks them among copies.
    struct Origin {
        let chunk: Int64
        let collector: Int64
        let epoch: EpochID
        let lane: Lane
    }

    /// What became of a chunk's events, by line.
    struct Finding {
        /// Events that were here before, ascending.
        var duplicates: [Int] = []
        /// Events that count from now on: the new ones, and copies that rank before what was here.
        var counting: Set<Int64> = []
    }

    /// Enters the events' ids and finds the copies.
    /// - Parameter events: of one chunk, ascending by line.
    func enter(_ events: [PlacedEvent], from origin: Origin) throws(StoreFault) -> Finding {
        guard !events.isEmpty else { return Finding() }
        var finding = Finding()
        finding.counting = try tx.insertNew(
            Self.insert, .constant(.integer(organization)), .integers(events.map(\.site)),
            .integers(events.map { Int64($0.head.credential.number) }),
            .bytes(events.map(\.packedID)),
            .integers(events.map(\.head.receivedAt.microseconds)),
            .constant(.integer(origin.chunk)), .integers(events.map { Int64($0.line) }),
            identifiedBy: 7)
        let duplicates = events.filter { !finding.counting.contains(Int64($0.line)) }
        finding.duplicates = duplicates.map(\.line)
        for event in try contenders(duplicates, from: origin) {
            guard let displaced = try place(event, from: origin) else { continue }
            finding.counting.insert(Int64(event.line))
            if displaced.chunk == origin.chunk {
                finding.counting.remove(Int64(displaced.line))
            }
        }
        return finding
    }

    /// SQLite runs this once an event. In PostgreSQL the second of two equal ids of one statement is
    /// passed over like one that was there before; all batches enter ids in one order, or two that hold
    /// the same ids would wait for each other.
    private static let insert = SQL(
        sqlite: """
            INSERT INTO event_seen (organization, site, class, id, received_at_us, chunk, line)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (organization, site, class, id) DO NOTHING
            """,
        postgres: """
            INSERT INTO event_seen (organization, site, class, id, received_at_us, chunk, line)
            SELECT $1, site, class, id, received_at_us, $6, line
            FROM unnest($2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[], $7::bigint[])
                AS u (site, class, id, received_at_us, line)
            ORDER BY site, class, id, line
            ON CONFLICT (organization, site, class, id) DO NOTHING RETURNING line
            """)

    /// The copy that counts so far.
    private struct Counted {
        let receivedAt: Int64
        let chunk: Int64
        let line: Int
    }

    /// The copies that may rank before the one that counts so far. Nearly none does: of two copies the
    /// one that comes later was mostly received later, too. Whoever is outranked once stays so, whatever
    /// others do meanwhile, so this asks for all at once and holds nothing.
    private func contenders(
        _ copies: [PlacedEvent], from origin: Origin
    ) throws(StoreFault) -> [PlacedEvent] {
        guard !copies.isEmpty else { return [] }
        var places: [Int64] = []
        try tx.runEach(
            Self.selectAll, .constant(.integer(organization)), .integers(copies.map(\.site)),
            .integers(copies.map { Int64($0.head.credential.number) }),
            .bytes(copies.map(\.packedID)), .integers(copies.indices.map(Int64.init))
        ) { row in
            let event = copies[Int(row.integer(0))]
            let counted = Counted(
                receivedAt: row.integer(1), chunk: row.integer(2), line: Int(row.integer(3)))
            if Self.mayRank(event, from: origin, before: counted) { places.append(row.integer(0)) }
        }
        return places.map { copies[Int($0)] }.sorted(by: Self.comesBefore)
    }

    /// The order in which all batches hold ids; copies of one id in that of their lines.
    private static func comesBefore(_ one: PlacedEvent, _ other: PlacedEvent) -> Bool {
        let left = (one.site, one.head.credential.number)
        let right = (other.site, other.head.credential.number)
        guard left == right else { return left < right }
        guard one.packedID == other.packedID else {
            return one.packedID.lexicographicallyPrecedes(other.packedID)
        }
        return one.line < other.line
    }

    /// False where times or lines settle that it does not.
    private static func mayRank(
        _ event: PlacedEvent, from origin: Origin, before counted: Counted
    ) -> Bool {
        let receivedAt = event.head.receivedAt.microseconds
        guard receivedAt == counted.receivedAt else { return receivedAt < counted.receivedAt }
        return counted.chunk != origin.chunk || event.line < counted.line
    }

    /// PostgreSQL looks each id up, however few rows it believed there to be when it planned.
    private static let selectAll = SQL(
        sqlite: """
            SELECT $5, received_at_us, chunk, line FROM event_seen
            WHERE organization = $1 AND site = $2 AND class = $3 AND id = $4
            """,
        postgres: """
            SELECT u.place, s.received_at_us, s.chunk, s.line
            FROM unnest($2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[])
                AS u (site, class, id, place)
            CROSS JOIN LATERAL (SELECT e.received_at_us, e.chunk, e.line FROM event_seen e
                WHERE e.organization = $1 AND e.site = u.site AND e.class = u.class
                    AND e.id = u.id LIMIT 1) s
            """)

    /// Lets a copy count if it ranks before the one that does, whose row is removed. Where that has
    /// expired, so have all its copies: counted is what was accepted, once, and that is over.
    /// - Returns: the one that did; nil where nothing changes.
    private func place(
        _ event: PlacedEvent, from origin: Origin
    ) throws(StoreFault) -> Counted? {
        let site = SQLValue.integer(event.site)
        let credential = SQLValue.integer(Int64(event.head.credential.number))
        let counted = try tx.first(
            Self.select, .integer(organization), site, credential, .bytes(event.packedID)
        ) { Counted(receivedAt: $0.integer(0), chunk: $0.integer(1), line: Int($0.integer(2))) }
        guard let counted, try ranks(event, from: origin, before: counted) else { return nil }
        if counted.chunk != origin.chunk {
            let table = EventTable(tx: tx, organization: organization)
            guard try table.remove(chunk: counted.chunk, line: counted.line) else { return nil }
        }
        try tx.run(
            Self.update, .integer(organization), site, credential, .bytes(event.packedID),
            .timestamp(event.head.receivedAt), .integer(origin.chunk),
            .integer(Int64(event.line)))
        return counted
    }

    /// PostgreSQL holds off others who rank a copy of the same event: of three copies the two that
    /// come last would each be compared with the first alone. SQLite has one writer.
    private static let select = SQL(
        sqlite: """
            SELECT received_at_us, chunk, line FROM event_seen
            WHERE organization = $1 AND site = $2 AND class = $3 AND id = $4
            """,
        postgres: """
            SELECT received_at_us, chunk, line FROM event_seen
            WHERE organization = $1 AND site = $2 AND class = $3 AND id = $4 FOR UPDATE
            """)

    private static let update = SQL(
        """
        UPDATE event_seen SET received_at_us = $5, chunk = $6, line = $7
        WHERE organization = $1 AND site = $2 AND class = $3 AND id = $4
        """)

    /// Where both arrived at the edge in the same millisecond, the origin decides. A copy that has
    /// expired keeps its rank.
    private func ranks(
        _ event: PlacedEvent, from origin: Origin, before counted: Counted
    ) throws(StoreFault) -> Bool {
        let receivedAt = event.head.receivedAt.microseconds
        guard receivedAt == counted.receivedAt else { return receivedAt < counted.receivedAt }
        guard counted.chunk != origin.chunk else { return event.line < counted.line }
        let other = try tx.first(
            Self.selectOrigin, .integer(organization), .integer(counted.chunk),
            .integer(Int64(counted.line))
        ) { row in
            CopyRank(
                collector: row.integer(0), seq: row.integer(1), epoch: row.bytes(2),
                lane: row.integer(3))
        }
        let own = CopyRank(
            collector: origin.collector, seq: event.seq, epoch: origin.epoch.bytes,
            lane: Int64(origin.lane.number))
        return other.map { own < $0 } ?? false
    }

    private static let selectOrigin = SQL(
        """
        SELECT p.collector, e.seq, p.epoch, c.lane
        FROM event e
        JOIN chunk c ON c.organization = e.organization AND c.number = e.chunk
        JOIN ledger_epoch p ON p.organization = c.organization AND p.number = c.epoch
        WHERE e.organization = $1 AND e.chunk = $2 AND e.line = $3
        """)
}

/// What ranks copies that arrived in the same millisecond.
private struct CopyRank: Comparable {
    let collector: Int64
    let seq: Int64
    let epoch: [UInt8]
    let lane: Int64

    static func < (left: Self, right: Self) -> Bool {
        guard left.collector == right.collector else { return left.collector < right.collector }
        guard left.seq == right.seq else { return left.seq < right.seq }
        guard left.epoch == right.epoch else {
            return left.epoch.lexicographicallyPrecedes(right.epoch)
        }
        return left.lane < right.lane
    }
}

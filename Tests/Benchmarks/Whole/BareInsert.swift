import ConveyProtocol
import Store
import Time

/// The same rows as ingest writes, into the same tables of the same database: the body of a batch, an
/// id for each event, and the rows of those that are new. Nothing is verified, opened, read or booked.
struct BareInsert: Sendable {
    private static let batchSize = 1_000

    let store: Store
    /// The yard's tenants; each has its writer.
    let streams: Int
    let kind: IDKind

    /// Inserts batch after batch, a commit each, as many at a time as there are streams.
    /// - Returns: events a second, duplicates too.
    func run(seconds: Double) async throws -> Double {
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let batches = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...Int64(streams) {
                group.addTask { try await write(number, until: end) }
            }
            return try await group.reduce(0, +)
        }
        return Double(batches * Self.batchSize) / ((ContinuousClock.now - start) / .seconds(1))
    }

    private func write(_ number: Int64, until end: ContinuousClock.Instant) async throws -> Int {
        var random = SystemRandomNumberGenerator()
        var ids = EventIDs(kind, seed: random.next())
        let body = SeededBytes(seed: UInt64(number)).bytes(53_000)
        let found = try await store.read { tx in
            try tx.first(Self.selectEpoch, .integer(number)) { $0.integer(0) }
        }
        guard let epoch = found else { throw BenchFault("a stream has no epoch") }
        var batches = 0
        while ContinuousClock.now < end {
            let now = SystemClock().now()
            let packed = (0..<Self.batchSize).map { _ in Self.packed(ids.next(now)) }
            try await store.write { tx in
                let chunk = try tx.first(
                    Self.insertChunk, .integer(number), .integer(epoch), .timestamp(now),
                    .bytes(body)
                ) { $0.integer(0) }
                try Self.insert(packed, chunk ?? 0, of: number, at: now, tx)
            }
            batches += 1
        }
        return batches
    }

    private static func packed(_ text: [UInt8]) -> [UInt8] {
        EventID(String(decoding: text, as: UTF8.self))?.packed ?? []
    }

    private static func insert(
        _ ids: [[UInt8]], _ chunk: Int64, of number: Int64, at now: Timestamp, _ tx: Transaction
    ) throws(StoreFault) {
        let lines = ids.indices.map(Int64.init)
        let new = try tx.insertNew(
            insertID, .constant(.integer(number)), .bytes(ids), .constant(.timestamp(now)),
            .constant(.integer(chunk)), .integers(lines), identifiedBy: 5)
        let counting = lines.filter(new.contains)
        guard !counting.isEmpty else { return }
        try tx.runEach(
            insertEvent, .constant(.integer(number)), .constant(.integer(chunk)),
            .integers(counting), .texts(counting.map { _ in "page_view" }),
            .integers(counting.map { now.microseconds - $0 % 50 * 100_000 }),
            .constant(.timestamp(now)))
    }

    private static let selectEpoch = SQL(
        "SELECT number FROM ledger_epoch WHERE organization = $1")

    private static let insertChunk = SQL(
        sqlite: """
            INSERT INTO chunk (organization, epoch, lane, stored_at_us, lines, has_header, body)
            VALUES ($1, $2, 2, $3, 1000, 1, $4) RETURNING number
            """,
        postgres: """
            INSERT INTO chunk (number, organization, epoch, lane, stored_at_us, lines, has_header,
                body)
            VALUES (($3 / 86400000000 << 40) + nextval('chunk_number'), $1, $2, 2, $3, 1000, 1, $4)
            RETURNING number
            """)

    private static let insertID = SQL(
        sqlite: """
            INSERT INTO event_seen (organization, site, class, id, received_at_us, chunk, line)
            VALUES ($1, $1, 0, $2, $3, $4, $5) ON CONFLICT DO NOTHING
            """,
        postgres: """
            INSERT INTO event_seen (organization, site, class, id, received_at_us, chunk, line)
            SELECT $1, $1, 0, id, $3, $4, line
            FROM unnest($2::bytea[], $5::bigint[]) AS u (id, line)
            ON CONFLICT DO NOTHING RETURNING line
            """)

    private static let insertEvent = SQL(
        sqlite: """
            INSERT INTO event (organization, chunk, line, site, type, source, class, seq,
                occurred_at_us, received_at_us)
            VALUES ($1, $2, $3, $1, $4, 0, 0, $3 + 1, $5, $6)
            """,
        postgres: """
            INSERT INTO event (organization, chunk, line, site, type, source, class, seq,
                occurred_at_us, received_at_us)
            SELECT $1, $2, line, $1, type, 0, 0, line + 1, occurred_at_us, $6
            FROM unnest($3::bigint[], $4::text[], $5::bigint[]) AS u (line, type, occurred_at_us)
            """)
}

import ConveyProtocol
import SQLite
import Time

/// A batch whose framing the aggregator refused, as the buffer's file remembers it.
struct QuarantinedBatch: Equatable, Sendable {
    /// Where its events are.
    enum State: String {
        case aside, waiting, returned
    }

    let number: Int64
    let epoch: EpochID
    let lane: Lane
    let firstSeq: Int64
    let lastSeq: Int64
    /// Events in it.
    let count: Int64
    /// The last number of it with a receipt since it came back, and how many events have one.
    let doneSeq: Int64
    let doneCount: Int64
    let state: State
    let lineByteCount: Int

    /// Events that came back and wait for a receipt.
    var waitingCount: Int64 { state == .waiting ? count - doneCount : 0 }
}

/// Table `quarantine`.
extension BufferFile {
    /// Remembers a batch that was set aside.
    func setAside(
        _ file: QuarantineFile, count: Int, at now: Timestamp
    ) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            INSERT INTO quarantine (epoch, lane, first_seq, last_seq, count, done_seq, done_count,
                state, at_us, line_bytes)
            VALUES ($1, $2, $3, $4, $5, $3 - 1, 0, 'aside', $6, 0)
            ON CONFLICT (epoch, lane, first_seq) DO NOTHING
            """)
        try statement.bind(1, file.epoch.bytes)
        try statement.bind(2, Int64(file.lane.number))
        try statement.bind(3, file.seqs.lowerBound)
        try statement.bind(4, file.seqs.upperBound)
        try statement.bind(5, Int64(count))
        try statement.bind(6, now.microseconds)
        try statement.run()
    }

    /// The batch that begins with a number of an epoch.
    func quarantined(
        _ epoch: EpochID, _ lane: Lane, from firstSeq: Int64
    ) throws(SQLiteError) -> QuarantinedBatch? {
        let statement = try connection.statement(
            """
            SELECT number, epoch, lane, first_seq, last_seq, count, done_seq, done_count, state,
                line_bytes
            FROM quarantine WHERE epoch = $1 AND lane = $2 AND first_seq = $3
            """)
        defer { statement.clear() }
        try statement.bind(1, epoch.bytes)
        try statement.bind(2, Int64(lane.number))
        try statement.bind(3, firstSeq)
        return try statement.next().flatMap(Self.quarantined)
    }

    /// The first batch of an epoch that waits and whose gap has a receipt: only then the ledger knows
    /// the gap that it fills.
    func nextReturn(
        _ epoch: EpochID, _ lane: Lane, upTo receiptedSeq: Int64
    ) throws(SQLiteError) -> QuarantinedBatch? {
        let statement = try connection.statement(
            """
            SELECT number, epoch, lane, first_seq, last_seq, count, done_seq, done_count, state,
                line_bytes
            FROM quarantine
            WHERE state = 'waiting' AND epoch = $1 AND lane = $2 AND last_seq <= $3
            ORDER BY first_seq LIMIT 1
            """)
        defer { statement.clear() }
        try statement.bind(1, epoch.bytes)
        try statement.bind(2, Int64(lane.number))
        try statement.bind(3, receiptedSeq)
        return try statement.next().flatMap(Self.quarantined)
    }

    /// Batches that came back, of a lane, and are still held.
    func heldReturns(_ lane: Lane) throws(SQLiteError) -> [QuarantinedBatch] {
        let statement = try connection.statement(
            """
            SELECT number, epoch, lane, first_seq, last_seq, count, done_seq, done_count, state,
                line_bytes
            FROM quarantine WHERE lane = $1 AND body IS NOT NULL ORDER BY number
            """)
        defer { statement.clear() }
        try statement.bind(1, Int64(lane.number))
        var batches: [QuarantinedBatch] = []
        while let row = try statement.next() {
            if let batch = Self.quarantined(row) { batches.append(batch) }
        }
        return batches
    }

    /// Every batch that was ever set aside, with the lines of those that came back.
    func allQuarantined() throws(SQLiteError) -> [(batch: QuarantinedBatch, body: [UInt8])] {
        guard try age() == .known else { return [] }
        let statement = try connection.statement(
            """
            SELECT number, epoch, lane, first_seq, last_seq, count, done_seq, done_count, state,
                line_bytes, body
            FROM quarantine ORDER BY number
            """)
        var all: [(batch: QuarantinedBatch, body: [UInt8])] = []
        while let row = try statement.next() {
            if let batch = Self.quarantined(row) { all.append((batch, row.bytes(10))) }
        }
        return all
    }

    private static func quarantined(_ row: Row) -> QuarantinedBatch? {
        guard let epoch = EpochID(bytes: row.bytes(1)),
            let lane = Lane(number: Int(row.integer(2))),
            let state = QuarantinedBatch.State(rawValue: row.text(8) ?? "")
        else { return nil }
        return QuarantinedBatch(
            number: row.integer(0), epoch: epoch, lane: lane, firstSeq: row.integer(3),
            lastSeq: row.integer(4), count: row.integer(5), doneSeq: row.integer(6),
            doneCount: row.integer(7), state: state, lineByteCount: Int(row.integer(9)))
    }

    /// The lines of a batch that came back, compressed.
    func body(of batch: QuarantinedBatch) throws(SQLiteError) -> [UInt8] {
        let statement = try connection.statement("SELECT body FROM quarantine WHERE number = $1")
        defer { statement.clear() }
        try statement.bind(1, batch.number)
        return try statement.next()?.bytes(0) ?? []
    }

    /// Changes where a batch is; without a body the lines are forgotten.
    func move(
        _ batch: QuarantinedBatch, to state: QuarantinedBatch.State,
        done: (seq: Int64, count: Int64),
        at now: Timestamp
    ) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            UPDATE quarantine SET state = $2, done_seq = $3, done_count = $4, at_us = $5
            WHERE number = $1
            """)
        try statement.bind(1, batch.number)
        try statement.bind(2, state.rawValue)
        try statement.bind(3, done.seq)
        try statement.bind(4, done.count)
        try statement.bind(5, now.microseconds)
        try statement.run()
    }

    /// Takes in the lines of a batch that comes back.
    func keepReturn(
        _ batch: QuarantinedBatch, _ lines: QuarantinedLines, body: [UInt8]
    ) throws(SQLiteError) {
        let statement = try connection.statement(
            "UPDATE quarantine SET count = $2, line_bytes = $3, body = $4 WHERE number = $1")
        try statement.bind(1, batch.number)
        try statement.bind(2, Int64(lines.count))
        try statement.bind(3, Int64(lines.bytes.count))
        try statement.run(borrowing: body, as: 4)
    }

    /// Remembers that what of a batch has no receipt is set aside once more.
    func setAsideAgain(_ batch: QuarantinedBatch, at now: Timestamp) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            UPDATE quarantine SET state = 'aside', count = count - done_count, done_count = 0,
                at_us = $2, body = NULL
            WHERE number = $1
            """)
        try statement.bind(1, batch.number)
        try statement.bind(2, now.microseconds)
        try statement.run()
    }

    /// Forgets the lines of a batch that does not wait.
    func forgetReturn(_ batch: QuarantinedBatch) throws(SQLiteError) {
        let statement = try connection.statement(
            "UPDATE quarantine SET body = NULL WHERE number = $1 AND state <> 'waiting'")
        try statement.bind(1, batch.number)
        try statement.run()
    }

    /// Forgets the lines of batches that got their receipt before an instant; nil for all.
    func forgetReturns(before instant: Timestamp?) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            UPDATE quarantine SET body = NULL
            WHERE state = 'returned' AND body IS NOT NULL AND at_us < $1
            """)
        try statement.bind(1, instant?.microseconds ?? .max)
        try statement.run()
    }

    /// Events that came back and wait.
    func returningEvents() throws(SQLiteError) -> PerLane<Int64> {
        let statement = try connection.statement(
            """
            SELECT lane, sum(count - done_count) FROM quarantine WHERE state = 'waiting'
            GROUP BY lane
            """)
        defer { statement.clear() }
        var counts = PerLane<Int64>(repeating: 0)
        while let row = try statement.next() {
            if let lane = Lane(number: Int(row.integer(0))) { counts[lane] = row.integer(1) }
        }
        return counts
    }
}

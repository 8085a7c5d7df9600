import ConveyProtocol
import SQLite
import Time

/// A row of events: consecutive ones of one lane that were committed together.
struct Chunk: Equatable, Sendable {
    let lane: Lane
    let first: Int64
    let last: Int64
    let oldest: Timestamp
    let lineByteCount: Int
    let basis: EdgeClock.Basis
    /// A zstd frame.
    let body: [UInt8]

    var count: Int64 { last - first + 1 }

    /// Whether it can have been written: a damaged row may say anything.
    var isPlausible: Bool {
        last >= first && last - first < Int64(Segment.eventsMax)
            && (1...Self.lineBytesMax).contains(lineByteCount)
    }

    /// A segment, and what the correction of its times may add to it.
    private static let lineBytesMax = 1_048_576
}

/// Table `chunk`.
extension BufferFile {
    /// The row of a lane's position; lanes follow one another.
    static func place(_ lane: Lane, _ position: Int64) -> Int64 {
        Int64(lane.number) << 54 | position
    }

    private static func position(_ place: Int64) -> Int64 { place & (1 << 54 - 1) }

    func insert(_ chunk: Chunk) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            INSERT INTO chunk (place, last, oldest_us, line_bytes, boot, ahead_us, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """)
        try bind(chunk, to: statement)
        try statement.run(borrowing: chunk.body, as: 7)
    }

    /// Replaces a chunk's lines and times.
    func replace(_ chunk: Chunk) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            UPDATE chunk SET last = $2, oldest_us = $3, line_bytes = $4, boot = $5,
                ahead_us = $6, body = $7
            WHERE place = $1
            """)
        try bind(chunk, to: statement)
        try statement.run(borrowing: chunk.body, as: 7)
    }

    private func bind(_ chunk: Chunk, to statement: Statement) throws(SQLiteError) {
        try statement.bind(1, Self.place(chunk.lane, chunk.first))
        try statement.bind(2, chunk.last)
        try statement.bind(3, chunk.oldest.microseconds)
        try statement.bind(4, Int64(chunk.lineByteCount))
        switch chunk.basis {
        case .corrected:
            try statement.bindNull(5)
            try statement.bindNull(6)
        case .wall(let ahead, let boot):
            try statement.bind(5, boot.bytes)
            try statement.bind(6, ahead.wholeMicroseconds)
        }
    }

    /// The chunks that hold a position or come after it, in order, until `isEnough` says so; the
    /// one that made it say so is the last.
    func chunks(
        _ lane: Lane, from position: Int64, until isEnough: (Chunk) -> Bool
    ) throws(SQLiteError) -> [Chunk] {
        let start = try startOfChunk(lane, holding: position) ?? position
        let statement = try connection.statement(
            """
            SELECT place, last, oldest_us, line_bytes, boot, ahead_us, body FROM chunk
            WHERE place >= $1 AND place < $2 ORDER BY place
            """)
        defer { statement.clear() }
        try statement.bind(1, Self.place(lane, start))
        try statement.bind(2, Int64(lane.number + 1) << 54)
        var chunks: [Chunk] = []
        while let row = try statement.next() {
            let chunk = Self.chunk(row, lane)
            chunks.append(chunk)
            if isEnough(chunk) { break }
        }
        return chunks
    }

    /// A row whose figures cannot be, as damage leaves them, is a chunk without a body: nothing can be
    /// read of it, and it hides none of its neighbours.
    private static func chunk(_ row: Row, _ lane: Lane) -> Chunk {
        let basis: EdgeClock.Basis =
            row.isNull(4)
            ? .corrected
            : .wall(ahead: .microseconds(row.integer(5)), boot: BootID(bytes: row.bytes(4)))
        let first = position(row.integer(0))
        let chunk = Chunk(
            lane: lane, first: first, last: row.integer(1),
            oldest: Timestamp(microseconds: row.integer(2)),
            lineByteCount: Int(row.integer(3)), basis: basis, body: row.bytes(6))
        guard chunk.isPlausible, row.isNull(4) || row.integer(5).magnitude < 1 << 53 else {
            return Chunk(
                lane: lane, first: first, last: first, oldest: Timestamp(microseconds: 0),
                lineByteCount: 0, basis: .corrected, body: [])
        }
        return chunk
    }

    private func startOfChunk(
        _ lane: Lane, holding position: Int64
    ) throws(SQLiteError) -> Int64? {
        let statement = try connection.statement(
            """
            SELECT place, last FROM chunk WHERE place >= $1 AND place <= $2
            ORDER BY place DESC LIMIT 1
            """)
        defer { statement.clear() }
        try statement.bind(1, Self.place(lane, 0))
        try statement.bind(2, Self.place(lane, position))
        guard let row = try statement.next(), row.integer(1) >= position else { return nil }
        return Self.position(row.integer(0))
    }

    /// The time of the oldest event at or behind a position; nil where none is held.
    func oldest(_ lane: Lane, from position: Int64) throws(SQLiteError) -> Timestamp? {
        let start = try startOfChunk(lane, holding: position) ?? position
        let statement = try connection.statement(
            """
            SELECT oldest_us FROM chunk WHERE place >= $1 AND place < $2 ORDER BY place LIMIT 1
            """)
        defer { statement.clear() }
        try statement.bind(1, Self.place(lane, start))
        try statement.bind(2, Int64(lane.number + 1) << 54)
        return try statement.next().map { Timestamp(microseconds: $0.integer(0)) }
    }

    /// The bounds of the chunks between two positions, without their bodies.
    func chunkBounds(
        _ lane: Lane, _ positions: ClosedRange<Int64>
    ) throws(SQLiteError) -> [ClosedRange<Int64>] {
        let start = try startOfChunk(lane, holding: positions.lowerBound) ?? positions.lowerBound
        let statement = try connection.statement(
            "SELECT place, last FROM chunk WHERE place >= $1 AND place <= $2 ORDER BY place")
        try statement.bind(1, Self.place(lane, start))
        try statement.bind(2, Self.place(lane, positions.upperBound))
        var bounds: [ClosedRange<Int64>] = []
        while let row = try statement.next() {
            let first = Self.position(row.integer(0))
            bounds.append(first...max(first, row.integer(1)))
        }
        return bounds
    }

    /// Deletes the oldest chunks of a lane that end at or before a position.
    /// - Parameter limit: Most chunks; keeps the transaction small.
    /// - Returns: How many were deleted.
    func deleteChunks(
        _ lane: Lane, upTo position: Int64, limit: Int
    ) throws(SQLiteError) -> Int {
        let statement = try connection.statement(
            """
            DELETE FROM chunk WHERE place IN (
                SELECT place FROM chunk WHERE place >= $1 AND place <= $2 AND last <= $3
                ORDER BY place LIMIT $4)
            """)
        try statement.bind(1, Self.place(lane, 0))
        try statement.bind(2, Self.place(lane, position))
        try statement.bind(3, position)
        try statement.bind(4, Int64(limit))
        return try statement.run()
    }

    /// A lane's first or last chunk between two positions, by reading as little as possible: for
    /// salvage, where any page may be damaged.
    func chunkForSalvage(
        _ lane: Lane, between bounds: (lower: Int64, upper: Int64), descending: Bool
    ) throws(SQLiteError) -> Chunk? {
        let statement = try connection.prepare(
            descending
                ? """
                SELECT place, last, oldest_us, line_bytes, boot, ahead_us, body FROM chunk
                WHERE place > $1 AND place < $2 ORDER BY place DESC LIMIT 1
                """
                : """
                SELECT place, last, oldest_us, line_bytes, boot, ahead_us, body FROM chunk
                WHERE place > $1 AND place < $2 ORDER BY place LIMIT 1
                """)
        try statement.bind(1, Self.place(lane, bounds.lower))
        try statement.bind(2, Self.place(lane, bounds.upper))
        return try statement.next().map { Self.chunk($0, lane) }
    }
}

extension BufferFile {
    /// Whether a chunk ends at or before a position.
    func holdsChunk(_ lane: Lane, upTo position: Int64) throws(SQLiteError) -> Bool {
        let statement = try connection.statement(
            "SELECT last FROM chunk WHERE place >= $1 AND place <= $2 ORDER BY place LIMIT 1")
        defer { statement.clear() }
        try statement.bind(1, Self.place(lane, 0))
        try statement.bind(2, Self.place(lane, position))
        return try statement.next().map { $0.integer(0) <= position } ?? false
    }
}

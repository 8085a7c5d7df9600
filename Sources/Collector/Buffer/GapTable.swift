import ConveyProtocol
import SQLite

/// Numbers whose events will not come; they stand above what a chunk may hold there.
struct BufferGap: Equatable, Sendable {
    let first: Int64
    let last: Int64
    let reason: Gap.Reason

    var count: Int64 { last - first + 1 }
}

/// Tables `gap` and `gap_total`.
extension BufferFile {
    /// The gaps that touch positions at or behind `first`, in order.
    func gaps(
        _ lane: Lane, from first: Int64, limit: Int = .max
    ) throws(SQLiteError) -> [BufferGap] {
        let statement = try connection.statement(
            """
            SELECT first, last, reason FROM gap WHERE lane = $1 AND last >= $2
            ORDER BY first LIMIT $3
            """)
        defer { statement.clear() }
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, first)
        try statement.bind(3, Int64(limit))
        var gaps: [BufferGap] = []
        while let row = try statement.next() {
            let reason = row.text(2).flatMap(Gap.Reason.init) ?? .damaged
            gaps.append(BufferGap(first: row.integer(0), last: row.integer(1), reason: reason))
        }
        return gaps
    }

    /// How many numbers of a range are covered by gaps.
    func gapNumbers(_ lane: Lane, _ range: ClosedRange<Int64>) throws(SQLiteError) -> Int64 {
        let statement = try connection.statement(
            """
            SELECT coalesce(sum(min(last, $3) - max(first, $2) + 1), 0) FROM gap
            WHERE lane = $1 AND last >= $2 AND first <= $3
            """)
        defer { statement.clear() }
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, range.lowerBound)
        try statement.bind(3, range.upperBound)
        return try statement.next()?.integer(0) ?? 0
    }

    /// Covers what of a range is not covered yet; gaps of one reason that touch become one.
    /// - Returns: How many numbers are newly covered.
    func cover(
        _ lane: Lane, _ range: ClosedRange<Int64>, _ reason: Gap.Reason
    ) throws(SQLiteError) -> Int64 {
        var next = range.lowerBound
        var covered: Int64 = 0
        for gap in try gaps(lane, from: range.lowerBound) where gap.first <= range.upperBound {
            if gap.first > next {
                try insert(lane, BufferGap(first: next, last: gap.first - 1, reason: reason))
                covered += gap.first - next
            }
            next = gap.last + 1
        }
        if next <= range.upperBound {
            try insert(lane, BufferGap(first: next, last: range.upperBound, reason: reason))
            covered += range.upperBound - next + 1
        }
        return covered
    }

    private func insert(_ lane: Lane, _ gap: BufferGap) throws(SQLiteError) {
        var merged = gap
        for other in try gaps(lane, from: gap.first - 1)
        where other.first <= gap.last + 1 && other.reason == gap.reason {
            try deleteGap(lane, first: other.first)
            merged = BufferGap(
                first: min(merged.first, other.first), last: max(merged.last, other.last),
                reason: gap.reason)
        }
        let statement = try connection.statement(
            "INSERT INTO gap (lane, first, last, reason) VALUES ($1, $2, $3, $4)")
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, merged.first)
        try statement.bind(3, merged.last)
        try statement.bind(4, merged.reason.description)
        try statement.run()
    }

    private func deleteGap(_ lane: Lane, first: Int64) throws(SQLiteError) {
        let statement = try connection.statement("DELETE FROM gap WHERE lane = $1 AND first = $2")
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, first)
        try statement.run()
    }

    /// Forgets gaps that end at or before a position.
    func deleteGaps(_ lane: Lane, upTo position: Int64) throws(SQLiteError) {
        let statement = try connection.statement("DELETE FROM gap WHERE lane = $1 AND last <= $2")
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, position)
        try statement.run()
    }

    /// Counts events of the file's life that were given up for a reason.
    func addToGapTotal(
        _ lane: Lane, _ reason: Gap.Reason, _ count: Int64
    ) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            INSERT INTO gap_total (lane, reason, count) VALUES ($1, $2, $3)
            ON CONFLICT (lane, reason) DO UPDATE SET count = count + excluded.count
            """)
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, reason.description)
        try statement.bind(3, count)
        try statement.run()
    }

    func gapTotals() throws(SQLiteError) -> PerLane<[String: Int64]> {
        try totals("SELECT lane, reason, count FROM gap_total")
    }

    func totals(_ sql: String) throws(SQLiteError) -> PerLane<[String: Int64]> {
        let statement = try connection.statement(sql)
        defer { statement.clear() }
        var totals = PerLane<[String: Int64]>(repeating: [:])
        while let row = try statement.next() {
            guard let lane = Lane(number: Int(row.integer(0))), let reason = row.text(1) else {
                continue
            }
            totals[lane][reason] = row.integer(2)
        }
        return totals
    }
}

import ConveyProtocol
import Crypto
import SQLite
import Time

/// Tables `receipt` and `refused`.
extension BufferFile {
    /// The chain's value behind a position that a receipt has covered.
    struct ChainPlace: Equatable, Sendable {
        let position: Int64
        let chain: SHA256Digest
    }

    func insertReceipt(
        _ lane: Lane, _ place: ChainPlace, at now: Timestamp
    ) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            INSERT INTO receipt (lane, position, chain, at_us) VALUES ($1, $2, $3, $4)
            ON CONFLICT (lane, position) DO UPDATE
            SET chain = excluded.chain, at_us = excluded.at_us
            """)
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, place.position)
        try statement.bind(3, place.chain.bytes)
        try statement.bind(4, now.microseconds)
        try statement.run()
    }

    /// The last known value at or before a position.
    func chainPlace(
        _ lane: Lane, _ state: LaneState, upTo position: Int64
    ) throws(SQLiteError) -> ChainPlace {
        let statement = try connection.statement(
            """
            SELECT position, chain FROM receipt WHERE lane = $1 AND position <= $2
            AND position > $3 ORDER BY position DESC LIMIT 1
            """)
        defer { statement.clear() }
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, position)
        try statement.bind(3, state.base)
        guard let row = try statement.next(), let chain = SHA256Digest(bytes: row.bytes(1)) else {
            return ChainPlace(position: state.base, chain: state.chainStart)
        }
        return ChainPlace(position: row.integer(0), chain: chain)
    }

    /// The first known value behind a position; nil for none.
    func chainPlace(_ lane: Lane, behind position: Int64) throws(SQLiteError) -> ChainPlace? {
        let statement = try connection.statement(
            """
            SELECT position, chain FROM receipt WHERE lane = $1 AND position > $2
            ORDER BY position LIMIT 1
            """)
        defer { statement.clear() }
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, position)
        guard let row = try statement.next(), let chain = SHA256Digest(bytes: row.bytes(1)) else {
            return nil
        }
        return ChainPlace(position: row.integer(0), chain: chain)
    }

    /// The last position that got its receipt before an instant; nil for none.
    func receipted(_ lane: Lane, before instant: Timestamp) throws(SQLiteError) -> Int64? {
        let statement = try connection.statement(
            """
            SELECT position FROM receipt WHERE lane = $1 AND at_us < $2
            ORDER BY position DESC LIMIT 1
            """)
        defer { statement.clear() }
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, instant.microseconds)
        return try statement.next()?.integer(0)
    }

    func deleteReceipts(_ lane: Lane, after position: Int64) throws(SQLiteError) {
        try deleteReceipts("DELETE FROM receipt WHERE lane = $1 AND position > $2", lane, position)
    }

    func deleteReceipts(_ lane: Lane, before position: Int64) throws(SQLiteError) {
        try deleteReceipts("DELETE FROM receipt WHERE lane = $1 AND position < $2", lane, position)
    }

    private func deleteReceipts(
        _ sql: String, _ lane: Lane, _ position: Int64
    ) throws(SQLiteError) {
        let statement = try connection.statement(sql)
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, position)
        try statement.run()
    }

    /// Adds to what was turned away since the epoch began.
    /// - Parameter epoch: its number; 0 for what is carried over from a file that was lost.
    func addRefused(
        epoch: Int64, _ counts: PerLane<[String: Int64]>
    ) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            INSERT INTO refused (epoch, lane, reason, count) VALUES ($1, $2, $3, $4)
            ON CONFLICT (epoch, lane, reason) DO UPDATE SET count = count + excluded.count
            """)
        for lane in Lane.allCases {
            for (reason, count) in counts[lane] where count > 0 {
                try statement.bind(1, epoch)
                try statement.bind(2, Int64(lane.number))
                try statement.bind(3, reason)
                try statement.bind(4, count)
                try statement.run()
            }
        }
    }

    /// Turned away since the current epoch began.
    func refusedInEpoch() throws(SQLiteError) -> PerLane<[String: Int64]> {
        try totals(
            """
            SELECT lane, reason, count FROM refused
            WHERE epoch = (SELECT max(number) FROM epoch)
            """)
    }

    /// Turned away in the file's life.
    func refusedTotals() throws(SQLiteError) -> PerLane<[String: Int64]> {
        try totals("SELECT lane, reason, sum(count) FROM refused GROUP BY lane, reason")
    }
}

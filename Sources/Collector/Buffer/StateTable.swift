import ConveyProtocol
import Crypto
import SQLite
import Time

/// Tables `epoch` and `lane`.
extension BufferFile {
    /// The state of the last commit; nil where a row is missing or cannot be, which only damage can
    /// bring about.
    func state() throws(SQLiteError) -> BufferState? {
        guard let epoch = try currentEpoch() else { return nil }
        var found = PerLane<LaneState?>(repeating: nil)
        let statement = try connection.statement(
            """
            SELECT lane, base, parent_last_seq, chain_start, assigned, receipted,
                stored_count, receipted_count, quarantined_count
            FROM lane
            """)
        while let row = try statement.next() {
            guard let lane = Lane(number: Int(row.integer(0))),
                let chain = SHA256Digest(bytes: row.bytes(3))
            else { continue }
            var state = LaneState(chainStart: chain)
            state.base = row.integer(1)
            state.parentLastSeq = row.integer(2)
            state.assigned = row.integer(4)
            state.receipted = row.integer(5)
            state.storedCount = row.integer(6)
            state.receiptedCount = row.integer(7)
            state.quarantinedCount = row.integer(8)
            guard state.isPlausible else { return nil }
            found[lane] = state
        }
        guard let conversion = found[.conversion], let interaction = found[.interaction],
            let pageview = found[.pageview]
        else { return nil }
        var state = BufferState(
            epoch: epoch, lanes: PerLane { [conversion, interaction, pageview][$0.number] })
        for lane in Lane.allCases {
            let lanes = state.lanes[lane]
            state.gapsAhead[lane] = try gapNumbers(lane, lanes.receipted + 1...Int64.max)
        }
        if try age() == .known { state.returning = try returningEvents() }
        return state
    }

    private func currentEpoch() throws(SQLiteError) -> Epoch? {
        let statement = try connection.statement(
            "SELECT number, id, parent, cause, made_at_us FROM epoch ORDER BY number DESC LIMIT 1")
        defer { statement.clear() }
        guard let row = try statement.next(), let id = EpochID(bytes: row.bytes(1)),
            let cause = Epoch.Cause(rawValue: row.text(3) ?? "")
        else { return nil }
        return Epoch(
            number: row.integer(0), id: id, parent: EpochID(bytes: row.bytes(2)), cause: cause,
            madeAt: Timestamp(microseconds: row.integer(4)))
    }

    /// Adds an epoch, which is the current one from then on.
    func insertEpoch(
        _ id: EpochID, parent: EpochID?, _ cause: Epoch.Cause, at now: Timestamp
    ) throws(SQLiteError) -> Epoch {
        let statement = try connection.statement(
            "INSERT INTO epoch (id, parent, cause, made_at_us) VALUES ($1, $2, $3, $4)")
        try statement.bind(1, id.bytes)
        if let parent { try statement.bind(2, parent.bytes) } else { try statement.bindNull(2) }
        try statement.bind(3, cause.rawValue)
        try statement.bind(4, now.microseconds)
        try statement.run()
        return Epoch(
            number: connection.lastInsertRowID, id: id, parent: parent, cause: cause, madeAt: now)
    }

    /// Writes a lane's row.
    func update(_ lane: Lane, _ state: LaneState) throws(SQLiteError) {
        let statement = try connection.statement(
            """
            INSERT INTO lane (lane, base, parent_last_seq, chain_start, assigned, receipted,
                stored_count, receipted_count, quarantined_count)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (lane) DO UPDATE SET base = excluded.base,
                parent_last_seq = excluded.parent_last_seq, chain_start = excluded.chain_start,
                assigned = excluded.assigned, receipted = excluded.receipted,
                stored_count = excluded.stored_count, receipted_count = excluded.receipted_count,
                quarantined_count = excluded.quarantined_count
            """)
        try statement.bind(1, Int64(lane.number))
        try statement.bind(2, state.base)
        try statement.bind(3, state.parentLastSeq)
        try statement.bind(4, state.chainStart.bytes)
        try statement.bind(5, state.assigned)
        try statement.bind(6, state.receipted)
        try statement.bind(7, state.storedCount)
        try statement.bind(8, state.receiptedCount)
        try statement.bind(9, state.quarantinedCount)
        try statement.run()
    }
}

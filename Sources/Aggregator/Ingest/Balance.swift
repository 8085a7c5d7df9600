package import ConveyProtocol
package import Store
package import Time

/// The books of one lane of an epoch: what became of every number that the collector gave out.
package struct LaneBalance: Sendable, Equatable {
    /// The short number of the organization.
    package let organization: Int64
    /// The collector's short number.
    package let collector: Int64
    /// The epoch.
    package let epoch: EpochID
    /// The lane.
    package let lane: Lane
    /// The highest number that the collector is known to have given out.
    package internal(set) var assigned: Int64 = 0
    /// Events that are stored and count, or counted when they came.
    package internal(set) var accepted: Int64 = 0
    /// Events that were here before.
    package internal(set) var duplicate: Int64 = 0
    /// Events among the dead letters, by code.
    package internal(set) var rejected: [String: Int64] = [:]
    /// Numbers whose events will not come, by reason.
    package internal(set) var gaps: [String: Int64] = [:]
    /// Numbers that are still on their way, or missed since a database was restored.
    package internal(set) var pending: Int64 = 0
    /// Numbers that went into a later epoch under another number.
    package internal(set) var moved: Int64 = 0
    /// Events turned away at the edge's door, by reason; they never had a number.
    package internal(set) var refused: [String: Int64] = [:]
    /// When the oldest event without a receipt was taken, by the newest batch.
    package internal(set) var pendingFrom: Timestamp
    /// What an operator should look at, and how often it was seen.
    package internal(set) var findings: [LedgerFinding: Int64] = [:]

    /// Numbers without an outcome (positive), or with more than one (negative). Always 0, or a fault.
    package var difference: Int64 {
        assigned - accepted - duplicate - rejected.values.reduce(0, +)
            - gaps.values.reduce(0, +) - pending - moved
    }
}

/// The books of an organization, or of all.
package struct BalanceSheet: Sendable, Equatable {
    /// One entry a lane of an epoch, by collector, age of epoch and lane.
    package let lanes: [LaneBalance]
    /// Events that count and are stored.
    package let events: Int64
    /// Events that count because a dead letter was corrected.
    package let replayed: Int64
    /// Events that counted and were deleted when their time was over.
    package let expired: Int64

    /// Whether every number has one outcome, and every event that counts is there.
    package var isBalanced: Bool {
        lanes.allSatisfy { $0.difference == 0 } && eventDifference == 0
    }

    /// Accepted events that are not stored and did not expire (positive), or stored ones that nobody
    /// accepted.
    package var eventDifference: Int64 {
        lanes.reduce(0) { $0 + $1.accepted } + replayed - expired - events
    }
}

/// Draws up the balance from the ledger's single entries, not from its totals: what the totals hide
/// shows as a difference. Reads one row a batch ever stored.
package struct Balance: Sendable {
    private let store: Store

    /// Reads from this store.
    package init(_ store: Store) { self.store = store }

    /// The books of all organizations, in a transaction that the caller has.
    package static func sheet(in transaction: Transaction) throws(StoreFault) -> BalanceSheet {
        try BalanceReader(tx: transaction, organization: .null).sheet()
    }

    /// The books as they stand at one moment.
    /// - Parameter organization: its short number; nil for all.
    package func sheet(organization: Int64? = nil) async throws -> BalanceSheet {
        try await store.read { tx in
            try BalanceReader(tx: tx, organization: .optional(organization)).sheet()
        }
    }
}

/// Reads the entries. Each statement names the lane by (epoch number, lane) first.
private struct BalanceReader {
    let tx: Transaction
    /// Null for all.
    let organization: SQLValue

    private struct Key: Hashable {
        let epoch: Int64
        let lane: Int64
    }

    func sheet() throws(StoreFault) -> BalanceSheet {
        var lanes: [Key: LaneBalance] = [:]
        var order: [Key] = []
        try tx.each(Self.selectLanes, organization) { row in
            guard let (key, lane) = Self.lane(row) else { return false }
            order.append(key)
            lanes[key] = lane
            return true
        }
        try each(Self.selectRanges, &lanes) { lane, row in
            lane.accepted = row.integer(2)
            lane.duplicate = row.integer(3)
        }
        try each(Self.selectGaps, &lanes) { $0.gaps[$1.text(2)] = $1.integer(3) }
        try each(Self.selectReasons, &lanes) { lane, row in
            if row.text(4) == "refused" {
                lane.refused[row.text(2)] = row.integer(3)
            } else {
                lane.rejected[row.text(2)] = row.integer(3)
            }
        }
        try each(Self.selectFindings, &lanes) { lane, row in
            if let finding = LedgerFinding(rawValue: row.text(2)) {
                lane.findings[finding] = row.integer(3)
            }
        }
        return BalanceSheet(
            lanes: order.compactMap { lanes[$0] }, events: try count(Self.countEvents),
            replayed: try count(Self.countReplayed), expired: try count(Self.sumExpired))
    }

    private func each(
        _ sql: SQL, _ lanes: inout [Key: LaneBalance],
        _ enter: (inout LaneBalance, Row) -> Void
    ) throws(StoreFault) {
        try tx.each(sql, organization) { row in
            let key = Key(epoch: row.integer(0), lane: row.integer(1))
            if var lane = lanes[key] {
                enter(&lane, row)
                lanes[key] = lane
            }
            return true
        }
    }

    private func count(_ sql: SQL) throws(StoreFault) -> Int64 {
        try tx.first(sql, organization) { $0.integer(0) } ?? 0
    }

    private static func lane(_ row: Row) -> (Key, LaneBalance)? {
        guard let epoch = EpochID(bytes: row.bytes(4)), let lane = Lane(number: Int(row.integer(1)))
        else { return nil }
        var balance = LaneBalance(
            organization: row.integer(2), collector: row.integer(3), epoch: epoch, lane: lane,
            pendingFrom: row.timestamp(7))
        let known = row.integer(5) - 1
        balance.assigned = max(row.integer(6), known)
        let takenOver = row.optionalInteger(8).map { max($0, known) } ?? balance.assigned
        balance.moved = max(0, balance.assigned - takenOver)
        balance.pending = balance.assigned - known - balance.moved
        return (Key(epoch: row.integer(0), lane: row.integer(1)), balance)
    }

    /// An epoch is over when a later one continues it and it was not heard of since that began: a
    /// collector that was cloned goes on in the old one. What the later one did not take along, and
    /// the ledger lacks, stays pending: it is missed until somebody brings it.
    private static let selectLanes = SQL(
        """
        SELECT l.epoch, l.lane, l.organization, e.collector, e.epoch, l.expected_seq, l.assigned,
            l.pending_from_us,
            (SELECT min(n.parent_last_seq)
                FROM ledger_epoch c JOIN ledger_lane n ON n.organization = c.organization
                    AND n.epoch = c.number AND n.lane = l.lane
                WHERE c.organization = e.organization AND c.collector = e.collector
                    AND c.parent = e.epoch AND c.first_batch_at_us >= e.last_batch_at_us)
        FROM ledger_lane l
            JOIN ledger_epoch e ON e.organization = l.organization AND e.number = l.epoch
        WHERE l.organization = COALESCE($1, l.organization)
        ORDER BY l.organization, e.collector, l.epoch, l.lane
        """)

    private static let selectRanges = SQL(
        """
        SELECT epoch, lane, CAST(sum(accepted) AS BIGINT), CAST(sum(duplicate) AS BIGINT)
        FROM ledger_range
        WHERE organization = COALESCE($1, organization) GROUP BY epoch, lane
        """)

    private static let selectGaps = SQL(
        """
        SELECT epoch, lane, reason, CAST(sum(last_seq - first_seq + 1) AS BIGINT)
        FROM ledger_gap
        WHERE organization = COALESCE($1, organization) GROUP BY epoch, lane, reason
        """)

    private static let selectReasons = SQL(
        """
        SELECT epoch, lane, reason, total, kind FROM ledger_reason
        WHERE organization = COALESCE($1, organization)
        """)

    private static let selectFindings = SQL(
        """
        SELECT epoch, lane, kind, times FROM ledger_finding
        WHERE organization = COALESCE($1, organization)
        """)

    private static let countEvents = SQL(
        "SELECT count(*) FROM event WHERE organization = COALESCE($1, organization)")

    private static let countReplayed = SQL(
        """
        SELECT count(*) FROM dead_letter
        WHERE state = 'replayed' AND organization = COALESCE($1, organization)
        """)

    private static let sumExpired = SQL(
        """
        SELECT CAST(COALESCE(sum(events), 0) AS BIGINT) FROM ingest_expired
        WHERE organization = COALESCE($1, organization)
        """)
}

import ConveyProtocol
import Crypto
import Gate
import Store
import Time

/// The books of one collector's epoch. Tables `ledger_…`: Ingest.
///
/// Whoever changes a lane reads it first by `lane(_:)`, which holds other writers of the same lane
/// off until the transaction ends.
struct Ledger {
    let tx: Transaction
    let organization: Int64
    /// The epoch's short number.
    let epoch: Int64

    // MARK: Lanes

    /// A lane as it stands.
    func lane(_ lane: Lane) throws(StoreFault) -> LaneState {
        let state = try tx.first(
            Self.selectLane, .integer(organization), .integer(epoch), lane.sql
        ) { LaneState(expectedSeq: $0.integer(0), chain: SHA256Digest(bytes: $0.bytes(1))) }
        guard let state else { throw StoreFault("find a lane of an epoch", kind: .corrupt) }
        return state
    }

    /// SQLite has one writer, PostgreSQL many.
    private static let selectLane = SQL(
        sqlite: """
            SELECT expected_seq, chain FROM ledger_lane
            WHERE organization = $1 AND epoch = $2 AND lane = $3
            """,
        postgres: """
            SELECT expected_seq, chain FROM ledger_lane
            WHERE organization = $1 AND epoch = $2 AND lane = $3 FOR UPDATE
            """)

    /// Moves a lane on; negative gaps are gaps that were filled.
    func advance(
        _ lane: Lane, to expectedSeq: Int64, chain: SHA256Digest?,
        adding change: (counts: OutcomeCounts, gaps: Int64)
    ) throws(StoreFault) {
        try tx.run(
            Self.updateLane, .integer(organization), .integer(epoch), lane.sql,
            .integer(expectedSeq), .optional(chain?.bytes),
            .integer(Int64(change.counts.accepted)), .integer(Int64(change.counts.duplicate)),
            .integer(Int64(change.counts.rejected)), .integer(change.gaps))
    }

    private static let updateLane = SQL(
        """
        UPDATE ledger_lane SET expected_seq = $4, chain = $5, accepted = accepted + $6,
            duplicate = duplicate + $7, rejected = rejected + $8, gaps = gaps + $9
        WHERE organization = $1 AND epoch = $2 AND lane = $3
        """)

    /// The lane's outcomes up to its last number.
    func totals(_ lane: Lane) throws(StoreFault) -> Receipt.Totals {
        var totals = Receipt.Totals()
        try tx.each(Self.selectTotals, .integer(organization), .integer(epoch), lane.sql) { row in
            totals.accepted = row.integer(0)
            totals.duplicate = row.integer(1)
            totals.rejected = row.integer(2)
            totals.gaps = row.integer(3)
            return false
        }
        return totals
    }

    private static let selectTotals = SQL(
        """
        SELECT accepted, duplicate, rejected, gaps FROM ledger_lane
        WHERE organization = $1 AND epoch = $2 AND lane = $3
        """)

    // MARK: Ranges

    /// What is stored of these numbers, ascending.
    func ranges(
        _ lane: Lane, touching numbers: ClosedRange<Int64>
    ) throws(StoreFault) -> [KnownRange] {
        var found: [KnownRange] = []
        var isSound = true
        try tx.each(
            Self.selectRanges, .integer(organization), .integer(epoch), lane.sql,
            .integer(numbers.lowerBound)
        ) { row in
            guard row.integer(0) <= numbers.upperBound else { return false }
            guard let outcomes = Outcomes(packed: row.bytes(3)) else {
                isSound = false
                return false
            }
            found.append(
                KnownRange(
                    first: row.integer(0), last: row.integer(1), lineDigests: row.bytes(2),
                    outcomes: outcomes))
            return true
        }
        guard isSound else { throw StoreFault("read the ledger's exceptions", kind: .corrupt) }
        return found
    }

    private static let selectRanges = SQL(
        """
        SELECT first_seq, last_seq, line_digests, exceptions FROM ledger_range
        WHERE organization = $1 AND epoch = $2 AND lane = $3 AND last_seq >= $4
        ORDER BY last_seq
        """)

    /// Enters a run of events with its outcomes.
    /// - Parameter chain: the value after its last event; nil where the run fills a gap.
    func add(
        _ run: Run, of batch: ReadBatch, _ outcomes: Outcomes, chain: SHA256Digest?
    ) throws(StoreFault) {
        let counts = outcomes.counts(of: run.count)
        try tx.run(
            Self.insertRange, .integer(organization), .integer(epoch), batch.coverage.lane.sql,
            .integer(run.first), .integer(run.last), .integer(Int64(counts.accepted)),
            .integer(Int64(counts.duplicate)), .integer(Int64(counts.rejected)),
            .optional(chain?.bytes), .bytes(Array(batch.digests(of: run))),
            .bytes(outcomes.packed))
    }

    private static let insertRange = SQL(
        """
        INSERT INTO ledger_range (organization, epoch, lane, first_seq, last_seq, accepted,
            duplicate, rejected, chain_after, line_digests, exceptions)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """)

    // MARK: Gaps

    /// What is known to be missing of these numbers, ascending.
    func gaps(
        _ lane: Lane, touching numbers: ClosedRange<Int64>
    ) throws(StoreFault) -> [KnownGap] {
        var found: [KnownGap] = []
        try tx.each(
            Self.selectGaps, .integer(organization), .integer(epoch), lane.sql,
            .integer(numbers.lowerBound)
        ) { row in
            guard row.integer(0) <= numbers.upperBound else { return false }
            found.append(
                KnownGap(first: row.integer(0), last: row.integer(1), reason: row.text(2)))
            return true
        }
        return found
    }

    private static let selectGaps = SQL(
        """
        SELECT first_seq, last_seq, reason FROM ledger_gap
        WHERE organization = $1 AND epoch = $2 AND lane = $3 AND last_seq >= $4
        ORDER BY last_seq
        """)

    /// Enters numbers whose events will not come.
    func add(_ gap: KnownGap, _ lane: Lane, at now: Timestamp) throws(StoreFault) {
        try tx.run(
            Self.insertGap, .integer(organization), .integer(epoch), lane.sql,
            .integer(gap.first), .integer(gap.last), .text(gap.reason), .timestamp(now))
    }

    private static let insertGap = SQL(
        """
        INSERT INTO ledger_gap (organization, epoch, lane, first_seq, last_seq, reason, stated_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """)

    /// Takes the numbers of the runs out of their gaps; what remains of a gap stays one or two gaps.
    /// - Parameter gaps: ascending; every run lies inside one of them.
    func fill(
        _ gaps: [KnownGap], with runs: [Run], _ lane: Lane, at now: Timestamp
    ) throws(StoreFault) {
        for gap in gaps {
            let inside = runs.filter { gap.first <= $0.first && $0.last <= gap.last }
            guard !inside.isEmpty else { continue }
            try tx.run(
                Self.deleteGap, .integer(organization), .integer(epoch), lane.sql,
                .integer(gap.last))
            for rest in gap.without(inside) { try add(rest, lane, at: now) }
        }
    }

    private static let deleteGap = SQL(
        """
        DELETE FROM ledger_gap
        WHERE organization = $1 AND epoch = $2 AND lane = $3 AND last_seq = $4
        """)
}

extension KnownGap {
    /// What remains when the runs, ascending and inside, are taken out.
    func without(_ runs: [Run]) -> [KnownGap] {
        var rest: [KnownGap] = []
        var next = first
        for run in runs {
            if next < run.first {
                rest.append(KnownGap(first: next, last: run.first - 1, reason: reason))
            }
            next = run.last + 1
        }
        if next <= last { rest.append(KnownGap(first: next, last: last, reason: reason)) }
        return rest
    }
}

extension Lane {
    /// The lane as tables hold it.
    var sql: SQLValue { .integer(Int64(number)) }
}

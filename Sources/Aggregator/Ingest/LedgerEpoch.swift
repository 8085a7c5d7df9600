import ConveyProtocol
import Crypto
import Gate
import Store
import Time

/// Finds and opens the epochs of a collector. Tables `ledger_epoch`, `ledger_lane`: Ingest.
struct LedgerEpochs {
    let tx: Transaction
    let collector: KnownCollector

    /// The ledger of the epoch that a batch names, opened at its first batch; and what was found. What
    /// the batch says of its collector is kept.
    func ledger(
        of header: BatchHeader, at now: Timestamp
    ) throws(StoreFault) -> (Ledger, LedgerFinding?) {
        if let found = try find(header.epoch) { return try known(found, header, at: now) }
        if let number = try insertEpoch(header, at: now) {
            return try open(number, header, at: now)
        }
        // Its first batch came twice at once, and the other was stored while this one waited.
        guard let found = try find(header.epoch) else {
            throw StoreFault("open an epoch", kind: .corrupt)
        }
        return try known(found, header, at: now)
    }

    private func known(
        _ found: (number: Int64, parent: EpochID?), _ header: BatchHeader, at now: Timestamp
    ) throws(StoreFault) -> (Ledger, LedgerFinding?) {
        let ledger = ledger(found.number)
        try ledger.keep(header, at: now)
        guard found.parent != header.parent?.epoch else { return (ledger, nil) }
        try ledger.note(.parentChanged, header.coverage.lane, at: now)
        return (ledger, .parentChanged)
    }

    private func ledger(_ number: Int64) -> Ledger {
        Ledger(tx: tx, organization: collector.organization, epoch: number)
    }

    private func find(_ epoch: EpochID) throws(StoreFault) -> (number: Int64, parent: EpochID?)? {
        try tx.first(
            Self.select, .integer(collector.organization), .integer(collector.number),
            .bytes(epoch.bytes)
        ) { ($0.integer(0), $0.optionalBytes(1).flatMap(EpochID.init(bytes:))) }
    }

    private static let select = SQL(
        """
        SELECT number, parent FROM ledger_epoch
        WHERE organization = $1 AND collector = $2 AND epoch = $3
        """)

    private func open(
        _ number: Int64, _ header: BatchHeader, at now: Timestamp
    ) throws(StoreFault) -> (Ledger, LedgerFinding?) {
        let ledger = ledger(number)
        let parent: Int64? =
            if let epoch = header.parent?.epoch { try find(epoch)?.number } else { nil }
        for lane in Lane.allCases {
            let chain = try chainStart(of: header, lane, parent: parent)
            try tx.run(
                Self.insertLane, .integer(collector.organization), .integer(ledger.epoch),
                lane.sql, .optional(header.parent?.lastSeq[lane]), .optional(chain?.bytes),
                .timestamp(header.standing.sentAt))
        }
        try ledger.keepStanding(header.standing)
        guard header.parent != nil, parent == nil else { return (ledger, nil) }
        try ledger.note(.unknownParent, header.coverage.lane, at: now)
        return (ledger, .unknownParent)
    }

    /// Nil where the epoch is there: on PostgreSQL the insert waits for another's transaction to end.
    private func insertEpoch(
        _ header: BatchHeader, at now: Timestamp
    ) throws(StoreFault) -> Int64? {
        let standing = header.standing
        return try tx.first(
            Self.insert, .integer(collector.organization), .integer(collector.number),
            .bytes(header.epoch.bytes), .optional(header.parent?.epoch.bytes),
            .text(standing.shipper), .timestamp(standing.sentAt),
            .integer(standing.clockOffsetMilliseconds), .timestamp(now)
        ) { $0.integer(0) }
    }

    private static let insert = SQL(
        """
        INSERT INTO ledger_epoch (organization, collector, epoch, parent, shipper, sent_at_us,
            clock_offset_ms, first_batch_at_us, last_batch_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        ON CONFLICT (organization, collector, epoch) DO NOTHING RETURNING number
        """)

    private static let insertLane = SQL(
        """
        INSERT INTO ledger_lane (organization, epoch, lane, parent_last_seq, expected_seq,
            chain_start, chain, accepted, duplicate, rejected, gaps, assigned, pending_from_us)
        VALUES ($1, $2, $3, $4, 1, $5, $5, 0, 0, 0, 0, 0, $6)
        """)

    /// The chain's value before an epoch's first event; nil where the parent's value at that number
    /// is not known here: then the first batch is believed.
    private func chainStart(
        of header: BatchHeader, _ lane: Lane, parent: Int64?
    ) throws(StoreFault) -> SHA256Digest? {
        guard let last = header.parent?.lastSeq[lane] else { return Chain.start(of: header.epoch) }
        guard let parent else { return nil }
        let value = try tx.first(
            Self.selectChain, .integer(collector.organization), .integer(parent), lane.sql,
            .integer(last)
        ) { SHA256Digest(bytes: $0.bytes(0)) }
        return value ?? nil
    }

    /// A value is kept at the start, at the head, and at the end of every run.
    private static let selectChain = SQL(
        """
        SELECT CASE WHEN $4 = 0 THEN l.chain_start WHEN $4 = l.expected_seq - 1 THEN l.chain
            ELSE (SELECT r.chain_after FROM ledger_range r WHERE r.organization = l.organization
                AND r.epoch = l.epoch AND r.lane = l.lane AND r.last_seq = $4) END
        FROM ledger_lane l WHERE l.organization = $1 AND l.epoch = $2 AND l.lane = $3
        """)
}

// MARK: What a collector says of itself

extension Ledger {
    /// Keeps how the collector stands, as the batch that was sent last says: one that was overtaken,
    /// or replayed, changes nothing. Of two that share an epoch, the one that stays has the last word.
    fileprivate func keep(_ header: BatchHeader, at now: Timestamp) throws(StoreFault) {
        let standing = header.standing
        let isNewest = try tx.run(
            Self.updateEpoch, .integer(organization), .integer(epoch), .text(standing.shipper),
            .timestamp(standing.sentAt), .integer(standing.clockOffsetMilliseconds),
            .timestamp(now))
        if isNewest == 1 { try keepStanding(standing) }
    }

    fileprivate func keepStanding(_ standing: BatchHeader.Standing) throws(StoreFault) {
        for lane in Lane.allCases {
            try tx.run(
                Self.updateStanding, .integer(organization), .integer(epoch), lane.sql,
                .integer(standing.assigned[lane]), .timestamp(standing.pendingFrom[lane]))
            for (reason, total) in standing.refused[lane] {
                try tx.run(
                    Self.raiseReason, .integer(organization), .integer(epoch), lane.sql,
                    .text(reason), .integer(total))
            }
        }
    }

    private static let updateEpoch = SQL(
        """
        UPDATE ledger_epoch SET shipper = $3, sent_at_us = $4, clock_offset_ms = $5,
            last_batch_at_us = $6
        WHERE organization = $1 AND number = $2 AND sent_at_us < $4
        """)

    private static let updateStanding = SQL(
        """
        UPDATE ledger_lane SET assigned = $4, pending_from_us = $5
        WHERE organization = $1 AND epoch = $2 AND lane = $3
            AND (assigned <> $4 OR pending_from_us <> $5)
        """)

    private static let raiseReason = SQL(
        """
        INSERT INTO ledger_reason (organization, epoch, lane, kind, reason, total)
        VALUES ($1, $2, $3, 'refused', $4, $5)
        ON CONFLICT (organization, epoch, lane, kind, reason)
        DO UPDATE SET total = excluded.total WHERE ledger_reason.total < excluded.total
        """)

    /// Counts rejections by their code.
    func countRejections(_ codes: [String: Int], _ lane: Lane) throws(StoreFault) {
        for (code, count) in codes {
            try tx.run(
                Self.addReason, .integer(organization), .integer(epoch), lane.sql, .text(code),
                .integer(Int64(count)))
        }
    }

    private static let addReason = SQL(
        """
        INSERT INTO ledger_reason (organization, epoch, lane, kind, reason, total)
        VALUES ($1, $2, $3, 'rejected', $4, $5)
        ON CONFLICT (organization, epoch, lane, kind, reason)
        DO UPDATE SET total = ledger_reason.total + excluded.total
        """)
}

// MARK: Findings

/// What an operator should hear of an epoch. One row a kind and lane, counted.
package enum LedgerFinding: String, Sendable, CaseIterable {
    /// Lines were altered, lost or slipped in between edge and ledger, or the edge's books are wrong.
    case chainMismatch = "chain_mismatch"
    /// A number came with another event: the collector's file was restored or cloned.
    case fork
    /// The ledger lacks numbers that the collector holds receipts for: it was restored.
    case behind
    /// The epoch continues one that was never seen here.
    case unknownParent = "unknown_parent"
    /// Batches of one epoch name different parents.
    case parentChanged = "parent_changed"

    /// What an operator can do about it.
    package var remedy: StaticString {
        switch self {
        case .chainMismatch:
            "Compare the collector's buffer with `events`: lines changed between edge and ledger."
        case .fork:
            "Nothing is lost: the collector goes on in a new epoch. Was its file restored or cloned?"
        case .behind:
            "Nothing: the collector sends again what it holds. Was this database restored?"
        case .unknownParent:
            "Nothing, if this database was restored; else ask where the collector's file comes from."
        case .parentChanged:
            "Check that only one collector runs under this id."
        }
    }
}

extension Ledger {
    /// Notes a finding.
    func note(
        _ finding: LedgerFinding, _ lane: Lane, seq: Int64 = 0, at now: Timestamp
    ) throws(StoreFault) {
        try tx.run(
            Self.insertFinding, .integer(organization), .integer(epoch), lane.sql,
            .text(finding.rawValue), .integer(seq), .timestamp(now))
    }

    private static let insertFinding = SQL(
        """
        INSERT INTO ledger_finding (organization, epoch, lane, kind, times, seq, first_at_us,
            last_at_us)
        VALUES ($1, $2, $3, $4, 1, $5, $6, $6)
        ON CONFLICT (organization, epoch, lane, kind) DO UPDATE SET
            times = ledger_finding.times + 1, seq = excluded.seq, last_at_us = excluded.last_at_us
        """)
}

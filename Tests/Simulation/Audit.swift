import Buffer
import ConveyProtocol
import Crypto
import Store
import Time
import Zstd

/// The aggregator's tables, read by someone who trusts none of its code: lines are unpacked, chains
/// computed and sums added anew.
struct Audit: Sendable {
    /// An event that counts.
    struct Event: Sendable {
        let receivedAt: Timestamp
        let occurredAt: Timestamp
    }

    private struct LaneKey: Hashable {
        let epoch: Int64
        let lane: Int64
    }

    private struct LaneRow {
        let expectedSeq: Int64
        let chain: [UInt8]?
        let chainStart: [UInt8]?
        let sums: [Int64]
        let assigned: Int64
        let parentLastSeq: Int64?
    }

    private struct Stretch {
        let first: Int64
        let last: Int64
        /// Nil for events.
        let gap: String?
    }

    private(set) var events: [String: [Event]] = [:]
    private var lanes: [LaneKey: LaneRow] = [:]
    /// Where the ledger itself says that the chain did not match.
    private var flagged: Set<LaneKey> = []
    private var epochs: [Int64: (id: EpochID, parent: EpochID?)] = [:]
    private var stretches: [LaneKey: [Stretch]] = [:]
    private var lines: [LaneKey: [Int64: [UInt8]]] = [:]
    private var findings: [String] = []
    private var problems: [String] = []

    init(_ center: Center) async throws {
        self = try await center.read { try Audit($0) }
    }

    private init(_ tx: Transaction) throws {
        try readLedger(tx)
        let chunks = try readChunks(tx)
        try readEvents(tx, chunks)
    }

    // MARK: Tables

    private mutating func readLedger(_ tx: Transaction) throws {
        let epochRows = try tx.all(SQL("SELECT number, epoch, parent FROM ledger_epoch")) {
            ($0.integer(0), $0.bytes(1), $0.optionalBytes(2))
        }
        for (number, id, parent) in epochRows {
            guard let id = EpochID(bytes: id) else { continue }
            epochs[number] = (id, parent.flatMap(EpochID.init(bytes:)))
        }
        let laneRows = try tx.all(
            SQL(
                """
                SELECT epoch, lane, expected_seq, chain, chain_start, accepted, duplicate, rejected,
                    gaps, assigned, parent_last_seq
                FROM ledger_lane
                """)
        ) { row in
            (
                LaneKey(epoch: row.integer(0), lane: row.integer(1)),
                LaneRow(
                    expectedSeq: row.integer(2), chain: row.optionalBytes(3),
                    chainStart: row.optionalBytes(4), sums: (5...8).map { row.integer($0) },
                    assigned: row.integer(9), parentLastSeq: row.optionalInteger(10))
            )
        }
        lanes = Dictionary(uniqueKeysWithValues: laneRows)
        let ranges = try tx.all(
            SQL(
                """
                SELECT epoch, lane, first_seq, last_seq, NULL FROM ledger_range
                UNION ALL SELECT epoch, lane, first_seq, last_seq, reason FROM ledger_gap
                """)
        ) { row in
            (
                LaneKey(epoch: row.integer(0), lane: row.integer(1)),
                Stretch(first: row.integer(2), last: row.integer(3), gap: row.optionalText(4))
            )
        }
        for (key, stretch) in ranges { stretches[key, default: []].append(stretch) }
        findings = try tx.all(SQL("SELECT kind FROM ledger_finding")) { $0.text(0) }
        flagged = Set(
            try tx.all(
                SQL("SELECT epoch, lane FROM ledger_finding WHERE kind = 'chain_mismatch'")
            ) { LaneKey(epoch: $0.integer(0), lane: $0.integer(1)) })
    }

    /// Unpacks every chunk; the lines of each, in order.
    private mutating func readChunks(_ tx: Transaction) throws -> [Int64: [[UInt8]]] {
        let rows = try tx.all(
            SQL("SELECT number, epoch, lane, lines, has_header, body FROM chunk")
        ) { row in
            (
                row.integer(0), LaneKey(epoch: row.integer(1), lane: row.integer(2)),
                Int(row.integer(3)), row.integer(4) == 1, row.bytes(5)
            )
        }
        var chunks: [Int64: [[UInt8]]] = [:]
        var decompressor = Decompressor()
        for (number, key, count, hasHeader, body) in rows {
            let bytes = try decompressor.decompress(body, bytesMax: 8 << 20)
            let all = bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
            let own = hasHeader ? Array(all.dropFirst()) : all
            if own.count != count { problems.append("chunk \(number) has \(own.count) lines") }
            chunks[number] = own
            for line in own { keep(line, key) }
        }
        return chunks
    }

    private mutating func keep(_ line: [UInt8], _ key: LaneKey) {
        guard let seq = EventLine.seq(of: line.span) else {
            problems.append("a stored line has no number")
            return
        }
        if let known = lines[key]?[seq], known != line {
            problems.append("number \(seq) is stored with two events")
        }
        lines[key, default: [:]][seq] = line
    }

    /// Follows the id of every event to its row and its line.
    private mutating func readEvents(_ tx: Transaction, _ chunks: [Int64: [[UInt8]]]) throws {
        let rows = try tx.all(
            SQL("SELECT chunk, line, received_at_us, occurred_at_us FROM event")
        ) { ($0.integer(0), Int($0.integer(1)), $0.timestamp(2), $0.timestamp(3)) }
        for (chunk, line, receivedAt, occurredAt) in rows {
            guard let lines = chunks[chunk], lines.indices.contains(line),
                let id = Self.id(of: lines[line])
            else {
                problems.append("an event points at no line")
                continue
            }
            events[id, default: []].append(
                Event(receivedAt: receivedAt, occurredAt: occurredAt))
        }
        let seen = try tx.all(SQL("SELECT id, chunk, line FROM event_seen")) {
            (EventID(packed: $0.bytes(0))?.description ?? "", $0.integer(1), Int($0.integer(2)))
        }
        if Set(seen.map(\.0)) != Set(events.keys) {
            problems.append("the ids seen are not those that count")
        }
        for (id, chunk, line) in seen where Self.id(of: chunks[chunk]?[line] ?? []) != id {
            problems.append("\(id) points at another event")
        }
    }

    private static func id(of line: [UInt8]) -> String? {
        let parts = String(decoding: line, as: UTF8.self).split(separator: "\"")
        guard let name = parts.firstIndex(of: "id"), name + 2 < parts.count else { return nil }
        return String(parts[name + 2])
    }

    // MARK: Sums and chains

    /// What does not add up, in words.
    ///
    /// Where a collector was cloned, its epoch is written by two: the history that a later epoch
    /// continues may be the other's, and after a restored ledger the two fill one epoch in turns: then
    /// the ledger must have said that the chain does not match.
    func problems(_ edges: [Edge]) -> [String] {
        var problems = problems
        let hasClones = edges.count > 1
        for (key, row) in lanes {
            let place = "epoch \(key.epoch) lane \(key.lane)"
            problems += coverage(key, row).map { "\(place): \($0)" }
            if row.sums.reduce(0, +) != row.expectedSeq - 1 {
                problems.append("\(place): outcomes do not add up")
            }
            if let stated = row.chain, let chain = chain(key, upTo: row.expectedSeq - 1),
                chain.bytes != stated,
                !(hasClones && (row.parentLastSeq != nil || flagged.contains(key)))
            {
                problems.append("\(place): the chain does not follow from the lines")
            }
        }
        if findings.contains("chain_mismatch"), !hasClones {
            problems.append("a chain did not match")
        }
        return problems + edges.flatMap { agreement($0) }
    }

    /// Numbers that are covered not at all, or twice.
    private func coverage(_ key: LaneKey, _ row: LaneRow) -> [String] {
        var next: Int64 = 1
        for stretch in (stretches[key] ?? []).sorted(by: { $0.first < $1.first }) {
            if stretch.first != next { return ["\(next) is not where it should be"] }
            next = stretch.last + 1
        }
        return next == row.expectedSeq ? [] : ["the ledger ends at \(next), not as it says"]
    }

    /// The chain from the stored lines alone; nil where the parent's part of it is not here.
    private func chain(_ key: LaneKey, upTo last: Int64) -> SHA256Digest? {
        guard let start = start(key) else { return nil }
        var chain = Chain(after: start)
        for stretch in (stretches[key] ?? []).sorted(by: { $0.first < $1.first })
        where stretch.first <= last {
            if let reason = stretch.gap {
                guard let reason = Gap.Reason(reason),
                    let gap = Gap(first: stretch.first, last: stretch.last, reason: reason)
                else { return nil }
                chain.add(gap)
                continue
            }
            for seq in stretch.first...min(stretch.last, last) {
                guard let line = lines[key]?[seq] else { return nil }
                chain.add(line: line.span)
            }
        }
        return chain.value
    }

    private func start(_ key: LaneKey) -> SHA256Digest? {
        guard let epoch = epochs[key.epoch] else { return nil }
        guard let parent = epoch.parent else { return Chain.start(of: epoch.id) }
        guard let number = epochs.first(where: { $0.value.id == parent })?.key,
            let last = lanes[key]?.parentLastSeq
        else { return nil }
        let parentKey = LaneKey(epoch: number, lane: key.lane)
        guard let parentRow = lanes[parentKey], last < parentRow.expectedSeq else { return nil }
        return self.chain(parentKey, upTo: last)
    }

    /// What the collector and the ledger say of the collector's current epoch.
    private func agreement(_ edge: Edge) -> [String] {
        let statistics = edge.buffer.statistics
        var problems: [String] = []
        if !statistics.isBalanced {
            problems.append("\(edge.name): the edge's books do not balance")
        }
        guard let epoch = statistics.epoch,
            let number = epochs.first(where: { $0.value.id == epoch })?.key
        else { return problems + ["\(edge.name): the ledger does not know its epoch"] }
        for lane in Lane.allCases {
            let figures = statistics.lanes[lane]
            let row = lanes[LaneKey(epoch: number, lane: Int64(lane.number))]
            if row?.expectedSeq != figures.assignedSeq + 1 || row?.assigned != figures.assignedSeq {
                problems.append(
                    "\(edge.name) \(lane): gave out \(figures.assignedSeq), the ledger expects "
                        + "\(row?.expectedSeq ?? 0) and heard of \(row?.assigned ?? 0)")
            }
        }
        return problems
    }
}

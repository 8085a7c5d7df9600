import ConveyProtocol
import Crypto

/// Where the ledger stands in one lane of an epoch.
struct LaneState: Sendable {
    /// The next number that it lacks.
    let expectedSeq: Int64
    /// The chain's value before that number; nil where it cannot be known: the epoch's parent is not
    /// here, or its numbers end in the middle of what is.
    let chain: SHA256Digest?
}

/// A run of events that the ledger holds.
struct KnownRange: Sendable {
    let first: Int64
    let last: Int64
    let lineDigests: [UInt8]
    let outcomes: Outcomes
}

/// Numbers that the ledger knows to be missing.
struct KnownGap: Equatable, Sendable {
    let first: Int64
    let last: Int64
    let reason: String
}

/// Decides what a batch brings to the ledger. Knows no database.
/// - Source: protocol/SPEC.md, section 8.
struct LedgerPlan: Sendable {
    /// Events whose numbers follow the ledger's last.
    private(set) var fresh: [Run] = []
    /// Gaps whose numbers follow the ledger's last.
    private(set) var freshGaps: [Gap] = []
    /// Events for numbers that were gaps.
    private(set) var fills: [Run] = []
    /// First outcomes of numbers that were known, with their first number.
    private(set) var replayed: [(first: Int64, outcomes: Outcomes)] = []
    /// How many numbers those are, by outcome.
    private(set) var replayedCounts = OutcomeCounts()
    /// Numbers that were gaps, and are again.
    private(set) var replayedGaps: Int64 = 0

    /// Why nothing of a batch is stored.
    enum Obstacle: Error, Equatable {
        /// The ledger lacks numbers before the batch.
        case behind
        /// The first number that is known with another event.
        case fork(seq: Int64)
    }

    /// Compares a batch with what the ledger holds between the batch's first and last number.
    /// - Parameter ranges: ascending, those that touch the batch.
    /// - Parameter gaps: ascending, those that touch the batch.
    init(
        _ batch: ReadBatch, on lane: LaneState, ranges: [KnownRange], gaps: [KnownGap]
    ) throws(Obstacle) {
        guard batch.coverage.firstSeq <= lane.expectedSeq else { throw .behind }
        let known = lane.expectedSeq - 1
        for run in batch.runs {
            for range in ranges { try replay(run, of: batch, from: range) }
            for gap in gaps {
                if let part = run.part(from: gap.first, through: gap.last) { fills.append(part) }
            }
            if let part = run.part(from: known + 1, through: .max) { fresh.append(part) }
        }
        for gap in batch.coverage.gaps {
            for range in ranges { replay(gap, from: range) }
            for knownGap in gaps {
                let first = max(gap.first, knownGap.first)
                replayedGaps += max(0, min(gap.last, knownGap.last) - first + 1)
            }
            let first = max(gap.first, known + 1)
            if let part = Gap(first: first, last: gap.last, reason: gap.reason) {
                freshGaps.append(part)
            }
        }
    }

    /// Whether anything new is to be stored.
    var bringsEvents: Bool { !fresh.isEmpty || !fills.isEmpty }

    private mutating func replay(
        _ run: Run, of batch: ReadBatch, from range: KnownRange
    ) throws(Obstacle) {
        guard let part = run.part(from: range.first, through: range.last) else { return }
        let offset = Int(part.first - range.first)
        let bytes = ReadBatch.digestBytes
        let stored = range.lineDigests[offset * bytes..<(offset + part.count) * bytes]
        let sent = batch.digests(of: part)
        if let difference = zip(stored, sent).enumerated().first(where: { $1.0 != $1.1 }) {
            throw .fork(seq: part.first + Int64(difference.offset / bytes))
        }
        keep(range, offset..<offset + part.count)
    }

    /// A number stated missing, whose event is here all the same: the event stands.
    private mutating func replay(_ gap: Gap, from range: KnownRange) {
        let (first, last) = (max(gap.first, range.first), min(gap.last, range.last))
        guard first <= last else { return }
        keep(range, Int(first - range.first)..<Int(last - range.first) + 1)
    }

    private mutating func keep(_ range: KnownRange, _ offsets: Range<Int>) {
        let outcomes = range.outcomes.part(offsets)
        replayed.append((range.first + Int64(offsets.lowerBound), outcomes))
        replayedCounts += outcomes.counts(of: offsets.count)
    }
}

import ConveyProtocol
import Crypto
import Time

/// Where one lane stands.
struct LaneState: Equatable, Sendable {
    /// The position before the epoch's first event.
    var base: Int64 = 0
    /// The last number of the parent epoch that has a receipt.
    var parentLastSeq: Int64 = 0
    /// The chain's value at `base`.
    var chainStart: SHA256Digest
    /// The last position given out, and the last with a receipt.
    var assigned: Int64 = 0
    var receipted: Int64 = 0
    /// Events through the file's life.
    var storedCount: Int64 = 0
    var receiptedCount: Int64 = 0
    var quarantinedCount: Int64 = 0

    init(chainStart: SHA256Digest) { self.chainStart = chainStart }

    func seq(of position: Int64) -> Int64 { position - base }

    func position(of seq: Int64) -> Int64 { base + seq }

    /// The last number with a receipt.
    var receiptedSeq: Int64 { seq(of: receipted) }

    /// Whether it can have been written: a damaged row may say anything.
    var isPlausible: Bool {
        0 <= base && base <= receipted && receipted <= assigned && assigned < 1 << 53
            && [parentLastSeq, storedCount, receiptedCount, quarantinedCount].allSatisfy {
                (0..<1 << 53).contains($0)
            }
    }

    /// The lane in the next epoch, whose first event stands behind a place.
    func continued(behind start: BufferFile.ChainPlace) -> LaneState {
        var next = self
        next.parentLastSeq = max(0, seq(of: start.position))
        next.base = start.position
        next.receipted = start.position
        next.chainStart = start.chain
        return next
    }
}

/// One life of the file's numbers.
struct Epoch: Equatable, Sendable {
    typealias Cause = BufferStatistics.EpochCause

    let number: Int64
    let id: EpochID
    let parent: EpochID?
    let cause: Cause
    let madeAt: Timestamp
}

/// The file's state as of its last commit.
struct BufferState: Equatable, Sendable {
    var epoch: Epoch
    var lanes: PerLane<LaneState>
    /// Numbers behind `receipted` that are covered by gaps.
    var gapsAhead = PerLane<Int64>(repeating: 0)

    /// Events that came back from the quarantine and wait for a receipt: they fill gaps.
    var returning = PerLane<Int64>(repeating: 0)

    /// Events that wait for a receipt.
    func pending(_ lane: Lane) -> Int64 {
        lanes[lane].assigned - lanes[lane].receipted - gapsAhead[lane] + returning[lane]
    }

    /// For the batch header.
    var parent: BatchHeader.Parent? {
        guard let parent = epoch.parent else { return nil }
        return BatchHeader.Parent(epoch: parent, lastSeq: lanes.map(\.parentLastSeq))
    }
}

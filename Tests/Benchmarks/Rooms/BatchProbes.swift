import ConveyProtocol
import Crypto
import Time

/// Makes sealed batches that follow one another in one lane.
struct BatchSource {
    let collector: CollectorID
    let epoch: EpochID
    let lane: Lane
    private(set) var nextSeq: Int64 = 1
    private(set) var chain: SHA256Digest

    init(collector: CollectorID, epoch: EpochID, lane: Lane) {
        (self.collector, self.epoch, self.lane) = (collector, epoch, lane)
        chain = Chain.start(of: epoch)
    }

    /// - Parameter others: the highest numbers of the lanes beside this one.
    mutating func batch(
        of lines: [[UInt8]], at time: Timestamp, others: PerLane<Int64> = PerLane(repeating: 0)
    ) throws -> SealedBatch {
        var writer = BatchWriter(lane: lane, firstSeq: nextSeq, chain: chain)
        for line in lines {
            guard writer.add(event: line.span) else { throw BenchFault("the batch is full") }
        }
        nextSeq = writer.expectedSeq
        chain = writer.chainValue
        var standing = BatchHeader.Standing(sentAt: time, shipper: "convey-bench/1")
        standing.assigned = others
        standing.assigned[lane] = nextSeq - 1
        return try writer.seal(
            collector: collector, epoch: epoch, parent: nil, standing: standing)
    }
}

extension RoomProbe {
    private static let events = 1000

    private static func firstSource() throws -> BatchSource {
        guard let collector = CollectorID("019a0000-0000-7000-8000-00000000c011"),
            let epoch = EpochID("019a0000-0000-7000-8000-0000000e90c4")
        else { throw BenchFault("no sample collector") }
        return BatchSource(collector: collector, epoch: epoch, lane: .pageview)
    }

    static let seal = RoomProbe(
        name: "batch.seal", sentence: "BatchWriter numbers, chains, compresses 1,000 events",
        unit: "event", unitsPerCall: events
    ) {
        let lines = try SampleSite.lines(events, seed: 14, SampleSite.context())
        let first = try firstSource()
        return {
            var source = first
            _ = try source.batch(of: lines, at: SampleSite.receivedAt)
        }
    }

    static let open = RoomProbe(
        name: "batch.open", sentence: "BatchOpener decompresses and splits 1,000 events",
        unit: "event", unitsPerCall: events
    ) {
        var source = try firstSource()
        let lines = try SampleSite.lines(events, seed: 15, SampleSite.context())
        let batch = try source.batch(of: lines, at: SampleSite.receivedAt)
        let tools = Tools()
        return { _ = try tools.opener.open(zstd: batch.body.span) }
    }

    private final class Tools {
        var opener = BatchOpener()
    }
}

package import ConveyProtocol
import Daemon

/// The name of a batch in the quarantine: which numbers of which epoch and lane it covers.
package struct QuarantineFile: Equatable, Sendable {
    /// The epoch that its numbers belong to.
    package let epoch: EpochID
    /// The lane of its events.
    package let lane: Lane
    /// The numbers that it covers.
    package let seqs: ClosedRange<Int64>

    private static let suffix = ".ndjson.zst"

    init(_ epoch: EpochID, _ coverage: BatchHeader.Coverage) {
        self.epoch = epoch
        lane = coverage.lane
        seqs = coverage.firstSeq...coverage.lastSeq
    }

    init(_ batch: QuarantinedBatch) {
        epoch = batch.epoch
        lane = batch.lane
        seqs = batch.firstSeq...batch.lastSeq
    }

    /// Reads the name of a file as it lies there; nil for any other file.
    package init?(named name: String) {
        guard name.hasSuffix(Self.suffix) else { return nil }
        let base = name.dropLast(Self.suffix.count)
        let parts = base.utf8.count > 37 ? base.dropFirst(37).split(separator: "-") : []
        guard parts.count == 3, base.dropFirst(36).first == "-",
            let epoch = EpochID(String(base.prefix(36))),
            let lane = Lane(rawValue: String(parts[0])),
            let first = Int64(parts[1]), let last = Int64(parts[2]), first >= 1, last >= first,
            last <= BatchHeader.seqMax
        else { return nil }
        self.epoch = epoch
        self.lane = lane
        seqs = first...last
        guard self.bodyName == name else { return nil }
    }

    private var base: String {
        "\(epoch)-\(lane.rawValue)-\(seqs.lowerBound)-\(seqs.upperBound)"
    }

    /// Holds the batch as it was refused; a mended one may be plain text, too.
    package var bodyName: String { base + Self.suffix }
    /// Holds the aggregator's answer.
    package var answerName: String { base + ".answer.json" }

}

/// What became of one file that was to come back from the quarantine.
package struct RequeueResult: Equatable, Sendable {
    /// Where its events are now.
    package enum Outcome: Equatable, Sendable {
        /// They wait, to fill the gap that was stated for them.
        case fillsGap(Int)
        /// They wait under new numbers, since the epoch of theirs is over or unknown.
        case appended(Int)
        /// They came back before; nothing was done.
        case wasBack
        /// They stay where they are, for a reason to mend.
        case refused(String)
    }

    /// The file's name.
    package let name: String
    /// What became of it.
    package let outcome: Outcome
}

extension Buffer {
    /// Puts batches from the quarantine back into the line, after somebody mended them or the
    /// aggregator. Repeating it changes nothing.
    /// - Parameter name: Of one file; nil takes all, oldest name first.
    package func requeue(_ name: String? = nil) async throws(BufferFault) -> [RequeueResult] {
        if let name {
            guard let file = QuarantineFile(named: name) else {
                return [RequeueResult(name: name, outcome: .refused("This names no batch."))]
            }
            return [RequeueResult(name: name, outcome: try await requeue(file))]
        }
        var results: [RequeueResult] = []
        for name in DiskFile.names(in: quarantineDirectory) {
            guard let file = QuarantineFile(named: name) else { continue }
            results.append(RequeueResult(name: name, outcome: try await requeue(file)))
        }
        return results
    }
}

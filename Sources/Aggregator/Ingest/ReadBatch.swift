import ConveyProtocol
import Crypto

/// Numbers of a batch that follow one another, each with a line.
struct Run: Equatable, Sendable {
    let first: Int64
    let last: Int64
    /// The line of `first`, counted from 0.
    let line: Int

    var count: Int { Int(last - first + 1) }
    var lines: Range<Int> { line..<line + count }

    /// The part of it inside these numbers; nil where there is none.
    func part(from lower: Int64, through upper: Int64) -> Run? {
        let (first, last) = (max(first, lower), min(last, upper))
        guard first <= last else { return nil }
        return Run(first: first, last: last, line: line + Int(first - self.first))
    }
}

/// A batch as far as it can be understood without the database.
struct ReadBatch: Sendable {
    let opened: OpenedBatch
    /// The body as it is kept: zstd.
    let body: [UInt8]
    /// What each line holds, or what is wrong with it.
    let readings: [EventReading]
    /// The id of each sound line as `event_seen` holds it; empty for the others.
    let packedIDs: [[UInt8]]
    /// The first 8 bytes of each line's SHA-256, one after another.
    let lineDigests: [UInt8]
    /// Ascending; they and the header's gaps cover the batch.
    let runs: [Run]
    /// The chain's value after each run, computed from the value that the header states before.
    let chainAfterRuns: [SHA256Digest]
    /// Whether lines and gaps lead from the stated `chain_before` to the stated `chain_after`.
    let chainHolds: Bool

    var header: BatchHeader { opened.header }
    var coverage: BatchHeader.Coverage { opened.header.coverage }

    static let digestBytes = 8

    /// The stored digests of a run's lines.
    func digests(of run: Run) -> ArraySlice<UInt8> {
        lineDigests[run.line * Self.digestBytes..<(run.line + run.count) * Self.digestBytes]
    }
}

/// Opens batches and reads every line once: all the work that needs no database, 3 µs an event.
///
/// `@unchecked Sendable`: used by one batch at a time; `BatchReaders` lends it.
final class BatchReader: @unchecked Sendable {
    private var opener: BatchOpener
    private var check = EventCheck()

    init(limits: BatchLimits) { opener = BatchOpener(limits: limits) }

    /// Reads a batch out of zstd.
    func read(zstd body: [UInt8]) throws(ProtocolProblem) -> ReadBatch {
        read(try opener.open(zstd: body.span), body: body)
    }

    /// Reads a batch out of zstd with the published dictionary; it is kept without.
    func read(dcz body: [UInt8]) throws(ProtocolProblem) -> ReadBatch {
        let opened = try opener.open(dcz: body.span)
        return read(opened, body: try BatchReceiver.compressed(opened.bytes))
    }

    /// Reads a batch that is already decoded.
    /// - Parameter body: the same bytes as zstd, to be kept.
    func read(decoded: [UInt8], body: [UInt8]) throws(ProtocolProblem) -> ReadBatch {
        read(try opener.open(decoded: decoded), body: body)
    }

    private func read(_ opened: OpenedBatch, body: [UInt8]) -> ReadBatch {
        let runs = Self.runs(of: opened.header.coverage)
        var readings: [EventReading] = []
        readings.reserveCapacity(opened.lines.count)
        var digests: [UInt8] = []
        digests.reserveCapacity(opened.lines.count * ReadBatch.digestBytes)
        var afterRuns: [SHA256Digest] = []
        var chain = Chain(after: opened.header.coverage.chainBefore)
        var gaps = opened.header.coverage.gaps[...]
        for run in runs {
            while let gap = gaps.first, gap.last < run.first {
                chain.add(gap)
                gaps.removeFirst()
            }
            for line in run.lines {
                opened.withLine(line) { line in
                    chain.add(line: line).withBytes { digest in
                        for index in 0..<ReadBatch.digestBytes { digests.append(digest[index]) }
                    }
                    readings.append(check.read(line))
                }
            }
            afterRuns.append(chain.value)
        }
        for gap in gaps { chain.add(gap) }
        return ReadBatch(
            opened: opened, body: body, readings: readings, packedIDs: readings.map(\.packedID),
            lineDigests: digests, runs: runs,
            chainAfterRuns: afterRuns,
            chainHolds: chain.value == opened.header.coverage.chainAfter)
    }

    private static func runs(of coverage: BatchHeader.Coverage) -> [Run] {
        var runs: [Run] = []
        var seq = coverage.firstSeq
        var line = 0
        func close(before end: Int64) {
            guard seq < end else { return }
            runs.append(Run(first: seq, last: end - 1, line: line))
            line += Int(end - seq)
        }
        for gap in coverage.gaps {
            close(before: gap.first)
            seq = gap.last + 1
        }
        close(before: coverage.lastSeq + 1)
        return runs
    }
}

extension EventReading {
    fileprivate var packedID: [UInt8] {
        if case .sound(let head) = self { head.id.packed } else { [] }
    }
}

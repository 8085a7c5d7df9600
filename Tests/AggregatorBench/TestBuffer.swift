package import ConveyProtocol
package import Crypto
import Gate

/// What one lane of a collector's buffer holds: numbered events and gaps, and the chain before each,
/// so that any stretch of it can be sealed again with other boundaries.
package struct TestBuffer {
    private enum Entry {
        case event(String)
        case gap(Gap)
    }

    private let edge: TestEdge
    private var entries: [(first: Int64, before: SHA256Digest, entry: Entry)] = []
    /// After the last entry.
    package private(set) var chain: SHA256Digest
    /// Of the next entry.
    package private(set) var nextSeq: Int64 = 1

    /// An empty buffer of an edge's lane.
    package init(_ edge: TestEdge) {
        self.edge = edge
        chain = edge.chain
    }

    /// Numbers where a batch may begin.
    package var starts: [Int64] { entries.map(\.first) }

    /// Numbers an event.
    package mutating func add(_ event: TestEvent) {
        entries.append((nextSeq, chain, .event(event.json)))
        var writer = BatchWriter(lane: edge.lane, firstSeq: nextSeq, chain: chain)
        _ = writer.add(event: Array(event.json.utf8).span)
        chain = writer.chainValue
        nextSeq += 1
    }

    /// Numbers events that will not come.
    package mutating func addGap(of count: Int64) {
        guard let gap = Gap(first: nextSeq, last: nextSeq + count - 1, reason: .damaged) else {
            preconditionFailure("A gap has a number or more.")
        }
        entries.append((nextSeq, chain, .gap(gap)))
        var writer = Chain(after: chain)
        writer.add(gap)
        chain = writer.value
        nextSeq = gap.last + 1
    }

    /// Seals up to so many entries from a start on.
    package func seal(from start: Int64, count: Int) throws -> SealedBatch {
        guard let index = entries.firstIndex(where: { $0.first == start }) else {
            preconditionFailure("A batch begins where an entry does.")
        }
        var writer = BatchWriter(
            lane: edge.lane, firstSeq: start, chain: entries[index].before)
        for (_, _, entry) in entries[index...].prefix(count) {
            switch entry {
            case .event(let json): _ = writer.add(event: Array(json.utf8).span)
            case .gap(let gap): _ = writer.addGap(upTo: gap.last, gap.reason)
            }
        }
        var standing = edge.standing
        standing.assigned[edge.lane] = nextSeq - 1
        return try writer.seal(
            collector: edge.collector.id, epoch: edge.epoch, parent: nil, standing: standing)
    }
}

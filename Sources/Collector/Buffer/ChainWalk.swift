import ConveyProtocol
import Crypto

/// Recomputes the chain over events that are still held.
struct ChainWalk: ~Copyable {
    private let state: LaneState
    private var position: Int64
    private var chain: Chain

    init(_ state: LaneState, after place: BufferFile.ChainPlace) {
        self.state = state
        position = place.position
        chain = Chain(after: place.chain)
    }

    /// The value at a later position; nil where a number is neither held nor covered by a gap, or a
    /// gap reaches beyond.
    mutating func chain(
        at end: Int64, _ chunks: [Chunk], _ gaps: [BufferGap], _ lines: inout ChunkLines
    ) -> SHA256Digest? {
        var gaps = gaps[...]
        for chunk in chunks {
            guard let (bytes, starts) = lines.unpack(chunk) else { return nil }
            while position < min(chunk.last, end) {
                if let gap = gaps.first, gap.first <= position + 1 {
                    guard gap.last <= end, add(gap) else { return nil }
                    gaps = gaps.dropFirst()
                    continue
                }
                let index = Int(position + 1 - chunk.first)
                guard index >= 0 else { return nil }
                add(bytes[starts[index]..<starts[index + 1] - 1])
            }
        }
        while position < end, let gap = gaps.first, gap.first == position + 1, gap.last <= end {
            guard add(gap) else { return nil }
            gaps = gaps.dropFirst()
        }
        return position == end ? chain.value : nil
    }

    private mutating func add(_ event: ArraySlice<UInt8>) {
        var line = Array("{\"seq\":\(state.seq(of: position + 1)),".utf8)
        line += event.dropFirst()
        chain.add(line: line.span)
        position += 1
    }

    private mutating func add(_ gap: BufferGap) -> Bool {
        let first = state.seq(of: gap.first)
        guard gap.first == position + 1,
            let stated = Gap(first: first, last: state.seq(of: gap.last), reason: gap.reason)
        else { return false }
        chain.add(stated)
        position = gap.last
        return true
    }
}

package import ConveyProtocol
import SQLite
package import Time

/// Looks at a buffer's file without changing it: beside the running daemon, or while none runs. For
/// commands; each call reads one chunk at a time, so that a full buffer needs no memory.
package struct BufferView: ~Copyable {
    /// Consecutive events of a lane that were committed together.
    package struct Segment: Equatable, Sendable {
        /// The lane of all of them.
        package let lane: Lane
        /// Their numbers in the current epoch; at or below 0 are those of the epochs before it.
        package let seqs: ClosedRange<Int64>
        /// Whether a receipt covers all of them; they are kept for a while all the same.
        package let isReceipted: Bool
        /// When the oldest was received.
        package let oldest: Timestamp
        /// Bytes on the disk, compressed.
        package let storedBytes: Int
        /// Bytes of the lines.
        package let lineBytes: Int
    }

    private let file: BufferFile
    private let lanes: PerLane<LaneState>
    private var lines = ChunkLines()

    /// Opens the file; nil for one that was never finished.
    package init?(_ place: BufferPlace) throws(BufferFault) {
        do throws(SQLiteError) {
            let file = try BufferFile(reading: place.path)
            guard let state = try file.state() else { return nil }
            self.file = file
            lanes = state.lanes
        } catch {
            throw BufferFault("look into the buffer", error)
        }
    }

    /// Tells of each segment of a lane, oldest first, until the closure returns false.
    package func segments(
        of lane: Lane, each tell: (Segment) -> Bool
    ) throws(BufferFault) {
        try chunks(of: lane, from: 0) { tell(segment($0)) }
    }

    /// Hands over each event of a lane as it is sent, with its `seq` and without line feed, oldest
    /// first, until the closure returns false. Events that cannot be read are left out.
    /// - Parameter includesReceipted: also those that are only kept for a re-send.
    package mutating func events(
        of lane: Lane, includesReceipted: Bool, each tell: ([UInt8]) -> Bool
    ) throws(BufferFault) {
        var position = includesReceipted ? 0 : lanes[lane].receipted + 1
        while let chunk = try chunk(of: lane, from: position) {
            position = chunk.last + 1
            guard let (bytes, starts) = lines.unpack(chunk) else { continue }
            for (index, number) in (chunk.first...chunk.last).enumerated()
            where includesReceipted || number > lanes[lane].receipted {
                let rest = bytes[(starts[index] + 1)..<(starts[index + 1] - 1)]
                let seq = "{\"seq\":\(lanes[lane].seq(of: number))"
                let isEmpty = rest.first == UInt8(ascii: "}")
                guard tell(Array(seq.utf8) + (isEmpty ? [] : [UInt8(ascii: ",")]) + rest) else {
                    return
                }
            }
        }
    }

    private func segment(_ chunk: Chunk) -> Segment {
        let lane = lanes[chunk.lane]
        return Segment(
            lane: chunk.lane, seqs: lane.seq(of: chunk.first)...lane.seq(of: chunk.last),
            isReceipted: chunk.last <= lane.receipted, oldest: chunk.oldest,
            storedBytes: chunk.body.count, lineBytes: chunk.lineByteCount)
    }

    private func chunks(
        of lane: Lane, from start: Int64, _ tell: (Chunk) -> Bool
    ) throws(BufferFault) {
        var position = start
        while let chunk = try chunk(of: lane, from: position), tell(chunk) {
            position = chunk.last + 1
        }
    }

    private func chunk(of lane: Lane, from position: Int64) throws(BufferFault) -> Chunk? {
        do throws(SQLiteError) {
            return try file.chunks(lane, from: position) { _ in true }.first
        } catch {
            throw BufferFault("look into the buffer", error)
        }
    }
}

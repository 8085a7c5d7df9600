import ConveyProtocol
import Daemon
import SQLite
import Time

/// What takes events out of the line, or changes them before they leave.
extension BufferWriter {
    /// Chunks that one transaction corrects at most.
    private static let chunksPerCorrection = 32

    /// Moves the times of the next chunks that rest on an uncorrected wall clock.
    func correctClock(_ lane: Lane, from position: Int64) throws(BufferFault) {
        let corrections = try perform("correct the times of events") {
            (file, _) throws(SQLiteError) in
            var count = 0
            let chunks = try file.chunks(lane, from: position) { chunk in
                count += 1
                return count == Self.chunksPerCorrection || chunk.basis == .corrected
            }
            for chunk in chunks {
                guard let corrected = corrected(chunk) else { continue }
                try file.replace(corrected)
            }
            return chunks.count
        }
        tools.log.debug("Times of waiting events were corrected.", [.events: corrections])
    }

    /// Nil where nothing is to be done: corrected already, or damaged, which sealing will find.
    private func corrected(_ chunk: Chunk) -> Chunk? {
        guard case .wall(let ahead, let boot) = chunk.basis,
            let shift = tools.clock.shift(for: ahead, boot: boot),
            let (bytes, starts) = lines.unpack(chunk)
        else { return nil }
        let moved = ClockCorrection(shift: shift).corrected(bytes, starts: starts)
        guard let body = lines.pack(moved) else { return nil }
        return Chunk(
            lane: chunk.lane, first: chunk.first, last: chunk.last,
            oldest: (chunk.oldest + shift).roundedDownToMilliseconds,
            lineByteCount: moved.count, basis: .corrected, body: body)
    }

    /// Reads what the reader could not: a file that is damaged is let go, so that the next upkeep moves
    /// it aside.
    func lookForDamage(_ request: BatchRequest) {
        guard let file else { return }
        do throws(SQLiteError) {
            _ = try file.read { () throws(SQLiteError) in
                try BatchDraft(request, after: nil, file, offset: tools.clock.offset)
            }
        } catch {
            meet(error, "read what waits in the buffer")
        }
    }

    /// States that events are lost, since their chunk is damaged or missing.
    func declareDamaged(_ lane: Lane, _ range: ClosedRange<Int64>) throws(BufferFault) {
        try advance("give up damaged events") { (file, next) throws(SQLiteError) in
            guard range.upperBound <= next.lanes[lane].assigned else { return }
            let lost = try file.cover(lane, range, .damaged)
            try file.addToGapTotal(lane, .damaged, lost)
            next.gapsAhead[lane] += lost
        }
        tools.log.error(
            "Events in the buffer were damaged on the disk and are given up.",
            [.events: range.count])
    }
}

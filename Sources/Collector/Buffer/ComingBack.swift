import ConveyProtocol
import Crypto
import SQLite

/// A batch from the quarantine on its way to the gap that it fills.
struct ComingBack {
    /// One event with the number that it always had.
    struct Event {
        let seq: Int64
        /// Canonical, from `{` to `}`.
        let line: [UInt8]
    }

    let batch: QuarantinedBatch
    /// The chain's value before the gap, as far as it is known; nobody compares it.
    let chain: SHA256Digest
    private let body: [UInt8]

    /// Reads; nil where none is due.
    init?(_ lane: Lane, _ state: BufferState, _ file: BufferFile) throws(SQLiteError) {
        let figures = state.lanes[lane]
        guard state.returning[lane] > 0,
            let batch = try file.nextReturn(
                state.epoch.id, lane, upTo: figures.seq(of: figures.receipted))
        else { return nil }
        self.batch = batch
        body = try file.body(of: batch)
        chain = try file.chainPlace(
            lane, figures, upTo: figures.position(of: batch.firstSeq - 1)
        ).chain
    }

    /// Those without a receipt since they came back; nil where the body is damaged.
    func events(_ lines: inout ChunkLines) -> [Event]? {
        guard let bytes = lines.unpack(body, lineByteCount: batch.lineByteCount) else { return nil }
        var events: [Event] = []
        QuarantinedLines.each(in: bytes) { seq, line in
            if seq > batch.doneSeq { events.append(Event(seq: seq, line: line)) }
            return true
        }
        return events
    }
}

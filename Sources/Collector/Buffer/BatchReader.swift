package import ConveyProtocol
import Daemon
import SQLite
package import Time

/// What Delivery asks for when a lane's turn has come.
package struct BatchRequest: Sendable {
    /// Whose turn has come.
    package let lane: Lane
    /// What the batch may hold at most; an answer may have made it smaller.
    package let limits: BatchLimits
    /// Who sends.
    package let collector: CollectorID
    /// By the corrected clock.
    package let sentAt: Timestamp
    /// Program and version.
    package let shipper: String
    /// Whether a small batch may be sealed with the published dictionary.
    package var mayUseDictionary = false

    /// Asks for the next batch of a lane.
    package init(
        lane: Lane, collector: CollectorID, sentAt: Timestamp, shipper: String,
        limits: BatchLimits = .standard
    ) {
        self.lane = lane
        self.collector = collector
        self.sentAt = sentAt
        self.shipper = shipper
        self.limits = limits
    }
}

/// Reads what waits and seals it, on a thread and a connection of its own, so that no commit waits
/// for a batch.
actor BatchReader: ThreadActor {
    nonisolated let executor = ThreadExecutor(name: "buffer-reader")
    private let path: String
    private let clock: EdgeClock
    private var file: BufferFile?
    private var lines = ChunkLines()

    /// What a look at the lane brought.
    enum Finding {
        case sealed(SealedBatch)
        /// The events at this position still have uncorrected times.
        case uncorrected(Int64)
        /// These events cannot be read any more.
        case damaged(ClosedRange<Int64>)
        /// What came back from the quarantine cannot be read any more.
        case unreadableReturn(QuarantinedBatch)
    }

    init(path: String, clock: EdgeClock) {
        self.path = path
        self.clock = clock
    }

    /// Lets go of the file, so that it can be opened afresh or moved aside.
    func close() { file = nil }

    /// The next batch of a lane, from what has no receipt, or from behind a batch that is on its way.
    func next(
        _ request: BatchRequest, after previous: BatchHeader?
    ) throws(BufferFault) -> Finding {
        guard let draft = try draft(request, after: previous) else { throw .unreadable }
        do throws(SealFault) {
            return try draft.sealed(&lines)
        } catch {
            throw .noMemory
        }
    }

    private func draft(
        _ request: BatchRequest, after previous: BatchHeader?
    ) throws(BufferFault) -> BatchDraft? {
        do throws(SQLiteError) {
            let file = try opened()
            return try file.read { () throws(SQLiteError) in
                try BatchDraft(request, after: previous, file, offset: clock.offset)
            }
        } catch {
            file = nil
            throw BufferFault("read what waits in the buffer", error)
        }
    }

    private func opened() throws(SQLiteError) -> BufferFile {
        if let file { return file }
        let opened = try BufferFile(reading: path)
        file = opened
        return opened
    }
}

extension BufferFault {
    fileprivate static let unreadable = BufferFault(
        operation: "read what waits in the buffer", cause: "its state cannot be read",
        remedy: "It is mended by itself; see the log.")

    static let noMemory = BufferFault(
        operation: "compress a batch", cause: "there is no memory",
        remedy: "Give the collector more memory; it goes on by itself.")
}

package import ConveyProtocol
package import Crypto
package import Daemon
import SQLite
package import Time

/// Holds events on the disk from their acknowledgement to their receipt.
///
/// Requests leave events here from any thread and hear when they are on the disk; Delivery takes them
/// out in batches and brings the aggregator's answers back. One file, one writer; whatever the disk
/// does, the process lives and nothing acknowledged is deleted before its receipt.
package final class Buffer: Service {
    /// What logs call it.
    package let name = "buffer"
    /// The clock that events are stamped with and answers correct.
    package let clock: EdgeClock
    /// Rings when a lane has events that wait: at each commit, and when some come back. Delivery
    /// waits at it, one task a lane.
    package let arrivals = PerLane<Bell> { _ in Bell() }
    private let door: SharedDoor
    let writer: BufferWriter
    private let reader: BatchReader
    private let ticks: any Clock<Duration>
    private let place: BufferPlace

    /// Prepares a buffer; `open()` makes it usable.
    /// - Parameter ticks: What upkeep waits by, once a second.
    package init(
        _ place: BufferPlace, clock: EdgeClock, wall: any WallClock, log: Log,
        random: any RandomSource = RandomBytes(), ticks: any Clock<Duration> = ContinuousClock()
    ) {
        self.clock = clock
        self.place = place
        self.ticks = ticks
        let tools = BufferTools(clock: clock, wall: wall, random: random, log: log)
        door = SharedDoor(limits: place.limits, arrivals: arrivals)
        writer = BufferWriter(place, door, tools)
        reader = BatchReader(path: place.path, clock: clock)
    }

    /// Opens the file, or makes it. Never fails: where the disk does not allow it, events are refused
    /// until it does, and `statistics` says so.
    package func open() async {
        await writer.open()
        await writer.upkeep(reader)
    }

    /// Keeps the file usable, once a second, until the daemon stops; then commits what waits.
    package func run() async throws {
        while !Task.isCancelled {
            do {
                try await ticks.sleep(for: .seconds(1))
            } catch {
                break
            }
            await upkeep()
        }
        await close()
    }

    /// Repairs, deletes and counts what is due; `run()` calls it.
    package func upkeep() async { await writer.upkeep(reader) }

    /// Takes no more, commits what waits, and lets go of the file.
    package func close() async {
        await reader.close()
        await writer.close()
    }

    /// How the buffer stands.
    package var statistics: BufferStatistics { door.statistics }
}

// MARK: In

extension Buffer {
    /// Leaves a request's events. They are committed together with whatever else waits.
    /// - Parameter completion: Called once, with why the events of each lane were turned away; nil
    ///   for lanes whose events are on the disk. Called at once where all are refused at the door,
    ///   else on the writer's thread, which it must not hold up.
    package func append(
        _ events: IncomingEvents,
        then completion: @escaping @Sendable (PerLane<BufferRefusal?>) -> Void
    ) {
        switch door.withDoor({ $0.admit(events, completion) }) {
        case .refused(let refusals): completion(refusals)
        case .waits(let isFirst):
            guard isFirst else { return }
            let writer = writer
            writer.executor.perform { writer.assumeIsolated { $0.commitWaiting() } }
        }
    }

    /// Counts events that were turned away before they came here, so that the books hold them, too.
    /// Written down with the next commit, at the latest within a second.
    /// - Parameter reason: 1-64 of `a-z 0-9 _ -`; at most 64 different ones.
    package func countRefused(_ count: Int, as reason: String, in lane: Lane) {
        door.withDoor { $0.count(reason, lane, count) }
    }

    /// Leaves events and waits for their commit.
    package func append(_ events: IncomingEvents) async -> PerLane<BufferRefusal?> {
        await withCheckedContinuation { continuation in
            append(events) { continuation.resume(returning: $0) }
        }
    }
}

// MARK: Out

extension Buffer {
    /// How often mending may be tried before a batch: each round corrects 32 chunks or states a gap.
    private static let mendingsMax = 1000

    /// The next batch of a lane, sealed: events that have no receipt, oldest first. Empty when none
    /// wait, and before the clock is known: an empty batch asks for the time.
    /// - Parameter previous: The header of a batch that is on its way; then what comes behind it.
    package func nextBatch(
        _ request: BatchRequest, after previous: BatchHeader? = nil
    ) async throws(BufferFault) -> SealedBatch {
        for _ in 0..<Self.mendingsMax {
            switch try await found(request, after: previous) {
            case .sealed(let batch): return batch
            case .uncorrected(let position):
                try await writer.correctClock(request.lane, from: position)
            case .damaged(let range):
                try await writer.declareDamaged(request.lane, range)
            case .unreadableReturn(let batch): try await writer.setAsideAgain(batch)
            }
        }
        throw BufferFault(
            operation: "make a batch", cause: "too many events have to be mended",
            remedy: "It goes on by itself.")
    }

    /// What the reader finds; the damage that it meets is the writer's to mend.
    private func found(
        _ request: BatchRequest, after previous: BatchHeader?
    ) async throws(BufferFault) -> BatchReader.Finding {
        do throws(BufferFault) {
            return try await reader.next(request, after: previous)
        } catch {
            if error.isDamage { await writer.lookForDamage(request) }
            throw error
        }
    }

    /// Takes a signed receipt for a batch that was made here.
    package func apply(
        _ receipt: Receipt, to batch: BatchHeader
    ) async throws(BufferFault) -> ReceiptOutcome {
        try await writer.apply(receipt, to: batch)
    }

    /// Takes a signed `ledger-behind`: the next batch starts where the ledger is.
    package func rewind(to place: ProtocolProblem.LedgerPlace) async throws(BufferFault) {
        try await writer.rewind(to: place)
    }

    /// Takes a signed `ledger-fork` of an epoch: what has no receipt goes on in a new one.
    package func startEpoch(afterForkIn epoch: EpochID) async throws(BufferFault) {
        try await writer.startEpoch(afterForkIn: epoch)
    }

    /// Sets a batch aside whose framing a signed answer refused. Only the oldest batch of a lane.
    package func quarantine(
        _ batch: SealedBatch, answer: [UInt8]
    ) async throws(BufferFault) {
        try await writer.quarantine(batch, answer: answer)
    }

    var quarantineDirectory: String { place.quarantine }

    func requeue(_ file: QuarantineFile) async throws(BufferFault) -> RequeueResult.Outcome {
        try await writer.requeue(file)
    }
}

// MARK: Small values

extension Buffer {
    /// A small value that another room keeps in the file, such as cached settings; nil when there is
    /// none.
    package func kept(_ name: String) async throws(BufferFault) -> [UInt8]? {
        try await writer.perform("read a kept value") { (file, _) throws(SQLiteError) in
            try file.kept(name)
        }
    }

    /// Keeps a small value, durably; nil removes it. What is secret must be sealed by its owner.
    package func keep(_ value: [UInt8]?, as name: String) async throws(BufferFault) {
        try await writer.perform("keep a value") { (file, _) throws(SQLiteError) in
            try file.keep(value, as: name)
        }
    }
}

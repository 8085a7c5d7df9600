import ConveyProtocol
import Crypto
import Daemon
import SQLite
import Time

/// The one writer of the buffer's file: commits what waits at the door, applies what the aggregator
/// answers, and keeps the file usable. Lives on a thread of its own.
actor BufferWriter: ThreadActor {
    nonisolated let executor = ThreadExecutor(name: "buffer-writer")
    let place: BufferPlace
    let door: SharedDoor
    let tools: BufferTools

    /// Nil while the file cannot be used; then `trouble` says why.
    var file: BufferFile?
    var state: BufferState?
    var trouble: Trouble?
    var lines = ChunkLines()
    var ballast: Ballast
    var gapTotals = PerLane<[String: Int64]>(repeating: [:])
    var refusedTotals = PerLane<[String: Int64]>(repeating: [:])
    var usedBytes: Int64 = 0
    var committedAt: Timestamp?
    var damagedFiles: [String] = []
    /// While a damaged file is being saved.
    var salvageNote: SalvageNote?
    var salvager: Salvager?
    var salvageRecord: SalvageRecord?
    /// What the requests of the last failed commit were told.
    var lastFailure: BufferRefusal?
    var checkpoints: CheckpointPlan

    /// What keeps the file from being used.
    enum Trouble: Equatable {
        /// To be opened again.
        case failed
        /// To be moved aside and read for what is left.
        case damaged
    }

    init(_ place: BufferPlace, _ door: SharedDoor, _ tools: BufferTools) {
        self.place = place
        self.door = door
        self.tools = tools
        checkpoints = CheckpointPlan(pages: place.limits.checkpointPages)
        ballast = Ballast(
            path: place.path + "-ballast", byteCount: place.limits.ballastBytes)
    }

    /// Commits everything that waits, in one transaction, then answers every request in it.
    func commitWaiting() {
        let (waiting, refused) = door.withDoor { ($0.take(), $0.refused) }
        guard !waiting.isEmpty else { return }
        guard let file, let state else { return fail(waiting, .diskFault) }
        do throws(SQLiteError) {
            let next = try file.write { () throws(SQLiteError) in
                try file.addRefused(epoch: state.epoch.number, refused)
                let next = try store(waiting, in: file, state)
                usedBytes = try file.usedBytes()
                return next
            }
            committed(next, refused)
            for request in waiting.requests { request.completion(request.refusals) }
        } catch {
            return fail(waiting, meet(error, "commit events"))
        }
        makeRoom()
        checkpointWhereDue()
    }

    private func store(
        _ waiting: Door.Waiting, in file: BufferFile, _ state: BufferState
    ) throws(SQLiteError) -> BufferState {
        var next = state
        for lane in Lane.allCases where !waiting.segments[lane].isEmpty {
            for segment in waiting.segments[lane] {
                let chunk = self.chunk(segment, lane, after: next.lanes[lane].assigned)
                try file.insert(chunk)
                next.lanes[lane].assigned = chunk.last
                next.lanes[lane].storedCount += chunk.count
            }
            try file.update(lane, next.lanes[lane])
        }
        return next
    }

    func chunk(_ segment: Segment, _ lane: Lane, after position: Int64) -> Chunk {
        guard let body = lines.pack(segment.lines) else {
            preconditionFailure("No memory to compress a chunk.")
        }
        return Chunk(
            lane: lane, first: position + 1, last: position + Int64(segment.count),
            oldest: segment.oldest, lineByteCount: segment.lines.count, basis: segment.basis,
            body: body)
    }

    /// Takes over what a transaction has made durable.
    func committed(
        _ next: BufferState,
        _ refused: PerLane<[String: Int64]> = PerLane(repeating: [:])
    ) {
        state = next
        committedAt = tools.wall.now()
        for lane in Lane.allCases {
            for (reason, count) in refused[lane] {
                refusedTotals[lane][reason, default: 0] += count
            }
        }
        door.withDoor { door in
            door.wroteDown(refused)
            door.committed(usedBytes: usedBytes)
        }
        publish()
    }

    private func fail(_ waiting: Door.Waiting, _ refusal: BufferRefusal) {
        lastFailure = refusal
        door.withDoor { $0.failed(waiting, refusal) }
        for request in waiting.requests {
            request.completion(
                PerLane { lane in
                    request.refusals[lane] ?? (request.counts[lane] > 0 ? refusal : nil)
                })
        }
    }

    func publish() {
        var statistics = BufferStatistics(
            condition: .open, bytesMax: place.limits.bytesMax)
        statistics.usedBytes = usedBytes
        statistics.hasBallast = ballast.isHeld
        statistics.committedAt = committedAt
        statistics.damagedFiles = damagedFiles
        statistics.salvagedFile = salvageNote?.path
        if let state {
            statistics.epoch = state.epoch.id
            statistics.parent = state.epoch.parent
            statistics.epochCause = state.epoch.cause
            statistics.epochMadeAt = state.epoch.madeAt
            statistics.lanes = PerLane { lane in
                BufferStatistics.LaneFigures(
                    state, lane, gaps: gapTotals[lane], refused: refusedTotals[lane])
            }
        }
        door.publish(statistics)
    }
}

extension BufferStatistics.LaneFigures {
    init(
        _ state: BufferState, _ lane: Lane, gaps: [String: Int64], refused: [String: Int64]
    ) {
        let figures = state.lanes[lane]
        stored = figures.storedCount
        receipted = figures.receiptedCount
        pending = state.pending(lane)
        quarantined = figures.quarantinedCount
        self.gaps = gaps
        self.refused = refused
        assignedSeq = figures.seq(of: figures.assigned)
        receiptedSeq = figures.seq(of: figures.receipted)
    }
}

// MARK: When the disk fails

extension BufferWriter {
    /// Does what an error asks for, and says what the requests in its way are told.
    @discardableResult
    func meet(_ error: SQLiteError, _ operation: StaticString) -> BufferRefusal {
        let refusal: BufferRefusal
        switch error.kind {
        case .diskFull:
            refusal = .diskFull
            ballast.release()
        case .corrupt:
            refusal = .diskFault
            abandon(.damaged)
        case .readOnly:
            refusal = .diskReadOnly
            abandon(.failed)
        case .io, .busy, .constraint, .cannotOpen, .tooBig, .other:
            refusal = .diskFault
            abandon(.failed)
        }
        door.withDoor { $0.closed = refusal }
        tools.log.error(
            "The buffer refuses events: its disk failed.",
            [.operation: operation, .code: Int(error.extendedCode), .cause: refusal.rawValue])
        publish()
        return refusal
    }

    /// Closes the file: memory and disk may differ now.
    func abandon(_ trouble: Trouble) {
        file = nil
        salvager = nil
        self.trouble = trouble
    }

    /// Runs a transaction on the file that is open.
    func perform<Value>(
        _ operation: StaticString, _ body: (BufferFile, BufferState) throws(SQLiteError) -> Value
    ) throws(BufferFault) -> Value {
        guard let file, let state else { throw .closed(operation.description) }
        do throws(SQLiteError) {
            return try file.write { () throws(SQLiteError) in try body(file, state) }
        } catch {
            meet(error, operation)
            throw BufferFault(operation.description, error)
        }
    }

    /// Runs a transaction that makes a new state, and takes that over.
    func advance(
        _ operation: StaticString,
        _ body: (BufferFile, inout BufferState) throws(SQLiteError) -> Void
    ) throws(BufferFault) {
        let next = try perform(operation) { (file, state) throws(SQLiteError) in
            var next = state
            try body(file, &next)
            for lane in Lane.allCases where next.lanes[lane] != state.lanes[lane] {
                try file.update(lane, next.lanes[lane])
            }
            usedBytes = try file.usedBytes()
            gapTotals = try file.gapTotals()
            return next
        }
        committed(next)
    }
}

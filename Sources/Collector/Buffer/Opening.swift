import ConveyProtocol
import Daemon
import SQLite
import Time

/// From a path to a file that takes events.
extension BufferWriter {
    /// A file up to this size is read in full when it is opened; a larger one would delay the start.
    private static let checkedBytesMax: Int64 = 16_777_216

    /// Opens or makes the file and the door; where it cannot, the door stays shut and `trouble` says
    /// why.
    func open() {
        do throws(SQLiteError) {
            try prepareDirectory()
            let file = try BufferFile(writing: place.path)
            guard let opened = try opened(file) else { return }
            try begin(opened, file)
        } catch {
            _ = meet(error, "open the buffer")
            return
        }
        resumeSalvage()
    }

    private func prepareDirectory() throws(SQLiteError) {
        do throws(SystemFault) {
            try BoundedFile.makeDirectory(place.directory)
        } catch {
            // Opening the file in it will fail in its turn, with a name for it.
            tools.log.error("The buffer's directory cannot be made.", [.cause: error.cause])
        }
    }

    /// What an open file holds, and which commits have to be done again.
    private struct Opened {
        var state: BufferState
        var unreachable = PerLane<[Chunk]>(repeating: [])
    }

    /// The state of a sound file; nil where it must not be used. Until this is known nothing is
    /// written: SQLite would write over commits that it cannot reach.
    private func opened(_ file: BufferFile) throws(SQLiteError) -> Opened? {
        switch try file.age() {
        case .new where unreachableLog(in: file) != nil:
            trouble = .damaged
            return nil
        case .new:
            return Opened(state: try made(in: file))
        case .foreign:
            trouble = .failed
            tools.log.error(
                "The file is no buffer of this version; move it away or use a newer program.",
                [.path: place.path])
            return nil
        case .older, .known:
            guard let state = try file.state(), try isSound(file) else {
                trouble = .damaged
                return nil
            }
            let unreachable = unreachable(in: file, state)
            try upgrade(file)
            return Opened(state: state, unreachable: unreachable)
        }
    }

    private func upgrade(_ file: BufferFile) throws(SQLiteError) {
        guard try file.age() == .older else { return }
        try file.write { () throws(SQLiteError) in try file.addTables() }
    }

    /// The events of a large file are looked at when they are read: each row has a checksum.
    private func isSound(_ file: BufferFile) throws(SQLiteError) -> Bool {
        guard DiskFile.byteCount(place.path) > Self.checkedBytesMax else {
            return try file.connection.check(.quick).isEmpty
        }
        for table in BufferSchema.smallTables {
            guard try file.connection.check(table: table).isEmpty else { return false }
        }
        return true
    }

    /// Makes the tables and the first epoch, which may continue one that was lost.
    func made(in file: BufferFile, _ lost: BufferState?) throws(SQLiteError) -> BufferState {
        try file.makeTables()
        let now = tools.wall.now()
        let id = EpochID(at: now, random: tools.random)
        let epoch = try file.insertEpoch(
            id, parent: lost?.epoch.id, lost == nil ? .newFile : .salvaged, at: now)
        var state = BufferState(
            epoch: epoch, lanes: PerLane(repeating: LaneState(chainStart: Chain.start(of: id))))
        for lane in Lane.allCases {
            if let old = lost?.lanes[lane] {
                state.lanes[lane].parentLastSeq = old.seq(of: old.receipted)
            }
            try file.update(lane, state.lanes[lane])
        }
        if let identity = DiskFile.identity(place.path) { try file.setIdentity(identity) }
        return state
    }

    /// Takes a file into use: a copy or a file that lost something goes on in a new epoch.
    private func begin(_ found: Opened, _ file: BufferFile) throws(SQLiteError) {
        let opened = found.state
        let identity = DiskFile.identity(place.path)
        let isCopy = try file.identity() != identity
        let isShort = hasLost(opened)
        // Also a trial: the door opens only after a commit.
        let next = try file.write { () throws(SQLiteError) in
            var next = opened
            try redo(found.unreachable, in: file, &next)
            if isCopy || isShort { try startEpoch(isShort ? .lost : .copied, in: file, &next) }
            if let identity { try file.setIdentity(identity) }
            for lane in Lane.allCases { try file.update(lane, next.lanes[lane]) }
            return next
        }
        if isShort {
            tools.log.error("The disk has lost events that it had confirmed.")
        } else if isCopy {
            tools.log.warning("The buffer is a copy of another file; a new epoch carries on.")
        }
        let refused = try file.refusedTotals()
        settle(opened, refused)
        gapTotals = try file.gapTotals()
        refusedTotals = refused
        usedBytes = try file.usedBytes()
        checkpoints = CheckpointPlan(
            pages: place.limits.checkpointPages, written: file.connection.pagesWritten)
        self.file = file
        trouble = nil
        committed(next)
        openDoor()
    }

    private func hasLost(_ opened: BufferState) -> Bool {
        guard let before = state, before.epoch == opened.epoch else { return false }
        return Lane.allCases.contains { opened.lanes[$0].assigned < before.lanes[$0].assigned }
    }

    /// A commit that failed may hold all the same. Its events were refused, and are stored: they are
    /// not counted as refused any more. Refusals that it wrote down are not written again.
    private func settle(_ opened: BufferState, _ refused: PerLane<[String: Int64]>) {
        guard let before = state, before.epoch == opened.epoch else { return }
        var written = PerLane<[String: Int64]>(repeating: [:])
        for lane in Lane.allCases {
            for (reason, count) in refused[lane] {
                written[lane][reason] = count - (refusedTotals[lane][reason] ?? 0)
            }
            let stored = opened.lanes[lane].storedCount - before.lanes[lane].storedCount
            if stored > 0, let answer = lastFailure {
                written[lane][answer.rawValue, default: 0] += stored
            }
        }
        door.withDoor { $0.wroteDown(written) }
    }

    /// Lets events in where space for receipts is kept aside.
    func openDoor() {
        let isHeld = ballast.hold()
        door.withDoor { $0.closed = isHeld ? nil : .diskFull }
        if !isHeld {
            tools.log.error(
                "The disk is nearly full; the buffer takes no events until there is space.",
                [.path: ballast.path])
        }
        publish()
    }
}

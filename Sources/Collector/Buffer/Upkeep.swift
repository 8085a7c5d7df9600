import ConveyProtocol
import Daemon
import SQLite
import Time

/// What has to be done now and then: once a second, and after commits.
extension BufferWriter {
    /// Chunks that one transaction deletes at most, and transactions in a row: both keep what waits
    /// for a commit from waiting long.
    private static let chunksPerDelete = 64
    private static let deletesPerRound = 8
    /// Milliseconds that commits wait, now and then, for readers that keep the log from being cut.
    private static let patience: Int32 = 100

    /// Repairs what is broken and deletes what is old.
    func upkeep(_ reader: BatchReader) async {
        if file == nil {
            await reader.close()
            repair()
        }
        guard file != nil else { return }
        saveSome()
        writeDownRefused()
        deleteExpired()
        if door.withDoor({ $0.closed }) == .diskFull { leaveFullDisk() }
        checkpointWhereDue()
    }

    /// Opens the file again, after what memory holds of it was forgotten: only what is on the disk
    /// counts.
    private func repair() {
        if trouble == .damaged {
            salvage()
        } else {
            for suffix in ["", "-wal"] { DiskFile.forgetCached(place.path + suffix) }
            open()
        }
        if trouble == .damaged { salvage() }
        if file != nil {
            tools.log.notice("The buffer is open again.")
        }
    }

    private func writeDownRefused() {
        let refused = door.withDoor { $0.refused }
        guard let file, let state, Lane.allCases.contains(where: { !refused[$0].isEmpty }) else {
            return
        }
        do throws(SQLiteError) {
            try file.write { () throws(SQLiteError) in
                try file.addRefused(epoch: state.epoch.number, refused)
            }
            committed(state, refused)
        } catch {
            meet(error, "count refused events")
        }
    }

    /// Deletes what got its receipt long ago.
    private func deleteExpired() {
        let limit = tools.wall.now() - place.receiptedKept
        delete(returnsBefore: limit) { (file, lane, state) throws(SQLiteError) in
            max(try file.receipted(lane, before: limit) ?? 0, state.base)
        }
    }

    /// Deletes what got its receipt, however lately, when space is short.
    func makeRoom() {
        guard usedBytes > place.limits.comfortableBytes else { return }
        delete { (_, _, state) throws(SQLiteError) in state.receipted }
    }

    /// - Parameter limit: What came back from the quarantine and got its receipt before is forgotten;
    ///   all of it by default.
    private func delete(
        returnsBefore limit: Timestamp? = nil,
        upTo position: (BufferFile, Lane, LaneState) throws(SQLiteError) -> Int64
    ) {
        guard let file, let state else { return }
        do throws(SQLiteError) {
            for lane in Lane.allCases.reversed() {
                let lanes = state.lanes[lane]
                try delete(lane, upTo: min(try position(file, lane, lanes), lanes.receipted), file)
            }
            try file.forgetReturns(before: limit)
            usedBytes = try file.usedBytes()
            committed(state)
        } catch {
            meet(error, "delete receipted events")
        }
    }

    private func delete(
        _ lane: Lane, upTo position: Int64, _ file: BufferFile
    ) throws(SQLiteError) {
        guard position > 0, try file.holdsChunk(lane, upTo: position) else { return }
        for _ in 0..<Self.deletesPerRound {
            let count = try file.write { () throws(SQLiteError) in
                let count = try file.deleteChunks(lane, upTo: position, limit: Self.chunksPerDelete)
                if count < Self.chunksPerDelete {
                    try file.deleteReceipts(lane, before: position)
                    try file.deleteGaps(lane, upTo: position)
                }
                return count
            }
            if count < Self.chunksPerDelete { return }
        }
    }

    /// Frees what can be freed and opens the door when the ballast stands again.
    private func leaveFullDisk() {
        delete { (_, _, state) throws(SQLiteError) in state.receipted }
        checkpoint(.truncate)
        guard file != nil, ballast.hold() else { return }
        openDoor()
        tools.log.notice("There is space on the disk again; the buffer takes events.")
    }

    /// Copies the log into the file when it is long.
    func checkpointWhereDue() {
        guard let file, let mode = checkpoints.mode(written: file.connection.pagesWritten) else {
            return
        }
        checkpoint(mode)
    }

    private func checkpoint(_ mode: Connection.CheckpointMode) {
        guard let file else { return }
        var isComplete = false
        do throws(SQLiteError) {
            let result = try file.connection.checkpoint(mode, patience: Self.patience)
            isComplete = result.copiedPages == result.logPages
        } catch {
            // Readers may hold the log for a while; a later commit tries again.
            guard error.kind == .busy else {
                _ = meet(error, "checkpoint the buffer")
                return
            }
        }
        checkpoints.ended(isComplete: isComplete, written: file.connection.pagesWritten)
    }

    /// Ends in order: nothing waits, and the file needs no log.
    func close() {
        door.withDoor { $0.closed = .stopping }
        commitWaiting()
        writeDownRefused()
        checkpoint(.truncate)
        file = nil
    }
}

import ConveyProtocol
import Crypto
import Daemon
import SQLite
import Time

/// Saves what can be read of a damaged file into a new one. The damaged file is moved aside, never
/// deleted.
extension BufferWriter {
    /// What a damaged file still tells.
    private struct Remains {
        var state: BufferState?
        var gapTotals = PerLane<[String: Int64]>(repeating: [:])
        var kept: [(name: String, value: [UInt8])] = []
        var chainAtReceipt = PerLane<SHA256Digest?>(repeating: nil)
        var gaps = PerLane<[BufferGap]>(repeating: [])
    }

    func salvage() {
        let aside = place.path + ".damaged-\(tools.wall.now().unixSeconds)"
        do throws(SystemFault) {
            for suffix in ["-wal", ""] where BoundedFile.exists(place.path + suffix) {
                try DiskFile.move(place.path + suffix, to: aside + suffix)
            }
            DiskFile.remove(place.path + "-shm")
        } catch {
            tools.log.error(
                "The damaged buffer cannot be moved aside.",
                [.cause: error.cause, .remedy: error.remedy])
            return
        }
        damagedFiles.append(aside)
        tools.log.error(
            "The buffer was damaged and moved aside; a new one carries on with what can be read.",
            [.path: aside])
        state = nil
        trouble = .failed
        refill(from: aside)
        open()
    }

    /// Makes the new file out of the old one. A failure leaves what was copied: the rest stays in
    /// the file that was moved aside.
    private func refill(from aside: String) {
        do throws(SQLiteError) {
            try refill(BufferFile(writing: place.path), from: readable(aside))
        } catch {
            meet(error, "salvage a damaged buffer")
        }
    }

    private func refill(_ new: BufferFile, from old: BufferFile?) throws(SQLiteError) {
        let remains = old.map { self.remains(of: $0) } ?? Remains()
        var state = try new.write { () throws(SQLiteError) in
            var state = try made(in: new, remains.state)
            try carryOver(remains, to: new, &state)
            return state
        }
        guard let old else { return }
        for lane in Lane.allCases {
            try copyChunks(lane, from: old, remains, to: new, &state)
        }
        try closeAccounts(remains, in: new, &state)
    }

    private func readable(_ aside: String) -> BufferFile? {
        do throws(SQLiteError) {
            return try BufferFile(salvaging: aside)
        } catch {
            tools.log.warning(
                "The damaged buffer cannot be opened.", [.code: Int(error.extendedCode)])
            return nil
        }
    }

    private func remains(of old: BufferFile) -> Remains {
        var remains = Remains()
        read { () throws(SQLiteError) in remains.state = try old.state() }
        read { () throws(SQLiteError) in remains.gapTotals = try old.gapTotals() }
        read { () throws(SQLiteError) in remains.kept = try old.allKept() }
        for lane in Lane.allCases {
            guard let state = remains.state?.lanes[lane] else { continue }
            read { () throws(SQLiteError) in
                remains.gaps[lane] = try old.gaps(lane, from: state.receipted + 1)
            }
            read { () throws(SQLiteError) in
                let place = try old.chainPlace(lane, state, upTo: state.receipted)
                if place.position == state.receipted { remains.chainAtReceipt[lane] = place.chain }
            }
        }
        return remains
    }

    /// Reads a part that may be unreadable.
    private func read(_ body: () throws(SQLiteError) -> Void) {
        do throws(SQLiteError) {
            try body()
        } catch {
            tools.log.warning(
                "A part of the damaged buffer cannot be read.", [.code: Int(error.extendedCode)])
        }
    }

    private func carryOver(
        _ remains: Remains, to new: BufferFile, _ state: inout BufferState
    ) throws(SQLiteError) {
        for (name, value) in remains.kept { try new.keep(value, as: name) }
        for lane in Lane.allCases {
            for (reason, count) in remains.gapTotals[lane] {
                try new.addToGapTotal(lane, Gap.Reason(reason) ?? .damaged, count)
            }
            guard let old = remains.state?.lanes[lane] else { continue }
            state.lanes[lane].storedCount = old.storedCount
            state.lanes[lane].receiptedCount = old.receiptedCount
            state.lanes[lane].quarantinedCount = old.quarantinedCount
            if let chain = remains.chainAtReceipt[lane] { state.lanes[lane].chainStart = chain }
            try new.update(lane, state.lanes[lane])
        }
    }

    /// Copies the readable chunks without a receipt, from both ends, since a damaged page in the
    /// middle stops a walk.
    private func copyChunks(
        _ lane: Lane, from old: BufferFile, _ remains: Remains, to new: BufferFile,
        _ state: inout BufferState
    ) throws(SQLiteError) {
        let receipted = remains.state?.lanes[lane].receipted ?? 0
        var position = receipted
        while let chunk = chunk(lane, after: position, descending: false, in: old) {
            position = max(chunk.last, position + 1)
            try copy(chunk, after: receipted, remains.gaps[lane], to: new, &state)
        }
        var tail: [Chunk] = []
        var upper = Int64(1) << 53
        while let chunk = chunk(lane, after: upper, descending: true, in: old),
            chunk.first > position, tail.count < 10_000
        {
            upper = chunk.first
            tail.append(chunk)
        }
        for chunk in tail.reversed() {
            try copy(chunk, after: receipted, remains.gaps[lane], to: new, &state)
        }
    }

    private func chunk(
        _ lane: Lane, after position: Int64, descending: Bool, in old: BufferFile
    ) -> Chunk? {
        var chunk: Chunk?
        read { () throws(SQLiteError) in
            chunk = try old.chunkForSalvage(lane, after: position, descending: descending)
        }
        return chunk
    }

    private func copy(
        _ chunk: Chunk, after receipted: Int64, _ gaps: [BufferGap], to new: BufferFile,
        _ state: inout BufferState
    ) throws(SQLiteError) {
        guard let (bytes, starts) = lines.unpack(chunk) else { return }
        var kept: [UInt8] = []
        var count: Int64 = 0
        for position in chunk.first...chunk.last where position > receipted {
            if gaps.contains(where: { $0.first <= position && position <= $0.last }) { continue }
            let index = Int(position - chunk.first)
            kept += bytes[starts[index]..<starts[index + 1]]
            count += 1
        }
        guard count > 0, let body = lines.pack(kept) else { return }
        let first = state.lanes[chunk.lane].assigned + 1
        let copy = Chunk(
            lane: chunk.lane, first: first, last: first + count - 1, oldest: chunk.oldest,
            lineByteCount: kept.count, basis: chunk.basis, body: body)
        state.lanes[chunk.lane].assigned = copy.last
        try new.write { () throws(SQLiteError) in
            try new.insert(copy)
            try new.update(chunk.lane, state.lanes[chunk.lane])
        }
    }

    /// What was pending and is not there any more was lost to the damage.
    private func closeAccounts(
        _ remains: Remains, in new: BufferFile, _ state: inout BufferState
    ) throws(SQLiteError) {
        try new.write { () throws(SQLiteError) in
            for lane in Lane.allCases {
                let saved = state.pending(lane)
                let lost = remains.state.map { max(0, $0.pending(lane) - saved) } ?? 0
                try new.addToGapTotal(lane, .damaged, lost)
                let gaps = try new.gapTotals()[lane].values.reduce(0, +)
                let figures = state.lanes[lane]
                state.lanes[lane].storedCount =
                    figures.receiptedCount + figures.quarantinedCount + gaps + saved
                try new.update(lane, state.lanes[lane])
            }
        }
    }
}

import ConveyProtocol
import Daemon
import SQLite
import Time

/// What leaves the line since the aggregator cannot read it, and comes back when somebody mended it.
extension BufferWriter {
    /// Sets aside a batch whose framing the aggregator refused: as a file, with the answer beside
    /// it. Its numbers become a gap.
    func quarantine(_ batch: SealedBatch, answer: [UInt8]) throws(BufferFault) {
        let coverage = batch.header.coverage
        guard let state, batch.header.epoch == state.epoch.id, !coverage.isEmpty else { return }
        let lane = state.lanes[coverage.lane]
        if lane.position(of: coverage.lastSeq) <= lane.receipted {
            return try setAsideAgain(batch, answer: answer)
        }
        guard lane.position(of: coverage.firstSeq) == lane.receipted + 1 else { return }
        let file = QuarantineFile(batch.header.epoch, coverage)
        try write(file, body: plain(batch), answer: answer)
        try advance("set a batch aside") { (table, next) throws(SQLiteError) in
            let range = lane.receipted + 1...lane.position(of: coverage.lastSeq)
            let count = try table.cover(coverage.lane, range, .quarantined)
            next.lanes[coverage.lane].quarantinedCount += count
            next.gapsAhead[coverage.lane] += count
            try table.setAside(file, count: coverage.count, at: tools.wall.now())
        }
        tools.log.error(
            "The aggregator refused the framing of a batch; it was set aside.",
            [.path: "\(place.quarantine)/\(file.bodyName)", .events: coverage.count])
    }

    /// Somebody must be able to open it without the dictionary.
    private func plain(_ batch: SealedBatch) throws(BufferFault) -> [UInt8] {
        do throws(SealFault) {
            return try batch.plainFrames()
        } catch {
            throw .noMemory
        }
    }

    private func write(
        _ file: QuarantineFile, body: [UInt8]?, answer: [UInt8]
    ) throws(BufferFault) {
        do throws(SystemFault) {
            try BoundedFile.makeDirectory(place.quarantine)
            if let body {
                try BoundedFile.replace("\(place.quarantine)/\(file.bodyName)", with: body)
            }
            try BoundedFile.replace("\(place.quarantine)/\(file.answerName)", with: answer)
        } catch {
            throw BufferFault(
                operation: error.operation, cause: error.cause, remedy: error.remedy)
        }
    }

    /// What came back was refused once more.
    private func setAsideAgain(_ batch: SealedBatch, answer: [UInt8]) throws(BufferFault) {
        let coverage = batch.header.coverage
        let epoch = batch.header.epoch
        let known = try perform("find a batch") { (file, _) throws(SQLiteError) in
            try file.heldReturns(coverage.lane).first { known in
                known.epoch == epoch && known.state == .waiting
                    && known.firstSeq <= coverage.firstSeq && coverage.lastSeq <= known.lastSeq
            }
        }
        guard let known else { return }
        let file = QuarantineFile(known)
        bringBack(file)
        let isThere = BoundedFile.exists("\(place.quarantine)/\(file.bodyName)")
        try write(file, body: isThere ? nil : plain(batch), answer: answer)
        try setAsideAgain(known)
    }

    /// Takes a batch out of the line again: what of it has no receipt is in quarantine as before.
    func setAsideAgain(_ batch: QuarantinedBatch) throws(BufferFault) {
        bringBack(QuarantineFile(batch))
        try advance("set a batch aside again") { (file, next) throws(SQLiteError) in
            next.returning[batch.lane] -= batch.waitingCount
            next.lanes[batch.lane].quarantinedCount += batch.waitingCount
            try file.setAsideAgain(batch, at: tools.wall.now())
        }
        tools.log.error(
            "A batch that came back from the quarantine could not be sent; it was set aside again.",
            [.path: "\(place.quarantine)/\(QuarantineFile(batch).bodyName)", .events: batch.count])
    }

    // MARK: Back

    /// Puts the events of a quarantined file back into the line. In its own epoch they fill the gap
    /// that was stated for them; otherwise they follow as new numbers.
    func requeue(_ file: QuarantineFile) throws(BufferFault) -> RequeueResult.Outcome {
        let known = try perform("find a batch") { (table, _) throws(SQLiteError) in
            try table.quarantined(file.epoch, file.lane, from: file.seqs.lowerBound)
        }
        guard known?.state ?? .aside == .aside else {
            putAway(file)
            return .wasBack
        }
        guard known?.lastSeq ?? file.seqs.upperBound == file.seqs.upperBound else {
            return .refused("Its name says other numbers than those that were set aside.")
        }
        let lines: QuarantinedLines
        do {
            lines = try QuarantinedLines(
                file: content(of: file), seqs: (known?.doneSeq ?? 0) + 1...file.seqs.upperBound)
        } catch let refusal as QuarantinedLines.Refusal {
            return .refused(refusal.sentence)
        } catch {
            return .refused("It cannot be read; see that it is there and that its owner is right.")
        }
        guard Int64(lines.count) <= known?.count ?? .max else {
            return .refused("It holds more events than were set aside.")
        }
        defer { putAway(file) }
        guard let known, file.epoch == state?.epoch.id else {
            try append(file, lines)
            return .appended(lines.count)
        }
        try fillGap(known, lines)
        return .fillsGap(lines.count)
    }

    private func content(of file: QuarantineFile) throws(SystemFault) -> [UInt8] {
        try BoundedFile.read(
            "\(place.quarantine)/\(file.bodyName)", bytesMax: BatchLimits.standard.bytesMax)
    }

    private func fillGap(
        _ known: QuarantinedBatch, _ lines: QuarantinedLines
    ) throws(BufferFault) {
        guard let body = self.lines.pack(lines.bytes) else { throw .noMemory }
        try advance("put a batch back into the line") { (file, next) throws(SQLiteError) in
            try file.keepReturn(known, lines, body: body)
            try file.move(known, to: .waiting, done: (known.doneSeq, 0), at: tools.wall.now())
            next.lanes[known.lane].quarantinedCount -= Int64(lines.count)
            next.returning[known.lane] += Int64(lines.count)
        }
    }

    /// For a batch of an epoch that is over, or of a file that was lost: it is not known here.
    private func append(
        _ batch: QuarantineFile, _ lines: QuarantinedLines
    ) throws(BufferFault) {
        try advance("put a batch back into the line") { (file, next) throws(SQLiteError) in
            try append(lines.bytes, to: batch.lane, in: file, &next)
            let count = Int64(lines.count)
            let wasCounted = next.lanes[batch.lane].quarantinedCount >= count
            if wasCounted {
                next.lanes[batch.lane].quarantinedCount -= count
            } else {
                next.lanes[batch.lane].storedCount += count
            }
            try file.setAside(batch, count: lines.count, at: tools.wall.now())
            guard
                let row = try file.quarantined(
                    batch.epoch, batch.lane, from: batch.seqs.lowerBound)
            else { return }
            try file.move(
                row, to: .returned, done: (row.lastSeq, row.count), at: tools.wall.now())
        }
    }

    /// Gives events new numbers behind all others.
    /// - Parameter seq: those up to this one are not wanted.
    /// - Returns: how many there were.
    @discardableResult
    func append(
        _ numbered: [UInt8], behind seq: Int64 = 0, to lane: Lane, in file: BufferFile,
        _ state: inout BufferState
    ) throws(SQLiteError) -> Int64 {
        var segments: [Segment] = []
        QuarantinedLines.each(in: numbered) { number, line in
            guard number > seq else { return true }
            if segments.last?.hasRoom(bytes: line.count + 1) != true {
                segments.append(Segment(correctedAt: tools.clock.stamp().time))
            }
            segments[segments.count - 1].append(line)
            return true
        }
        for segment in segments {
            let chunk = chunk(segment, lane, after: state.lanes[lane].assigned)
            try file.insert(chunk)
            state.lanes[lane].assigned = chunk.last
        }
        return segments.reduce(0) { $0 + Int64($1.count) }
    }

    // MARK: What happens to those that came back

    /// Marks what a receipt for a filled gap covers; false where the batch filled none.
    func applyToReturn(_ header: BatchHeader) throws(BufferFault) -> Bool {
        let coverage = header.coverage
        guard let state, !coverage.isEmpty, state.returning[coverage.lane] > 0,
            coverage.lastSeq <= state.lanes[coverage.lane].receiptedSeq
        else { return false }
        let known = try perform("find a batch") { (file, _) throws(SQLiteError) in
            try file.nextReturn(header.epoch, coverage.lane, upTo: .max)
        }
        guard let known, known.firstSeq <= coverage.firstSeq, known.doneSeq < coverage.firstSeq,
            coverage.lastSeq <= known.lastSeq
        else { return false }
        let count = known.doneCount + Int64(coverage.count)
        try advance("apply a receipt") { (file, next) throws(SQLiteError) in
            let isWhole = count >= known.count
            try file.move(
                known, to: isWhole ? .returned : .waiting, done: (coverage.lastSeq, count),
                at: tools.wall.now())
            next.returning[coverage.lane] -= Int64(coverage.count)
            next.lanes[coverage.lane].receiptedCount += Int64(coverage.count)
        }
        return true
    }

    /// The ledger went back, and may have lost what filled its gaps.
    func sendReturnsAgain(
        _ lane: Lane, in file: BufferFile, _ state: inout BufferState
    ) throws(SQLiteError) {
        for batch in try file.heldReturns(lane) where batch.epoch == state.epoch.id {
            state.lanes[lane].receiptedCount -= batch.doneCount
            state.returning[lane] += batch.doneCount
            try file.move(
                batch, to: .waiting, done: (batch.firstSeq - 1, 0), at: tools.wall.now())
        }
    }

    /// An epoch that is over is never written to again: what waits to fill its gaps, and what did and
    /// is still held, moves behind all others.
    func appendReturns(
        _ lane: Lane, in file: BufferFile, _ state: inout BufferState
    ) throws(SQLiteError) {
        for batch in try file.heldReturns(lane) {
            let body = try file.body(of: batch)
            guard let bytes = lines.unpack(body, lineByteCount: batch.lineByteCount) else {
                continue
            }
            state.returning[lane] -= batch.waitingCount
            state.lanes[lane].receiptedCount -= batch.doneCount
            try append(bytes, to: lane, in: file, &state)
            try file.move(
                batch, to: .returned, done: (batch.lastSeq, batch.count), at: tools.wall.now())
            try file.forgetReturn(batch)
        }
    }

    // MARK: Files

    /// Moves the files of a batch that came back out of the way. They are never deleted.
    private func putAway(_ file: QuarantineFile) {
        move(file, from: place.quarantine, to: place.returned)
    }

    private func bringBack(_ file: QuarantineFile) {
        move(file, from: place.returned, to: place.quarantine)
    }

    private func move(_ file: QuarantineFile, from source: String, to target: String) {
        do throws(SystemFault) {
            try BoundedFile.makeDirectory(target)
            for name in [file.bodyName, file.answerName]
            where BoundedFile.exists("\(source)/\(name)") {
                try DiskFile.move("\(source)/\(name)", to: "\(target)/\(name)")
            }
        } catch {
            tools.log.warning("A file of the quarantine stays where it is.", [.cause: error.cause])
        }
    }
}

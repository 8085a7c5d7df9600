import ConveyProtocol
import Crypto
import SQLite
import Time

/// Reads all that a buffer holds and says what is wrong with it; changes nothing. For commands, beside
/// the running daemon or while none runs: it never holds the log for longer than SQLite's own check
/// takes, and needs the memory of one batch.
package struct BufferInspector: ~Copyable {
    private let place: BufferPlace
    private var lines = ChunkLines()
    private var result = BufferVerification()

    /// Names the buffer; nothing is opened.
    package init(_ place: BufferPlace) { self.place = place }

    /// Looks at the file, at every frame, at the chains behind receipts, and at the accounts.
    /// - Throws: Where nothing can be looked at, such as a missing file. Damage is a finding.
    package mutating func verify() throws(BufferFault) -> BufferVerification {
        result = BufferVerification()
        do throws(SQLiteError) {
            let file = try BufferFile(reading: place.path)
            try checkFile(file)
            checkLog()
            guard let state = try file.state() else {
                result.note(BufferFinding(.file, "The buffer's own state cannot be read."))
                return result
            }
            checkAccounts(state, try file.gapTotals())
            for lane in Lane.allCases {
                try checkChunks(lane, state, file)
                try checkChains(lane, state.lanes[lane], file)
            }
        } catch {
            guard error.kind == .corrupt else { throw BufferFault("verify the buffer", error) }
            result.note(BufferFinding(.file, "SQLite stopped: \(error.message)."))
        }
        return result
    }

    private mutating func checkFile(_ file: BufferFile) throws(SQLiteError) {
        for line in try file.connection.check(.full) {
            result.note(BufferFinding(.file, "SQLite says: \(line)"))
        }
    }

    /// Looks for commits behind a damaged frame; a running collector may be writing them just now.
    private mutating func checkLog() {
        let index = place.path + "-shm"
        guard let reachable = LogScan.reachable(index), let log = LogScan(place.path + "-wal"),
            log.hasCommit(behind: reachable), LogScan.reachable(index) == reachable
        else { return }
        result.note(
            BufferFinding(
                .log, "A frame of the log is damaged; SQLite cannot reach the commits behind it."))
    }

    // MARK: Accounts

    private mutating func checkAccounts(_ state: BufferState, _ gaps: PerLane<[String: Int64]>) {
        for lane in Lane.allCases {
            let figures = BufferStatistics.LaneFigures(
                state, lane, gaps: gaps[lane], refused: [:])
            guard figures.isBalanced, figures.pending >= 0 else {
                result.note(
                    BufferFinding(
                        .accounts,
                        "\(figures.stored) stored, but \(figures.receipted) receipted, "
                            + "\(figures.pending) pending, \(figures.quarantined) quarantined and "
                            + "\(figures.gaps.values.reduce(0, +)) given up.", lane))
                continue
            }
        }
    }

    // MARK: Chunks

    /// Reads every frame of a lane, and sees that each number without a receipt is held or a gap.
    private mutating func checkChunks(
        _ lane: Lane, _ state: BufferState, _ file: BufferFile
    ) throws(SQLiteError) {
        let figures = state.lanes[lane]
        var expected = figures.receipted + 1
        var position: Int64 = 0
        while let chunk = try file.chunks(lane, from: position, until: { _ in true }).first {
            guard chunk.first <= figures.assigned else { break }
            if chunk.first > expected {
                try checkMissing(lane, expected...chunk.first - 1, file)
            }
            check(chunk, figures)
            position = max(chunk.last, position) + 1
            expected = max(expected, chunk.last + 1)
        }
        if expected <= figures.assigned {
            try checkMissing(lane, expected...figures.assigned, file)
        }
    }

    private mutating func check(_ chunk: Chunk, _ figures: LaneState) {
        result.chunks += 1
        result.storedBytes += Int64(chunk.body.count)
        let seqs = chunk.first...max(chunk.first, chunk.last)
        guard chunk.last >= chunk.first, let unpacked = lines.unpack(chunk) else {
            return result.note(
                BufferFinding(
                    .unreadable, "The frame of these events is damaged.", chunk.lane,
                    figures.seqs(seqs)))
        }
        result.events += chunk.count
        let isWhole = unpacked.starts.indices.dropLast().allSatisfy { index in
            unpacked.lines[unpacked.starts[index]] == UInt8(ascii: "{")
                && unpacked.lines[unpacked.starts[index + 1] - 2] == UInt8(ascii: "}")
        }
        if !isWhole {
            result.note(
                BufferFinding(
                    .unreadable, "A line is no event.", chunk.lane, figures.seqs(seqs)))
        }
    }

    /// What is missing of a range, unless it got its receipt meanwhile and was deleted.
    private mutating func checkMissing(
        _ lane: Lane, _ range: ClosedRange<Int64>, _ file: BufferFile
    ) throws(SQLiteError) {
        guard let figures = try file.state()?.lanes[lane],
            range.upperBound > figures.receipted
        else { return }
        var next = max(range.lowerBound, figures.receipted + 1)
        let gaps = try file.gaps(lane, from: next).filter { $0.first <= range.upperBound }
        for gap in gaps {
            if gap.first > next { noteMissing(lane, next...gap.first - 1, figures) }
            next = gap.last + 1
        }
        if next <= range.upperBound { noteMissing(lane, next...range.upperBound, figures) }
    }

    private mutating func noteMissing(
        _ lane: Lane, _ range: ClosedRange<Int64>, _ figures: LaneState
    ) {
        result.note(
            BufferFinding(
                .missing, "\(range.count) numbers have neither an event nor a gap.", lane,
                figures.seqs(range)))
    }

    // MARK: Chains

    /// Computes the chain again from receipt to receipt, where the events between are still held.
    private mutating func checkChains(
        _ lane: Lane, _ figures: LaneState, _ file: BufferFile
    ) throws(SQLiteError) {
        var known = BufferFile.ChainPlace(position: figures.base, chain: figures.chainStart)
        while let next = try file.chainPlace(lane, behind: known.position) {
            if let own = try chain(lane, figures, from: known, to: next.position, file) {
                result.chains += 1
                if own != next.chain {
                    result.note(
                        BufferFinding(
                            .chain, "These events are not those that the receipt covered.", lane,
                            figures.seqs(known.position + 1...next.position)))
                }
            }
            known = next
        }
    }

    /// Nil where something between is not held any more, or cannot be read.
    private mutating func chain(
        _ lane: Lane, _ figures: LaneState, from start: BufferFile.ChainPlace, to end: Int64,
        _ file: BufferFile
    ) throws(SQLiteError) -> SHA256Digest? {
        let bounds = try file.chunkBounds(lane, start.position + 1...end)
        let gaps = try file.gaps(lane, from: start.position + 1).filter { $0.first <= end }
        let first = min(bounds.first?.lowerBound ?? .max, gaps.first?.first ?? .max)
        guard first <= start.position + 1 else { return nil }
        let chunks =
            bounds.isEmpty ? [] : try file.chunks(lane, from: start.position + 1) { $0.last >= end }
        var walk = ChainWalk(figures, after: start)
        return walk.chain(at: end, chunks, gaps, &lines)
    }
}

extension LaneState {
    fileprivate func seqs(_ positions: ClosedRange<Int64>) -> ClosedRange<Int64> {
        seq(of: positions.lowerBound)...seq(of: positions.upperBound)
    }
}

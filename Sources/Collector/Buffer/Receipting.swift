import ConveyProtocol
import Crypto
import Daemon
import SQLite
import Time

/// What a receipt did to the buffer.
package enum ReceiptOutcome: Equatable, Sendable {
    /// Events may be deleted up to it.
    case advanced
    /// It told nothing new.
    case stale
    /// The ledger knows numbers that were never given out here: the file was restored from an older
    /// copy. What has no receipt continues in a new epoch.
    case restored
}

/// What the aggregator's answers change.
extension BufferWriter {
    /// Marks a batch as receipted.
    func apply(
        _ receipt: Receipt, to header: BatchHeader
    ) throws(BufferFault) -> ReceiptOutcome {
        let coverage = header.coverage
        guard let lanes = state?.lanes, header.epoch == state?.epoch.id,
            receipt.epoch == header.epoch, receipt.lane == coverage.lane,
            receipt.firstSeq == coverage.firstSeq, receipt.lastSeq == coverage.lastSeq,
            coverage.firstSeq <= lanes[coverage.lane].seq(of: lanes[coverage.lane].receipted) + 1
        else { return .stale }
        let lane = lanes[coverage.lane]
        let position = lane.position(of: coverage.lastSeq)
        if try applyToReturn(header) { return .advanced }
        let isRestored = receipt.position.expectedSeq - 1 > lane.seq(of: lane.assigned)
        guard position > lane.receipted && position <= lane.assigned || isRestored else {
            return .stale
        }
        try advance("apply a receipt") { (file, next) throws(SQLiteError) in
            if position > lane.receipted, position <= lane.assigned {
                try advance(coverage.lane, to: position, coverage.chainAfter, in: file, &next)
            }
            if isRestored { try startEpoch(.restored, in: file, &next) }
        }
        if isRestored {
            tools.log.error(
                "The buffer was restored from an older copy; a new epoch carries on.")
        }
        return isRestored ? .restored : .advanced
    }

    private func advance(
        _ lane: Lane, to position: Int64, _ chain: SHA256Digest, in file: BufferFile,
        _ state: inout BufferState
    ) throws(SQLiteError) {
        let covered = state.lanes[lane].receipted + 1...position
        let gaps = try file.gapNumbers(lane, covered)
        state.lanes[lane].receiptedCount += Int64(covered.count) - gaps
        state.lanes[lane].receipted = position
        state.gapsAhead[lane] -= gaps
        try file.insertReceipt(
            lane, BufferFile.ChainPlace(position: position, chain: chain), at: tools.wall.now())
    }

    /// Begins a new epoch; every lane moves. What is still held of what has a receipt goes along: the
    /// ledger may have lost it since, or hold another collector's events under these numbers. Where it
    /// has not, the events' ids make the copies harmless.
    func startEpoch(
        _ cause: Epoch.Cause, in file: BufferFile, _ state: inout BufferState
    ) throws(SQLiteError) {
        let now = tools.wall.now()
        let id = EpochID(at: now, random: tools.random)
        for lane in Lane.allCases {
            let old = state.lanes[lane]
            let start = try startOfEpoch(lane, old, in: file)
            state.lanes[lane] = old.continued(behind: start)
            if start.position < old.receipted {
                let again = start.position + 1...old.receipted
                let gaps = try file.gapNumbers(lane, again)
                state.lanes[lane].receiptedCount -= Int64(again.count) - gaps
                state.gapsAhead[lane] += gaps
            }
            try file.deleteReceipts(lane, before: old.receipted + 1)
            try file.deleteGaps(lane, upTo: start.position)
            try appendReturns(lane, in: file, &state)
        }
        state.epoch = try file.insertEpoch(id, parent: state.epoch.id, cause, at: now)
        refusedTotals = try file.refusedTotals()
    }

    /// Where a lane's next epoch begins, and the chain's value there: before the first event that is
    /// held and whose value is known. Behind an earlier epoch's events it cannot go on from the
    /// chain of theirs: then it begins where the current epoch did.
    private func startOfEpoch(
        _ lane: Lane, _ state: LaneState, in file: BufferFile
    ) throws(SQLiteError) -> BufferFile.ChainPlace {
        let known = try file.chainPlace(lane, state, upTo: state.receipted)
        guard let held = try file.chunks(lane, from: 1, until: { _ in true }).first?.first,
            held <= state.receipted
        else { return known }
        if held <= state.base {
            return BufferFile.ChainPlace(position: held - 1, chain: state.chainStart)
        }
        guard let chain = try chain(lane, state, at: held - 1, in: file) else { return known }
        return BufferFile.ChainPlace(position: held - 1, chain: chain)
    }

    /// Answers `ledger-fork`: a new epoch carries on.
    func startEpoch(afterForkIn epoch: EpochID) throws(BufferFault) {
        guard epoch == state?.epoch.id else { return }
        try advance("begin a new epoch") { (file, next) throws(SQLiteError) in
            try startEpoch(.fork, in: file, &next)
        }
        tools.log.error(
            "The ledger knows other events under our numbers; a new epoch carries on.")
    }

    /// Answers `ledger-behind`: goes back to what the ledger lacks. What is no longer held becomes a
    /// gap. A ledger whose chain is not ours holds another collector's events under our numbers, so
    /// that there is no way back: a new epoch carries on.
    func rewind(to place: ProtocolProblem.LedgerPlace) throws(BufferFault) {
        guard place.epoch == state?.epoch.id, let old = state?.lanes[place.lane] else { return }
        let position = old.position(of: place.expectedSeq - 1)
        guard position < old.receipted, position >= old.base else { return }
        let own = try perform("read the chain") { (file, _) throws(SQLiteError) in
            try chain(place.lane, old, at: position, in: file)
        }
        guard own == nil || own == place.chain || position == old.base else {
            return try startEpoch(afterForkIn: place.epoch)
        }
        try rewind(place, to: BufferFile.ChainPlace(position: position, chain: own ?? place.chain))
    }

    private func rewind(
        _ place: ProtocolProblem.LedgerPlace, to start: BufferFile.ChainPlace
    ) throws(BufferFault) {
        let position = start.position
        try advance("go back to where the ledger is") { (file, next) throws(SQLiteError) in
            let lane = place.lane
            let again = position + 1...next.lanes[lane].receipted
            let gapsBefore = try file.gapNumbers(lane, again)
            let lost = try coverMissing(lane, again, in: file)
            try file.addToGapTotal(lane, .receiptedExpired, lost)
            try file.deleteReceipts(lane, after: position)
            try file.insertReceipt(lane, start, at: tools.wall.now())
            next.lanes[lane].receipted = position
            next.lanes[lane].receiptedCount -= Int64(again.count) - gapsBefore
            next.gapsAhead[lane] += gapsBefore + lost
            try sendReturnsAgain(lane, in: file, &next)
        }
        tools.log.warning("The ledger went back; events are sent again.")
    }

    /// Covers what of a range no chunk holds.
    private func coverMissing(
        _ lane: Lane, _ range: ClosedRange<Int64>, in file: BufferFile
    ) throws(SQLiteError) -> Int64 {
        var next = range.lowerBound
        var lost: Int64 = 0
        for held in try file.chunkBounds(lane, range) {
            if held.lowerBound > next {
                lost += try file.cover(lane, next...held.lowerBound - 1, .receiptedExpired)
            }
            next = max(next, held.upperBound + 1)
        }
        if next <= range.upperBound {
            lost += try file.cover(lane, next...range.upperBound, .receiptedExpired)
        }
        return lost
    }

    /// The chain's value at a position, recomputed from what is held; nil where that is not enough.
    private func chain(
        _ lane: Lane, _ state: LaneState, at position: Int64, in file: BufferFile
    ) throws(SQLiteError) -> SHA256Digest? {
        let known = try file.chainPlace(lane, state, upTo: position)
        guard known.position < position else { return known.chain }
        let chunks = try file.chunks(lane, from: known.position + 1) { $0.last >= position }
        let gaps = try file.gaps(lane, from: known.position + 1)
        var walk = ChainWalk(state, after: known)
        return walk.chain(at: position, chunks, gaps, &lines)
    }
}

import ConveyProtocol
import SQLite
import Time

/// One moment of a lane, read in one go, and the batch made of it.
struct BatchDraft {
    private let request: BatchRequest
    private let state: BufferState
    private let start: BufferFile.ChainPlace
    private let chunks: [Chunk]
    private let gaps: [BufferGap]
    /// Whether the lane has chunks behind those.
    private let hasMore: Bool
    private let standing: BatchHeader.Standing
    /// The last position that may leave: none before an answer told the true time.
    private let end: Int64
    /// What comes back from the quarantine, before anything else of the lane.
    private let comingBack: ComingBack?

    private var lane: LaneState { state.lanes[request.lane] }

    /// Reads; nil where the file tells no state. Call it in a transaction.
    init?(
        _ request: BatchRequest, after previous: BatchHeader?, _ file: BufferFile,
        offset: Duration?
    ) throws(SQLiteError) {
        guard let state = try file.state() else { return nil }
        self.request = request
        self.state = state
        comingBack =
            previous == nil && offset != nil
            ? try ComingBack(request.lane, state, file) : nil
        let start = try Self.start(request.lane, state, after: previous, file)
        self.start = start
        var bytes = 0
        var count: Int64 = 0
        var isFull = false
        let end = offset == nil ? start.position : state.lanes[request.lane].assigned
        self.end = end
        chunks =
            start.position >= end
            ? []
            : try file.chunks(request.lane, from: start.position + 1) { chunk in
                bytes += chunk.lineByteCount
                count += chunk.last - max(chunk.first, start.position + 1) + 1
                isFull =
                    bytes >= request.limits.bytesMax || count >= request.limits.eventsMax
                return isFull
            }
        hasMore = isFull
        gaps = try file.gaps(
            request.lane, from: start.position + 1, limit: BatchHeader.gapsMax)
        standing = try Self.standing(request, state, file, offset: offset ?? .zero)
    }

    private static func start(
        _ lane: Lane, _ state: BufferState, after previous: BatchHeader?, _ file: BufferFile
    ) throws(SQLiteError) -> BufferFile.ChainPlace {
        let row = state.lanes[lane]
        if let previous, previous.epoch == state.epoch.id, previous.coverage.lane == lane,
            row.position(of: previous.coverage.lastSeq) >= row.receipted,
            row.position(of: previous.coverage.firstSeq) > row.receipted
        {
            return BufferFile.ChainPlace(
                position: row.position(of: previous.coverage.lastSeq),
                chain: previous.coverage.chainAfter)
        }
        let known = try file.chainPlace(lane, row, upTo: row.receipted)
        return BufferFile.ChainPlace(position: row.receipted, chain: known.chain)
    }

    private static func standing(
        _ request: BatchRequest, _ state: BufferState, _ file: BufferFile, offset: Duration
    ) throws(SQLiteError) -> BatchHeader.Standing {
        var standing = BatchHeader.Standing(sentAt: request.sentAt, shipper: request.shipper)
        standing.assigned = state.lanes.map { $0.seq(of: $0.assigned) }
        standing.clockOffsetMilliseconds = offset.wholeMilliseconds
        standing.refused = try file.refusedInEpoch()
        for lane in Lane.allCases where state.pending(lane) > 0 {
            let oldest = try file.oldest(lane, from: state.lanes[lane].receipted + 1)
            standing.pendingFrom[lane] = min(oldest ?? request.sentAt, request.sentAt)
        }
        return standing
    }

    /// Walks from number to number until the batch is full.
    func sealed(_ lines: inout ChunkLines) throws(SealFault) -> BatchReader.Finding {
        if let comingBack { return try sealed(comingBack, &lines) }
        var writer = BatchWriter(
            lane: request.lane, firstSeq: lane.seq(of: start.position) + 1, chain: start.chain,
            limits: request.limits)
        writer.mayUseDictionary = request.mayUseDictionary
        if let finding = fill(&writer, &lines) { return finding }
        return .sealed(
            try writer.seal(
                collector: request.collector, epoch: state.epoch.id, parent: state.parent,
                standing: standing))
    }

    /// Fills a gap of the ledger with what came back.
    private func sealed(
        _ back: ComingBack, _ lines: inout ChunkLines
    ) throws(SealFault) -> BatchReader.Finding {
        guard let events = back.events(&lines), let first = events.first else {
            return .unreadableReturn(back.batch)
        }
        var writer = BatchWriter(
            lane: request.lane, firstSeq: first.seq, chain: back.chain, limits: request.limits)
        writer.isFilling = true
        for event in events {
            guard
                event.seq == writer.expectedSeq
                    || writer.addGap(upTo: event.seq - 1, .quarantined),
                writer.add(event: event.line.span)
            else { break }
        }
        return .sealed(
            try writer.seal(
                collector: request.collector, epoch: state.epoch.id, parent: state.parent,
                standing: standing))
    }

    /// Fills the batch; returns what keeps even its first event from going in.
    private func fill(
        _ writer: inout BatchWriter, _ lines: inout ChunkLines
    ) -> BatchReader.Finding? {
        var position = start.position + 1
        var chunks = chunks[...]
        var gaps = gaps[...]
        while position <= end {
            if let gap = gaps.first, gap.first <= position {
                guard writer.addGap(upTo: lane.seq(of: gap.last), gap.reason) else { return nil }
                position = gap.last + 1
                gaps = gaps.dropFirst()
                continue
            }
            chunks = chunks.drop { $0.last < position }
            let limit = min(gaps.first.map { $0.first - 1 } ?? .max, end)
            guard let chunk = chunks.first, chunk.first <= position else {
                if chunks.isEmpty && hasMore || position > start.position + 1 { return nil }
                return .damaged(position...min(limit, (chunks.first?.first ?? .max) - 1))
            }
            guard chunk.basis == .corrected else {
                return position > start.position + 1 ? nil : .uncorrected(position)
            }
            guard let (bytes, starts) = lines.unpack(chunk) else {
                if position > start.position + 1 { return nil }
                return .damaged(position...min(limit, chunk.last))
            }
            for next in position...min(limit, chunk.last) {
                let index = Int(next - chunk.first)
                let event = starts[index]..<starts[index + 1] - 1
                guard writer.add(eventIn: bytes, event) else { return nil }
                position = next + 1
            }
        }
        return nil
    }
}

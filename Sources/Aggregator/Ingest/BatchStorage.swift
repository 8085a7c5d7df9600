import ConveyProtocol
import Crypto
import Gate
import Store
import Time

/// Stores a read batch in one transaction: ledger, events, dead letters, work.
struct BatchStorage: Sendable {
    let collector: KnownCollector
    let batch: ReadBatch
    /// The stages after ingest that get work.
    let stages: [String]
    /// What every receipt tells besides.
    let advice: Receipt.Advice

    /// The batch's end. Both are commits: a refusal by the ledger is noted there.
    enum End: Sendable {
        case stored(Receipt, findings: [LedgerFinding])
        case refused(ProtocolProblem, findings: [LedgerFinding])
    }

    private var lane: Lane { batch.coverage.lane }
    private var now: Timestamp { advice.time }

    /// Runs inside `Store.write`.
    func run(in tx: Transaction) throws(StoreFault) -> End {
        let epochs = LedgerEpochs(tx: tx, collector: collector)
        let (ledger, finding) = try epochs.ledger(of: batch.header, at: now)
        let findings = finding.map { [$0] } ?? []
        let state = try ledger.lane(lane)
        let known = try known(to: ledger, state)
        switch Self.plan(batch, on: state, known) {
        case .success(let plan):
            return try store(plan, known.gaps, Books(ledger: ledger, state: state), findings)
        case .failure(let obstacle):
            return try note(obstacle, Books(ledger: ledger, state: state), findings)
        }
    }

    /// A lane's ledger and how it stood before the batch.
    private struct Books {
        let ledger: Ledger
        let state: LaneState
    }

    private typealias Known = (ranges: [KnownRange], gaps: [KnownGap])

    private func known(to ledger: Ledger, _ state: LaneState) throws(StoreFault) -> Known {
        let coverage = batch.coverage
        let last = min(coverage.lastSeq, state.expectedSeq - 1)
        guard coverage.firstSeq <= last else { return ([], []) }
        let numbers = coverage.firstSeq...last
        return (
            try ledger.ranges(lane, touching: numbers), try ledger.gaps(lane, touching: numbers)
        )
    }

    private static func plan(
        _ batch: ReadBatch, on state: LaneState, _ known: Known
    ) -> Result<LedgerPlan, LedgerPlan.Obstacle> {
        Result { () throws(LedgerPlan.Obstacle) in
            try LedgerPlan(batch, on: state, ranges: known.ranges, gaps: known.gaps)
        }
    }

    // MARK: Refused

    private func note(
        _ obstacle: LedgerPlan.Obstacle, _ books: Books, _ findings: [LedgerFinding]
    ) throws(StoreFault) -> End {
        let place = ProtocolProblem.LedgerPlace(
            epoch: batch.header.epoch, lane: lane, expectedSeq: books.state.expectedSeq,
            chain: books.state.chain ?? batch.coverage.chainBefore)
        switch obstacle {
        case .behind:
            try books.ledger.note(.behind, lane, seq: place.expectedSeq, at: now)
            return .refused(.ledgerBehind(place), findings: findings + [.behind])
        case .fork(let seq):
            try books.ledger.note(.fork, lane, seq: seq, at: now)
            return .refused(.ledgerFork(place, seq: seq), findings: findings + [.fork])
        }
    }

    // MARK: Stored

    private func store(
        _ plan: LedgerPlan, _ gaps: [KnownGap], _ books: Books, _ earlier: [LedgerFinding]
    ) throws(StoreFault) -> End {
        let ledger = books.ledger
        let exceptions = try storeEvents(plan.fills + plan.fresh, ledger)
        let chain = ChainCheck(batch, on: books.state, plan)
        var counts = OutcomeCounts()
        for run in plan.fills {
            counts += try enter(run, exceptions, ledger, chain: nil)
        }
        for run in plan.fresh {
            let after = batch.chain(after: run, whenStoredAs: chain)
            counts += try enter(run, exceptions, ledger, chain: after)
        }
        try ledger.fill(gaps, with: plan.fills, lane, at: now)
        for gap in plan.freshGaps {
            let known = KnownGap(
                first: gap.first, last: gap.last, reason: gap.reason.description)
            try ledger.add(known, lane, at: now)
        }
        let expected = max(books.state.expectedSeq, batch.coverage.lastSeq + 1)
        try ledger.advance(
            lane, to: expected, chain: chain.head, adding: (counts, plan.gapChange))
        var findings = earlier
        if !chain.matches {
            findings.append(.chainMismatch)
            try ledger.note(.chainMismatch, lane, seq: batch.coverage.lastSeq, at: now)
        }
        var receipt = Receipt(
            for: batch.header,
            position: Receipt.Position(
                expectedSeq: expected, chain: chain.head ?? batch.coverage.chainBefore,
                chainMatches: chain.matches),
            advice: advice)
        receipt.add(plan, counts, rejections(exceptions, plan))
        receipt.totals = try ledger.totals(lane)
        return .stored(receipt, findings: findings)
    }

    private func enter(
        _ run: Run, _ exceptions: [Int: Exception], _ ledger: Ledger, chain: SHA256Digest?
    ) throws(StoreFault) -> OutcomeCounts {
        var outcomes = Outcomes()
        for line in run.lines {
            if let exception = exceptions[line] { outcomes.add(exception, at: line - run.line) }
        }
        try ledger.add(run, of: batch, outcomes, chain: chain)
        return outcomes.counts(of: run.count)
    }

    /// Stores the events of the runs, and says by line which were not simply accepted.
    private func storeEvents(
        _ runs: [Run], _ ledger: Ledger
    ) throws(StoreFault) -> [Int: Exception] {
        guard !runs.isEmpty else { return [:] }
        let (events, rejected) = try sort(runs, LinkCheck(ledger.tx, collector.organization))
        let table = EventTable(tx: ledger.tx, organization: collector.organization)
        let chunk = try table.addChunk(
            batch.body, lines: batch.readings.count,
            from: .init(epoch: ledger.epoch, lane: lane, hasHeader: true), at: now)
        let finding = try Deduplicator(tx: ledger.tx, organization: collector.organization)
            .enter(
                events,
                from: .init(
                    chunk: chunk, collector: collector.number, epoch: batch.header.epoch,
                    lane: lane))
        try table.add(
            events.filter { finding.counting.contains(Int64($0.line)) }, chunk: chunk)
        try keepRejected(rejected, ledger)
        try Work(ledger.tx).add(
            stages, organization: collector.organization, chunk: chunk, at: now)
        var exceptions: [Int: Exception] = [:]
        for line in finding.duplicates { exceptions[line] = .duplicate }
        for entry in rejected { exceptions[entry.line] = .rejected(entry.fault, id: entry.id) }
        return exceptions
    }

    /// An event that is turned away, by line.
    private struct Rejected {
        let line: Int
        let seq: Int64
        let fault: EventFault
        let id: EventID?
    }

    /// Tells sound events of this collector's sites from all others.
    private func sort(
        _ runs: [Run], _ links: LinkCheck
    ) throws(StoreFault) -> (events: [PlacedEvent], rejected: [Rejected]) {
        var events: [PlacedEvent] = []
        var rejected: [Rejected] = []
        for run in runs.sorted(by: { $0.line < $1.line }) {
            for line in run.lines {
                let seq = run.first + Int64(line - run.line)
                switch batch.readings[line] {
                case .faulty(let fault, let id, _):
                    rejected.append(Rejected(line: line, seq: seq, fault: fault, id: id))
                case .sound(let head):
                    if let site = collector.sites[head.site],
                        try links.knowsLink(of: head, at: site)
                    {
                        events.append(
                            PlacedEvent(
                                line: line, seq: seq, site: site, head: head,
                                packedID: batch.packedIDs[line]))
                    } else {
                        let isOurs = collector.sites[head.site] != nil
                        let fault = isOurs ? LinkCheck.fault : EventFault(.unknownSite, at: "/site")
                        rejected.append(
                            Rejected(line: line, seq: seq, fault: fault, id: head.id))
                    }
                }
            }
        }
        return (events, rejected)
    }

    private func keepRejected(_ rejected: [Rejected], _ ledger: Ledger) throws(StoreFault) {
        var codes: [String: Int] = [:]
        for entry in rejected { codes[entry.fault.code.rawValue, default: 0] += 1 }
        try ledger.countRejections(codes, lane)
        let entries = rejected.map { entry in
            DeadLetterTable.Entry(
                seq: entry.seq, fault: entry.fault, id: entry.id,
                line: Array(batch.opened.bytes[batch.opened.lines[entry.line]]))
        }
        try DeadLetterTable(tx: ledger.tx, organization: collector.organization)
            .add(entries, epoch: ledger.epoch, lane, at: now)
    }

    /// Those of this time and those of the first time, by number.
    private func rejections(
        _ exceptions: [Int: Exception], _ plan: LedgerPlan
    ) -> [Receipt.Rejection] {
        var found: [Receipt.Rejection] = []
        for run in plan.fills + plan.fresh {
            for line in run.lines {
                guard case .rejected(let fault, let id) = exceptions[line] else { continue }
                let seq = run.first + Int64(line - run.line)
                found.append(Receipt.Rejection(seq: seq, fault: fault, id: id))
            }
        }
        for (first, outcomes) in plan.replayed {
            for (offset, exception) in outcomes.exceptions {
                guard case .rejected(let fault, let id) = exception else { continue }
                found.append(
                    Receipt.Rejection(seq: first + Int64(offset), fault: fault, id: id))
            }
        }
        return found.sorted { $0.seq < $1.seq }
    }
}

extension Receipt {
    fileprivate mutating func add(
        _ plan: LedgerPlan, _ counts: OutcomeCounts, _ rejections: [Rejection]
    ) {
        accepted = counts.accepted + plan.replayedCounts.accepted
        duplicate = counts.duplicate + plan.replayedCounts.duplicate
        rejected = rejections
        gaps = plan.freshGaps.reduce(0) { $0 + $1.count } + plan.replayedGaps
        replayed = Int64(plan.replayedCounts.all) + plan.replayedGaps
        precondition(isBalanced, "Every number of a batch has exactly one outcome.")
    }
}

extension LedgerPlan {
    /// What the lane's gaps grow by; negative where more are filled than stated.
    fileprivate var gapChange: Int64 {
        freshGaps.reduce(0) { $0 + $1.count } - fills.reduce(0) { $0 + Int64($1.count) }
    }
}

extension ReadBatch {
    /// The ledger's value after a fresh run. In a batch that does not fit only the last is kept: it is
    /// what the batch states.
    fileprivate func chain(after run: Run, whenStoredAs check: ChainCheck) -> SHA256Digest? {
        if run.last == coverage.lastSeq { return check.head }
        guard check.matches else { return nil }
        return runs.firstIndex { $0.last == run.last }.map { chainAfterRuns[$0] }
    }
}

import AggregatorBench
import ConveyProtocol
import Crypto
import Ingest
import Store
import TestSupport
import Testing
import Time

/// Goal: what does not fit the ledger is told apart: behind, forked, altered, stated missing.
/// Method: one honest collector, then the same one restored, cloned, damaged or lying.
@Suite struct LedgerTests {
    private func finding(
        _ bench: IngestBench, _ finding: LedgerFinding
    ) async throws -> Int64 {
        try await Balance(bench.store).sheet().lanes.reduce(0) { $0 + ($1.findings[finding] ?? 0) }
    }

    // MARK: Behind and fork

    @Test(arguments: Backend.all) func asksForWhatItLacks(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        _ = try await bench.send(try edge.seal(events: TestEvent.some(2)), from: edge)
        let chain = edge.chain
        _ = try edge.seal(events: TestEvent.some(3, from: 3))
        let late = try edge.seal(events: TestEvent.some(1, from: 6))
        let place = ProtocolProblem.LedgerPlace(
            epoch: edge.epoch, lane: .pageview, expectedSeq: 3, chain: chain)
        #expect(try await bench.send(late, from: edge) == .problem(.ledgerBehind(place)))
        #expect(try await finding(bench, .behind) == 1)
        #expect(try await bench.numbers(SQL("SELECT count(*) FROM event")) == [2])
    }

    @Test(arguments: Backend.all) func asksANewEpochToBeginAtOne(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let start = edge.chain
        _ = try edge.seal(events: TestEvent.some(3))
        let batch = try edge.seal(events: TestEvent.some(1, from: 4))
        let place = ProtocolProblem.LedgerPlace(
            epoch: edge.epoch, lane: .pageview, expectedSeq: 1, chain: start)
        #expect(try await bench.send(batch, from: edge) == .problem(.ledgerBehind(place)))
    }

    @Test(arguments: Backend.all) func findsTheFirstForkedNumber(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let start = edge
        _ = try await bench.send(try edge.seal(events: TestEvent.some(5)), from: edge)
        var clone = start
        var events = TestEvent.some(7)
        events[3].id = "other"
        let answer = try await bench.send(try clone.seal(events: events), from: clone)
        guard case .ledgerFork(let place, let seq) = answer.problem else {
            Issue.record("not a fork: \(answer)")
            return
        }
        #expect(seq == 4 && place.expectedSeq == 6 && place.chain == edge.chain)
        #expect(try await bench.numbers(SQL("SELECT count(*) FROM event")) == [5])
        #expect(try await bench.numbers(SQL("SELECT count(*) FROM chunk")) == [1])
        #expect(try await finding(bench, .fork) == 1)
    }

    @Test(arguments: Backend.all) func continuesAForkInANewEpoch(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        _ = try await bench.send(try edge.seal(events: TestEvent.some(3)), from: edge)
        let (chain, known) = (edge.chain, edge.nextSeq - 1)
        _ = try await bench.send(try edge.seal(events: TestEvent.some(2, from: 4)), from: edge)
        edge.fork(after: known, chain: chain)
        // Event 4 and 5 went under old numbers already; 6 is new.
        let batch = try edge.seal(events: TestEvent.some(3, from: 4))
        let receipt = try #require(try await bench.send(batch, from: edge).receipt)
        #expect(receipt.accepted == 1 && receipt.duplicate == 2)
        #expect(receipt.position.chainMatches)
        let sheet = try await Balance(bench.store).sheet()
        #expect(sheet.isBalanced && sheet.events == 6)
        #expect(try await finding(bench, .unknownParent) == 0)
    }

    @Test(arguments: Backend.all) func believesAnUnknownParent(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        edge.fork(after: 10, chain: SHA256Digest(of: [1]))
        let receipt = try #require(
            try await bench.send(try edge.seal(events: TestEvent.some(2)), from: edge).receipt)
        #expect(receipt.accepted == 2 && receipt.position.chainMatches)
        #expect(receipt.position.chain == edge.chain)
        #expect(try await finding(bench, .unknownParent) == 1)
        let next = try edge.seal(events: TestEvent.some(1, from: 3))
        #expect(try await bench.send(next, from: edge).receipt?.position.chainMatches == true)
    }

    // MARK: Chain

    @Test(arguments: Backend.all) func flagsABrokenChainOnce(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        _ = try await bench.send(try edge.seal(events: TestEvent.some(2)), from: edge)
        edge.go(to: 3, chain: SHA256Digest(of: [9]))
        let broken = try await bench.send(
            try edge.seal(events: TestEvent.some(2, from: 3)), from: edge)
        #expect(broken.receipt?.accepted == 2)
        #expect(broken.receipt?.position.chainMatches == false)
        #expect(broken.receipt?.position.chain == edge.chain)
        let next = try await bench.send(
            try edge.seal(events: TestEvent.some(1, from: 5)), from: edge)
        #expect(next.receipt?.position.chainMatches == true)
        #expect(try await finding(bench, .chainMismatch) == 1)
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func flagsAStrangeStart(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        edge.go(to: 1, chain: SHA256Digest(of: [9]))
        let answer = try await bench.send(try edge.seal(events: TestEvent.some(1)), from: edge)
        #expect(answer.receipt?.position.chainMatches == false && answer.receipt?.accepted == 1)
    }

    // MARK: Gaps

    @Test(arguments: Backend.all) func fillsAGapPieceByPiece(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let first = try edge.seal([
            .event(TestEvent(id: "ev-1").json), .gap(5, .quarantined),
            .event(TestEvent(id: "ev-7").json),
        ])
        let stated = try #require(try await bench.send(first, from: edge).receipt)
        #expect(stated.gaps == 5 && stated.totals.gaps == 5)
        let head = edge.chain
        for (seq, left) in [(4, 4), (2, 3), (6, 2)] {
            var filler = edge
            filler.go(to: Int64(seq), chain: SHA256Digest(of: []))
            let batch = try filler.seal(events: TestEvent.some(1, from: seq))
            let receipt = try #require(try await bench.send(batch, from: edge).receipt)
            #expect(receipt.accepted == 1 && receipt.replayed == 0)
            #expect(receipt.totals.gaps == Int64(left) && receipt.position.chainMatches)
            #expect(receipt.position.expectedSeq == 8 && receipt.position.chain == head)
            let again = try await bench.send(batch, from: edge)
            #expect(again.receipt?.replayed == 1 && again.receipt?.totals == receipt.totals)
        }
        let gaps = SQL("SELECT first_seq FROM ledger_gap ORDER BY first_seq")
        #expect(try await bench.numbers(gaps) == [3, 5])
        let sheet = try await Balance(bench.store).sheet()
        let lane = try #require(sheet.lanes.first { $0.lane == .pageview })
        #expect(lane.gaps == ["quarantined": 2] && lane.accepted == 5 && sheet.isBalanced)
    }

    @Test(arguments: Backend.all) func letsAnEventStandAgainstAGap(
        _ backend: Backend
    ) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        var restored = edge
        _ = try await bench.send(try edge.seal(events: TestEvent.some(3)), from: edge)
        let batch = try restored.seal([
            .event(TestEvent.some(1)[0].json), .gap(4, .receiptedExpired),
            .event(TestEvent(id: "ev-6").json),
        ])
        let receipt = try #require(try await bench.send(batch, from: restored).receipt)
        #expect(receipt.accepted == 4 && receipt.gaps == 2 && receipt.replayed == 3)
        #expect(receipt.totals.accepted == 4 && receipt.totals.gaps == 2)
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func countsAGapOfManyNumbers(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        var greedy = edge
        let beyond = try greedy.seal([.gap(BatchHeader.seqMax, .discarded)])
        #expect(
            try await bench.send(beyond, from: edge) == .problem(.framing(.headerRange, line: 1)))
        let batch = try edge.seal([.gap(BatchHeader.seqMax - 1, .discarded)])
        let receipt = try #require(try await bench.send(batch, from: edge).receipt)
        #expect(receipt.gaps == BatchHeader.seqMax - 1)
        #expect(receipt.position.expectedSeq == BatchHeader.seqMax)
        let again = try #require(try await bench.send(batch, from: edge).receipt)
        #expect(again.replayed == BatchHeader.seqMax - 1 && again.totals == receipt.totals)
        let next = try edge.seal(events: TestEvent.some(1))
        #expect(
            try await bench.send(next, from: edge) == .problem(.framing(.headerRange, line: 1)))
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    // MARK: Walls

    @Test(arguments: Backend.all) func keepsCollectorsOfOneEpochApart(
        _ backend: Backend
    ) async throws {
        let bench = try await IngestBench(backend)
        var victim = bench.edge(1)
        _ = try await bench.send(try victim.seal(events: TestEvent.some(3)), from: victim)
        // Another tenant's collector knows the epoch's id, and claims it and its site.
        var thief = bench.edge(3)
        thief.epoch = victim.epoch
        thief.go(to: 1, chain: Chain.start(of: victim.epoch))
        let answer = try await bench.send(try thief.seal(events: TestEvent.some(2)), from: thief)
        #expect(answer.receipt?.rejected.map(\.fault.code) == [.unknownSite, .unknownSite])
        #expect(try await Balance(bench.store).sheet(organization: 1).events == 3)
        #expect(try await Balance(bench.store).sheet(organization: 2).events == 0)
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func refusesAnothersHeader(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(2)
        let batch = try edge.seal(events: TestEvent.some(1))
        #expect(try await bench.send(batch, from: bench.edge(1)).problem == .collectorMismatch)
        #expect(try await bench.numbers(SQL("SELECT count(*) FROM ledger_epoch")) == [0])
    }

    @Test(arguments: Backend.all) func takesEpochsFromTheFuture(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let later = IngestBench.start + .seconds(86_400 * 36_500)
        edge.epoch = EpochID(at: later, random: RandomBytes())
        edge.go(to: 1, chain: Chain.start(of: edge.epoch))
        let answer = try await bench.send(try edge.seal(events: TestEvent.some(1)), from: edge)
        #expect(answer.receipt?.accepted == 1)
    }
}

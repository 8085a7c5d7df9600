import AggregatorBench
import ConveyProtocol
import Ingest
import Store
import TestSupport
import Testing
import Time

/// Goal: assigned = accepted + duplicate + rejected + gaps + pending + moved, and a missing entry
/// shows. Method: send, then take single entries away behind the ledger's back.
@Suite struct BalanceTests {
    private func pageviews(_ bench: IngestBench) async throws -> [LaneBalance] {
        try await Balance(bench.store).sheet().lanes.filter { $0.lane == .pageview }
    }

    @Test(arguments: Backend.all) func namesEveryTerm(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        edge.standing.refused[.pageview] = ["origin_unknown": 4, "too_large": 1]
        edge.standing.pendingFrom[.pageview] = IngestBench.start - .seconds(90)
        edge.standing.assigned[.pageview] = 9
        let batch = try edge.seal([
            .event(TestEvent(id: "a").json), .event(TestEvent(id: "a").json),
            .event(TestEvent(id: "b", site: 3).json), .gap(2, .damaged),
        ])
        #expect(try await bench.send(batch, from: edge).receipt != nil)
        let lane = try #require(try await pageviews(bench).first)
        #expect(lane.assigned == 9 && lane.accepted == 1 && lane.duplicate == 1)
        #expect(lane.rejected == ["unknown_site": 1] && lane.gaps == ["damaged": 2])
        #expect(lane.pending == 4 && lane.moved == 0 && lane.difference == 0)
        #expect(lane.refused == ["origin_unknown": 4, "too_large": 1])
        #expect(lane.pendingFrom == IngestBench.start - .seconds(90))
    }

    @Test(arguments: Backend.all) func keepsTotalsThatOnlyRise(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        edge.standing.refused[.pageview] = ["too_large": 5]
        let newer = try edge.seal(events: TestEvent.some(2))
        edge.go(to: 1, chain: Chain.start(of: edge.epoch))
        edge.standing.refused[.pageview] = ["too_large": 3]
        edge.standing.assigned[.pageview] = 1
        let older = try edge.seal(events: TestEvent.some(1))
        for batch in [newer, older] { _ = try await bench.send(batch, from: edge) }
        let lane = try #require(try await pageviews(bench).first)
        #expect(lane.refused == ["too_large": 5] && lane.assigned == 2)
    }

    @Test(arguments: Backend.all) func movesWhatAForkTookAlong(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        edge.standing.assigned[.pageview] = 5
        _ = try await bench.send(try edge.seal(events: TestEvent.some(3)), from: edge)
        #expect(try await pageviews(bench).map(\.pending) == [2])
        bench.clock.advance(by: .seconds(1))
        let old = edge
        edge.fork(after: 3, chain: edge.chain)
        edge.standing.assigned[.pageview] = 2
        _ = try await bench.send(try edge.seal(events: TestEvent.some(1, from: 4)), from: edge)
        let lanes = try await pageviews(bench)
        #expect(lanes.map(\.moved) == [2, 0] && lanes.map(\.pending) == [0, 1])
        #expect(lanes.allSatisfy { $0.difference == 0 })
        // A clone goes on in the old epoch: what it holds is pending again.
        bench.clock.advance(by: .seconds(1))
        var clone = old
        clone.standing.sentAt = bench.clock.wall.now()
        _ = try await bench.send(try clone.seal(events: TestEvent.some(1, from: 4)), from: clone)
        #expect(try await pageviews(bench).map(\.moved) == [0, 0])
        #expect(try await pageviews(bench).map(\.pending) == [1, 1])
    }

    /// The database was restored to before numbers 4 and 5, for which the collector has receipts, and
    /// its new epoch begins behind them: nobody may say that they moved.
    @Test(arguments: Backend.all) func missesWhatAForkDidNotTakeAlong(_ backend: Backend)
        async throws
    {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        edge.standing.assigned[.pageview] = 7
        _ = try await bench.send(try edge.seal(events: TestEvent.some(3)), from: edge)
        bench.clock.advance(by: .seconds(1))
        edge.fork(after: 5, chain: edge.chain)
        edge.standing.assigned[.pageview] = 2
        _ = try await bench.send(try edge.seal(events: TestEvent.some(2, from: 6)), from: edge)
        let lanes = try await pageviews(bench)
        #expect(lanes.map(\.moved) == [2, 0] && lanes.map(\.pending) == [2, 0])
        #expect(lanes.allSatisfy { $0.difference == 0 })
    }

    @Test(arguments: Backend.all, ["ledger_range", "ledger_gap", "ledger_reason"])
    func findsAMissingEntry(_ backend: Backend, _ table: String) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let batch = try edge.seal([
            .event(TestEvent(id: "a").json), .gap(1, .damaged), .event(#"{"a":1}"#),
        ])
        _ = try await bench.send(batch, from: edge)
        #expect(try await Balance(bench.store).sheet().isBalanced)
        let loss =
            switch table {
            case "ledger_range": SQL("DELETE FROM ledger_range WHERE first_seq = 1")
            case "ledger_gap": SQL("DELETE FROM ledger_gap")
            default: SQL("DELETE FROM ledger_reason")
            }
        try await bench.store.write { _ = try $0.run(loss) }
        #expect(try await pageviews(bench).map(\.difference) == [1])
        #expect(try await !Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func findsAMissingEvent(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        _ = try await bench.send(try edge.seal(events: TestEvent.some(3)), from: edge)
        try await bench.store.write { _ = try $0.run(SQL("DELETE FROM event WHERE seq = 2")) }
        let sheet = try await Balance(bench.store).sheet()
        #expect(sheet.eventDifference == 1 && !sheet.isBalanced)
    }

    @Test(arguments: Backend.all) func refusesTotalsThatDoNotAddUp(
        _ backend: Backend
    ) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        _ = try await bench.send(try edge.seal(events: TestEvent.some(3)), from: edge)
        let fault = await #expect(throws: StoreFault.self) {
            try await bench.store.write { tx in
                _ = try tx.run(SQL("UPDATE ledger_lane SET accepted = accepted + 1"))
            }
        }
        #expect(fault?.kind == .constraint)
    }
}

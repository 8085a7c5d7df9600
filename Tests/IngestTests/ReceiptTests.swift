import AggregatorBench
import ConveyProtocol
import Ingest
import Store
import TestSupport
import Testing

/// Goal: every number of a batch has one outcome, and the same one for ever.
/// Method: send batches as a collector does; read receipts, then tables.
@Suite struct ReceiptTests {
    @Test(arguments: Backend.all) func storesABatchOnce(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let batch = try edge.seal(events: TestEvent.some(3))
        let receipt = try #require(try await bench.send(batch, from: edge).receipt)
        #expect(receipt.accepted == 3 && receipt.duplicate == 0 && receipt.replayed == 0)
        #expect(receipt.position.expectedSeq == 4 && receipt.position.chainMatches)
        #expect(receipt.position.chain == edge.chain)
        #expect(receipt.advice.settings == 7 && receipt.advice.time == IngestBench.start)
        let again = try #require(try await bench.send(batch, from: edge).receipt)
        #expect(again.accepted == 3 && again.replayed == 3)
        #expect(again.totals == receipt.totals && again.totals.accepted == 3)
        #expect(try await bench.numbers(SQL("SELECT seq FROM event ORDER BY seq")) == [1, 2, 3])
        #expect(try await bench.numbers(SQL("SELECT count(*) FROM chunk")) == [1])
    }

    @Test(arguments: Backend.all) func repeatsEveryFirstOutcome(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let batch = try edge.seal([
            .event(TestEvent(id: "a").json),
            .event(TestEvent(id: "a").json),
            .event(TestEvent(id: "b", site: 3).json),
            .event("{\"id\":\"c\"}"),
            .event("{nonsense"),
            .gap(3, .damaged),
            .event(TestEvent(id: "d", type: "No Type").json),
        ])
        let first = try #require(try await bench.send(batch, from: edge).receipt)
        #expect(first.accepted == 1 && first.duplicate == 1 && first.gaps == 3)
        #expect(first.rejected.map(\.seq) == [3, 4, 5, 9])
        let codes = first.rejected.map(\.fault.code)
        #expect(codes == [.unknownSite, .missingMember, .invalidJSON, .invalidValue])
        #expect(first.rejected.map(\.fault.pointer) == ["/site", "/type", "", "/type"])
        #expect(first.rejected.map { $0.id?.description } == ["b", "c", nil, "d"])
        let again = try #require(try await bench.send(batch, from: edge).receipt)
        #expect(again.rejected == first.rejected && again.replayed == 9)
        #expect(again.accepted == 1 && again.duplicate == 1 && again.gaps == 3)
        #expect(again.totals == first.totals)
        #expect(try await bench.numbers(SQL("SELECT count(*) FROM dead_letter")) == [4])
    }

    @Test(arguments: Backend.all) func takesWhatIsNewOfAnOverlap(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let start = edge
        _ = try await bench.send(try edge.seal(events: TestEvent.some(4)), from: edge)
        var wider = start
        let batch = try wider.seal(events: TestEvent.some(6))
        let receipt = try #require(try await bench.send(batch, from: wider).receipt)
        #expect(receipt.accepted == 6 && receipt.replayed == 4)
        #expect(receipt.position.expectedSeq == 7 && receipt.position.chainMatches)
        #expect(receipt.position.chain == wider.chain)
        #expect(try await bench.numbers(SQL("SELECT count(*) FROM event")) == [6])
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func answersEmptyBatches(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        edge.standing.assigned[.conversion] = 5
        let receipt = try #require(try await bench.send(try edge.seal([]), from: edge).receipt)
        #expect(receipt.firstSeq == 1 && receipt.lastSeq == 0)
        #expect(receipt.position.expectedSeq == 1 && receipt.position.chainMatches)
        let sheet = try await Balance(bench.store).sheet()
        #expect(sheet.lanes.first { $0.lane == .conversion }?.pending == 5)
        #expect(sheet.isBalanced)
    }

    @Test(arguments: Backend.all) func takesEveryCoding(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let batch = try edge.seal(events: TestEvent.some(3))
        let decoded = BatchWriter.body(
            batch.header,
            lines: TestEvent.some(3).enumerated().flatMap { index, event in
                Array("{\"seq\":\(index + 1),\(event.json.dropFirst())\n".utf8)
            })
        let answer = try await bench.send(body: decoded, coding: nil, from: edge)
        #expect(answer.receipt?.accepted == 3)
        let again = try await bench.send(batch, from: edge)
        #expect(again.receipt?.replayed == 3)
        let events = try await bench.store.read {
            try StoredEvents($0, organization: 1).newest(limit: 10)
        }
        #expect(events.map(\.seq) == [3, 2, 1])
        #expect(String(decoding: events[2].line, as: UTF8.self).hasPrefix(#"{"seq":1,"id":"ev-1""#))
    }

    @Test(arguments: Backend.all) func keepsLanesApart(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        for lane in Lane.allCases {
            edge.lane = lane
            edge.go(to: 1, chain: Chain.start(of: edge.epoch))
            let events = TestEvent.some(2).map { event in
                var event = event
                event.id += lane.rawValue
                return event
            }
            let receipt = try #require(
                try await bench.send(try edge.seal(events: events), from: edge).receipt)
            #expect(receipt.accepted == 2 && receipt.position.expectedSeq == 3)
        }
        let sheet = try await Balance(bench.store).sheet(organization: 1)
        #expect(sheet.lanes.map(\.accepted) == [2, 2, 2] && sheet.isBalanced)
    }
}

import AggregatorBench
import ConveyProtocol
import Crypto
import Foundation
import Ingest
import Store
import TestSupport
import Testing

/// Goal: how a lane is cut into batches, and how often and from where it is sent again, leaves no
/// trace. Method: one buffer with events, copies and gaps, delivered in random stretches by seed.
@Suite struct RebatchingTests {
    private func buffer(_ edge: TestEdge, _ random: inout SeededRandom) -> TestBuffer {
        var buffer = TestBuffer(edge)
        for _ in 0..<80 {
            switch random.next() % 10 {
            case 0:
                // Two gaps of one reason never touch.
                buffer.addGap(of: 1 + Int64(random.next() % 5))
                buffer.add(TestEvent(id: "id-\(random.next() % 60)"))
            case 1:
                let event = TestEvent(id: "bad", type: "No Type")
                buffer.add(event)
            default: buffer.add(TestEvent(id: "id-\(random.next() % 60)"))
            }
        }
        return buffer
    }

    /// Delivers everything: stretches of random length, some of them from further back.
    private func deliver(
        _ buffer: TestBuffer, to bench: IngestBench, from edge: TestEdge,
        _ random: inout SeededRandom
    ) async throws {
        var expected: Int64 = 1
        while expected < buffer.nextSeq {
            let known = buffer.starts.filter { $0 <= expected }
            let isAgain = random.next() % 3 == 0
            let start = isAgain ? known.randomElement(using: &random) : known.last
            let batch = try buffer.seal(
                from: try #require(start), count: 1 + Int(random.next() % 25))
            let answer = try await bench.send(batch, from: edge)
            let receipt = try #require(answer.receipt)
            #expect(receipt.position.chainMatches && receipt.isBalanced)
            expected = receipt.position.expectedSeq
        }
    }

    private func state(_ bench: IngestBench) async throws -> [String] {
        let lane = try await Balance(bench.store).sheet().lanes.first { $0.lane == .pageview }
        let events = try await bench.store.read { tx in
            try StoredEvents(tx, organization: 1).newest(limit: 1_000).map {
                String(decoding: $0.line, as: UTF8.self)
            }
        }
        let letters = try await bench.numbers(SQL("SELECT seq FROM dead_letter ORDER BY seq"))
        let books = lane.map {
            "\($0.assigned) \($0.accepted) \($0.duplicate) \($0.rejected) \($0.gaps)"
        }
        return events.sorted() + ["\(letters)", books ?? ""]
    }

    @Test(arguments: Backend.all, [UInt64](21...32))
    func storesTheSameFromAnyBatches(_ backend: Backend, _ seed: UInt64) async throws {
        var states: [[String]] = []
        for round in 0..<3 {
            let bench = try await IngestBench(backend)
            let edge = bench.edge(1)
            var random = SeededRandom(seed: seed)
            let buffer = buffer(edge, &random)
            var delivery = SeededRandom(seed: seed &* 1_000 &+ UInt64(round))
            try await deliver(buffer, to: bench, from: edge, &delivery)
            let sheet = try await Balance(bench.store).sheet()
            #expect(sheet.isBalanced && sheet.lanes.allSatisfy(\.findings.isEmpty), "seed \(seed)")
            states.append(try await state(bench))
        }
        #expect(states[0] == states[1] && states[1] == states[2], "seed \(seed)")
    }

    /// The aggregator comes back from a backup: the collector is asked for what was lost since.
    @Test(arguments: Backend.all, [UInt64](41...44))
    func losesNothingByARestore(_ backend: Backend, _ seed: UInt64) async throws {
        let bench = try await IngestBench(backend)
        let edge = bench.edge(1)
        var random = SeededRandom(seed: seed)
        let buffer = buffer(edge, &random)
        let middle = buffer.starts[40]
        _ = try await bench.send(try buffer.seal(from: 1, count: 40), from: edge)
        let backup = try await StoreTemplate(of: bench.temporary)
        _ = try await bench.send(try buffer.seal(from: middle, count: 20), from: edge)

        let restored = try await IngestBench(backup.makeStore())
        let ahead = try buffer.seal(from: buffer.starts[60], count: 20)
        guard case .ledgerBehind(let place) = try await restored.send(ahead, from: edge).problem
        else {
            Issue.record("the restored ledger did not ask, seed \(seed)")
            return
        }
        #expect(place.expectedSeq == middle)
        _ = try await restored.send(
            try buffer.seal(from: place.expectedSeq, count: 40), from: edge)
        _ = try await bench.send(ahead, from: edge)
        #expect(try await state(restored) == state(bench), "seed \(seed)")
        let sheet = try await Balance(restored.store).sheet()
        #expect(sheet.isBalanced)
        let lane = sheet.lanes.first { $0.lane == .pageview }
        #expect(lane?.findings == [.behind: 1])
    }

    /// The collector comes back from a backup and goes on in a new epoch, after it was told of the
    /// fork: what it had sent before counts once.
    @Test(arguments: Backend.all) func countsOnceAfterACollectorsRestore(
        _ backend: Backend
    ) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        _ = try await bench.send(try edge.seal(events: TestEvent.some(10)), from: edge)
        var restored = edge
        _ = try await bench.send(try edge.seal(events: TestEvent.some(5, from: 11)), from: edge)
        // It knows 10 receipted events, takes new ones, and gives them numbers that are taken.
        let answer = try await bench.send(
            try restored.seal(events: TestEvent.some(3, from: 100)), from: restored)
        guard case .ledgerFork(_, let seq) = answer.problem else {
            Issue.record("no fork was found")
            return
        }
        #expect(seq == 11)
        var fork = edge
        fork.fork(after: 10, chain: restoredChain(bench, edge))
        let receipt = try await bench.send(
            try fork.seal(events: TestEvent.some(3, from: 100)), from: fork)
        #expect(receipt.receipt?.accepted == 3)
        let sheet = try await Balance(bench.store).sheet()
        #expect(sheet.events == 18 && sheet.isBalanced)
    }

    /// The chain after 10 events, as the restored collector knows it.
    private func restoredChain(_ bench: IngestBench, _ edge: TestEdge) -> SHA256Digest {
        var writer = BatchWriter(
            lane: edge.lane, firstSeq: 1, chain: Chain.start(of: edge.epoch))
        for event in TestEvent.some(10) { _ = writer.add(event: Array(event.json.utf8).span) }
        return writer.chainValue
    }
}

import AggregatorBench
import ConveyProtocol
import Daemon
import Ingest
import Store
import TestSupport
import Testing

/// Goal: an event counts once, and which copy counts does not depend on the order of arrival.
/// Method: the same events dealt to collectors, epochs and batches by seed, sent in any order; the
/// seed is printed where a test fails.
@Suite struct DeduplicationTests {
    /// What counts, by site, class and id: who received it when, and what it says.
    private func counted(_ bench: IngestBench) async throws -> [String] {
        try await bench.store.read { tx in
            try [1, 2].flatMap { organization in
                try StoredEvents(tx, organization: organization).newest(limit: 1_000).map {
                    let line = String(decoding: $0.line, as: UTF8.self)
                    let event = line.drop { $0 != "," }
                    return "\($0.site) \($0.credential) \($0.receivedAt) \(event)"
                }
            }
        }.sorted()
    }

    @Test(arguments: Backend.all) func tellsClassesAndSitesApart(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let events = [
            TestEvent(id: "x"), TestEvent(id: "x", site: 2),
            TestEvent(id: "x", credential: .serverKey), TestEvent(id: "x", credential: .webhook),
            TestEvent(id: "X"), TestEvent(id: "x"),
        ]
        let receipt = try #require(
            try await bench.send(try edge.seal(events: events), from: edge).receipt)
        #expect(receipt.accepted == 5 && receipt.duplicate == 1)
    }

    @Test(arguments: Backend.all) func letsTheFirstReceivedCopyCount(
        _ backend: Backend
    ) async throws {
        let bench = try await IngestBench(backend)
        let copies = [(5, "late"), (3, "early"), (4, "middle"), (3, "same instant")]
        var edges = [bench.edge(2), bench.edge(2), bench.edge(1), bench.edge(2)]
        for (index, copy) in copies.enumerated() {
            let event = TestEvent(id: "x", receivedAt: Int64(copy.0), data: #"{"a":"\#(copy.1)"}"#)
            let batch = try edges[index].seal(events: [event])
            let receipt = try await bench.send(batch, from: edges[index]).receipt
            #expect(receipt?.accepted == (index == 0 ? 1 : 0))
        }
        let counted = try await counted(bench)
        #expect(counted.count == 1)
        let text = try #require(counted.first)
        let smaller = edges[1].epoch < edges[3].epoch ? "early" : "same instant"
        #expect(text.contains(smaller))
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func breaksTiesByCollectorThenNumber(
        _ backend: Backend
    ) async throws {
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
            let bench = try await IngestBench(backend)
            var edges = [bench.edge(1), bench.edge(1), bench.edge(2)]
            let x = TestEvent(id: "x", data: #"{"a":"first"}"#)
            let copy = TestEvent(id: "x", data: #"{"a":"second"}"#)
            let batches = [
                try edges[0].seal(events: [x]),
                try edges[1].seal(events: [TestEvent(id: "other"), copy]),
                try edges[2].seal(events: [copy]),
            ]
            for index in order { _ = try await bench.send(batches[index], from: edges[index]) }
            #expect(try await counted(bench).contains { $0.contains("first") })
        }
    }

    @Test(arguments: Backend.all, [UInt64](1...12))
    func storesTheSameSetInAnyOrder(_ backend: Backend, _ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let copies = (0..<120).map { index in
            TestEvent(
                id: "id-\(random.next() % 40)", site: 1 + Int64(random.next() % 2),
                credential: random.next() % 4 == 0 ? .serverKey : .siteKey,
                receivedAt: Int64(random.next() % 6), data: #"{"copy":\#(index)}"#)
        }
        var sets: [[String]] = []
        for round in 0..<3 {
            let bench = try await IngestBench(backend)
            var deal = SeededRandom(seed: seed &* 1_000 &+ UInt64(round))
            try await send(copies, to: bench, &deal)
            sets.append(try await counted(bench))
            let sheet = try await Balance(bench.store).sheet()
            #expect(sheet.isBalanced, "seed \(seed), round \(round)")
        }
        #expect(sets[0] == sets[1] && sets[1] == sets[2], "seed \(seed)")
        #expect(sets[0].count == Set(copies.map { "\($0.id) \($0.site) \($0.credential)" }).count)
    }

    /// Batches of the same ids, the one in the other's reverse order, entered at the same time. Held in
    /// two orders they would wait for each other, and the database would have to undo one.
    @Test(arguments: Backend.all)
    func letsBatchesOfTheSameEventsComeAtOnce(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        let metrics = MetricRegistry()
        bench.store.publish(in: metrics)
        var edges = [bench.edge(1), bench.edge(2), bench.edge(5)]
        for round in 0..<10 {
            let events = TestEvent.some(300, from: round * 300).map { event in
                TestEvent(id: event.id, receivedAt: Int64(round))
            }
            let batches = [
                try edges[0].seal(events: events), try edges[1].seal(events: events.reversed()),
                try edges[2].seal(events: events.shuffled()),
            ]
            let (senders, copies) = (edges, batches)
            async let first = bench.send(copies[0], from: senders[0])
            async let second = bench.send(copies[1], from: senders[1])
            async let third = bench.send(copies[2], from: senders[2])
            let receipts = try await [first, second, third].compactMap(\.receipt)
            #expect(receipts.reduce(0) { $0 + $1.accepted } == 300)
            #expect(receipts.reduce(0) { $0 + $1.duplicate } == 600)
        }
        let counted = try await bench.numbers(SQL("SELECT count(*) FROM event"))
        #expect(counted == [3_000])
        #expect(try await Balance(bench.store).sheet().isBalanced)
        #expect(
            backend == .sqlite || metrics.text().contains("\nconvey_store_reruns_total 0\n"))
    }

    /// Each copy belongs to a collector and a number for ever; batches are cut, repeated and
    /// interleaved by the generator.
    private func send(
        _ copies: [TestEvent], to bench: IngestBench, _ random: inout SeededRandom
    ) async throws {
        var edges = [bench.edge(1), bench.edge(2)]
        var waiting: [[TestEvent]] = [[], []]
        for (index, copy) in copies.enumerated() { waiting[index % 2].append(copy) }
        var sent: [(SealedBatch, Int)] = []
        while waiting.contains(where: { !$0.isEmpty }) {
            let side = Int(random.next() % 2)
            guard !waiting[side].isEmpty else { continue }
            let count = min(waiting[side].count, 1 + Int(random.next() % 20))
            let batch = try edges[side].seal(events: Array(waiting[side].prefix(count)))
            waiting[side].removeFirst(count)
            sent.append((batch, side))
            let answer = try await bench.send(batch, from: edges[side])
            #expect(answer.receipt != nil)
            guard random.next() % 3 == 0, let again = sent.randomElement(using: &random) else {
                continue
            }
            let replay = try await bench.send(again.0, from: edges[again.1])
            #expect(replay.receipt?.replayed == Int64(again.0.header.coverage.count))
        }
    }
}

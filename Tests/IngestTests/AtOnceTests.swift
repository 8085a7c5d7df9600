import AggregatorBench
import ConveyProtocol
import Ingest
import Store
import TestSupport
import Testing
import Time

/// Goal: batches, copies and corrections that come in the same moment come to what they come to one
/// after the other. Method: many requests at once on one PostgreSQL, where each has a transaction of
/// its own.
@Suite(.timeLimit(.minutes(5))) struct AtOnceTests {
    /// Every lane's first batch opens the epoch, and each comes three times.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func firstBatchesOfAnEpoch(
        seed: UInt64
    ) async throws {
        let bench = try await IngestBench(.postgres)
        var edge = bench.edge(1, seed: seed)
        var batches: [SealedBatch] = []
        for lane in Lane.allCases {
            edge.lane = lane
            edge.go(to: 1, chain: Chain.start(of: edge.epoch))
            let events = (0..<5).map { TestEvent(id: "\(lane)-\($0)") }
            batches.append(try edge.seal(events: events))
        }
        let sender = edge
        try await withThrowingTaskGroup(of: Void.self) { group in
            for batch in batches + batches + batches {
                group.addTask {
                    let receipt = try #require(try await bench.send(batch, from: sender).receipt)
                    #expect(receipt.accepted == 5 && receipt.duplicate == 0)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await bench.numbers(SQL("SELECT count(*) FROM ledger_epoch")) == [1])
        let sheet = try await Balance(bench.store).sheet()
        #expect(sheet.isBalanced && sheet.events == 15)
    }

    /// Copies by six collectors of two organizations, each id received at another time by each: of all
    /// the earliest counts, whoever commits first.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func copiesOfTheSameEvents(
        seed: UInt64
    ) async throws {
        let bench = try await IngestBench(.postgres)
        var random = SeededRandom(seed: seed)
        var sent: [(SealedBatch, TestEdge)] = []
        for collector in BenchPlan.collectors(of: 1) {
            var edge = bench.edge(collector)
            let times = (1...4).map { _ in Int64(random.next() % 50) }
            for ids in [0..<20, 20..<40, 0..<40] {
                let events = ids.shuffled(using: &random).map { id in
                    let time = times[id % 4] + Int64(id)
                    return TestEvent(
                        id: "id-\(id)", receivedAt: time, data: #"{"at":\#(time)}"#)
                }
                sent.append((try edge.seal(events: events), edge))
                edge = bench.edge(collector)
            }
        }
        let batches = sent
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (batch, edge) in batches {
                group.addTask { _ = try #require(try await bench.send(batch, from: edge).receipt) }
            }
            try await group.waitForAll()
        }
        let shown = try await counted(bench)
        let alone = try await IngestBench(.sqlite)
        for (batch, edge) in batches { _ = try await alone.send(batch, from: edge) }
        #expect(try await shown == counted(alone))
        #expect(shown.count == 40)
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    private func counted(_ bench: IngestBench) async throws -> [String] {
        try await bench.store.read { tx in
            try StoredEvents(tx, organization: 1).newest(limit: 1_000).map {
                "\($0.receivedAt) " + String(decoding: $0.line, as: UTF8.self).drop { $0 != "," }
            }
        }.sorted()
    }

    @Test func oneOfManyCorrectionsCounts() async throws {
        let bench = try await IngestBench(.postgres)
        var edge = bench.edge(1)
        let batch = try edge.seal([.event(#"{"id":"a"}"#)])
        _ = try await bench.send(batch, from: edge)
        let letters = DeadLetters(bench.store, stages: ["fold"])
        let number = try #require(try await letters.waiting().first).number
        let sites = [IngestBench.site(1): Int64(1)]
        let ends = try await withThrowingTaskGroup(of: DeadLetters.End.self) { group in
            for copy in 0..<6 {
                let event = Array(TestEvent(id: "a-\(copy)").json.utf8)
                group.addTask {
                    try await letters.replay(
                        number, corrected: event, sites: sites, at: IngestBench.start)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.filter { $0 == .settled(.replayed) }.count == 1)
        #expect(ends.filter { $0 == .notWaiting }.count == 5)
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }
}

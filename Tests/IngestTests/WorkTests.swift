import AggregatorBench
import ConveyProtocol
import Ingest
import Store
import TestSupport
import Testing
import Time

/// Goal: every stored chunk is worked on by every stage, once, whoever dies on the way.
@Suite struct WorkTests {
    private let now = IngestBench.start

    private func bench(_ backend: Backend, chunks: Int) async throws -> IngestBench {
        var options = BatchReceiverOptions()
        options.stages = ["fold", "rollup"]
        let bench = try await IngestBench(backend, options: options)
        var edge = bench.edge(1)
        for chunk in 0..<chunks {
            let batch = try edge.seal(events: TestEvent.some(2, from: chunk * 2))
            #expect(try await bench.send(batch, from: edge).receipt?.accepted == 2)
            _ = try await bench.send(batch, from: edge)
        }
        return bench
    }

    private func claim(
        _ bench: IngestBench, _ stage: String = "fold", limit: Int = 10, after: Duration = .zero
    ) async throws -> [Work.Item] {
        let at = now + after
        return try await bench.store.write {
            try Work($0).claim(
                stage, of: 1, limit: limit, at: at, until: at + .seconds(60))
        }
    }

    @Test(arguments: Backend.all) func givesEachChunkToOneClaimer(
        _ backend: Backend
    ) async throws {
        let bench = try await bench(backend, chunks: 5)
        let first = try await claim(bench, limit: 2)
        let second = try await claim(bench)
        #expect(first.count == 2 && second.count == 3)
        #expect(Set((first + second).map(\.chunk)).count == 5)
        #expect(try await claim(bench).isEmpty)
        #expect(try await claim(bench, "rollup").count == 5)
    }

    @Test(arguments: Backend.all) func givesAnAbandonedClaimToTheNext(
        _ backend: Backend
    ) async throws {
        let bench = try await bench(backend, chunks: 1)
        let item = try #require(try await claim(bench).first)
        #expect(item.attempts == 0)
        #expect(try await claim(bench, after: .seconds(59)).isEmpty)
        let again = try #require(try await claim(bench, after: .seconds(60)).first)
        #expect(again.chunk == item.chunk && again.attempts == 1)
    }

    @Test(arguments: Backend.all) func endsAnItemOnce(_ backend: Backend) async throws {
        let bench = try await bench(backend, chunks: 1)
        let item = try #require(try await claim(bench).first)
        let ends = try await bench.store.write { tx in
            [try Work(tx).finish("fold", item), try Work(tx).finish("fold", item)]
        }
        #expect(ends == [true, false])
        #expect(try await claim(bench, after: .seconds(600)).isEmpty)
    }

    @Test(arguments: Backend.all) func showsAStageItsEvents(_ backend: Backend) async throws {
        let bench = try await bench(backend, chunks: 2)
        let item = try #require(try await claim(bench, limit: 1).first)
        let events = try await bench.store.read { tx in
            try StoredEvents(tx, organization: item.organization).all(ofChunk: item.chunk)
        }
        #expect(events.map(\.place.line) == [0, 1] && events.map(\.seq) == [1, 2])
        let latest = try await bench.store.read { tx in
            try StoredEvents(tx, organization: 1).latest(ofSite: 1, limit: 3)
        }
        #expect(latest.map(\.seq) == [4, 3, 2])
    }

    @Test(arguments: Backend.all) func tellsWhoHasSomethingToTake(
        _ backend: Backend
    ) async throws {
        let bench = try await bench(backend, chunks: 1)
        func organizations(after: Duration) async throws -> [Int64] {
            try await bench.store.read {
                try Work($0).organizations("fold", at: now + after)
            }
        }
        #expect(try await organizations(after: .seconds(-1)).isEmpty)
        #expect(try await organizations(after: .zero) == [1])
        let item = try #require(try await claim(bench).first)
        #expect(try await organizations(after: .seconds(59)).isEmpty)
        #expect(try await organizations(after: .seconds(60)) == [1])
        try await bench.store.write {
            try Work($0).extend("fold", item, until: now + .seconds(90))
        }
        #expect(try await organizations(after: .seconds(89)).isEmpty)
        _ = try await bench.store.write { try Work($0).finish("fold", item) }
        #expect(try await organizations(after: .seconds(600)).isEmpty)
    }

    @Test(arguments: Backend.all) func takesOneOrganizationsOnly(
        _ backend: Backend
    ) async throws {
        let bench = try await bench(backend, chunks: 1)
        let foreign = try await bench.store.write {
            try Work($0).claim("fold", of: 2, limit: 10, at: now, until: now + .seconds(60))
        }
        #expect(foreign.isEmpty)
        #expect(try await claim(bench).count == 1)
    }
}

import ConveyProtocol
import Store
import TestSupport
import Testing

/// Goal: every number of a batch has one outcome, and the same one for ever.
/// Method: send batches as a collector does; read receipts, then tables.
@Suite struct ReceiptTests {
    private func events(_ ids: ClosedRange<Int>) -> [TestEvent] {
        ids.map { TestEvent(id: "ev-\($0)", receivedAt: Int64($0)) }
    }

    @Test(arguments: Backend.all) func storesABatchOnce(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let batch = try edge.seal(events: events(1...3))
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
}

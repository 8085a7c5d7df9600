import Buffer
import ConveyProtocol
import Crypto
import Delivery
import Store
import TestSupport
import Testing
import Time

/// Goal: what comes back from the quarantine is accepted by the real aggregator as the gap that it
/// fills, and both sides' books balance. Method: Buffer, Delivery and Ingest in one process; a batch
/// is set aside as after a signed 400, its gap is stated, then it comes back.
@Suite struct RequeueTests {
    @Test(arguments: Backend.all)
    func aFilledGapIsInBothBooks(_ backend: Backend) async throws {
        let clock = ManualClock()
        let center = try Center(backend, clock: clock, random: SeededBytes(seed: 1))
        let key = SigningKey(from: SeededBytes(seed: 2))
        let id = CollectorID(at: clock.wall.now(), random: SeededBytes(seed: 3))
        let network = BadNetwork(to: center, clock: clock, random: SeededRandom(seed: 4))
        await network.heal()
        try await center.start()
        try await center.enrol(id, key.verifyingKey)
        let edge = try await Edge(
            "first",
            Enrolment(
                collector: id, key: key, aggregatorKey: center.key.verifyingKey, network: network),
            truth: clock, random: SeededBytes(seed: 5))
        #expect(await edge.append(["a", "b", "c"], to: .conversion, hasOwnTime: false))
        await deliver(edge, clock)
        #expect(await edge.append(["d", "e", "f"], to: .conversion, hasOwnTime: false))
        let bad = try await edge.buffer.nextBatch(
            BatchRequest(
                lane: .conversion, collector: id, sentAt: clock.wall.now(), shipper: "simulation/1")
        )
        try await edge.buffer.quarantine(bad, answer: [])
        #expect(await edge.append(["g"], to: .conversion, hasOwnTime: false))
        await deliver(edge, clock)
        #expect(try await center.storedIDs() == ["a", "b", "c", "g"])
        #expect(try await gaps(center) == 3)
        #expect(try await edge.buffer.requeue().map(\.outcome) == [.fillsGap(3)])
        await deliver(edge, clock)
        #expect(try await center.storedIDs() == ["a", "b", "c", "d", "e", "f", "g"])
        #expect(try await gaps(center) == 0)
        let figures = edge.buffer.statistics.lanes[.conversion]
        #expect(figures.isBalanced && figures.receipted == 7 && figures.quarantined == 0)
        await edge.buffer.close()
        await center.end()
    }

    private func deliver(_ edge: Edge, _ clock: ManualClock) async {
        let end = clock.now.advanced(by: .seconds(200))
        while clock.now < end {
            var wait = Duration.seconds(1)
            for lane in Lane.allCases { wait = min(wait, await edge.sender.step(lane)) }
            if wait > .zero { clock.advance(by: wait) }
        }
    }

    private func gaps(_ center: Center) async throws -> Int64 {
        try await center.read { tx in
            try tx.first(SQL("SELECT CAST(sum(gaps) AS BIGINT) FROM ledger_lane")) {
                $0.integer(0)
            } ?? -1
        }
    }
}

import Buffer
import ConveyProtocol
import Crypto
import Foundation
import TestSupport
import Testing
import Time

/// Goal: batches are what the protocol says, and the same however often and however cut. Method:
/// sealed batches opened by the protocol's own reader, and a ledger that checks the chain.
@Suite struct BatchTests {
    @Test func nothingLeavesBeforeTheClockIsKnown() async throws {
        let fixture = try await Fixture(isClockKnown: false)
        await fixture.append(["a"])
        let before = try await fixture.batch()
        #expect(before.header.coverage.isEmpty)
        #expect(before.header.standing.assigned[.conversion] == 1)
        fixture.learn()
        #expect(try await fixture.batch().header.coverage.count == 1)
    }

    @Test func headersTellHowTheBufferStands() async throws {
        let fixture = try await Fixture()
        let start = fixture.clock.wall.now()
        await fixture.append(["a"])
        fixture.clock.advance(by: .seconds(60))
        fixture.uptime.advance(by: .seconds(60))
        await fixture.append(["b"])
        let header = try await fixture.batch().header
        #expect(header.collector == Fixture.collector)
        #expect(header.epoch == fixture.buffer.statistics.epoch)
        #expect(header.parent == nil)
        #expect(header.coverage.chainBefore == Chain.start(of: header.epoch))
        #expect(header.standing.assigned == PerLane { $0 == .conversion ? 2 : 0 })
        #expect(header.standing.pendingFrom[.conversion] == start)
        #expect(header.standing.pendingFrom[.pageview] == fixture.clock.wall.now())
        #expect(header.standing.refused == PerLane(repeating: [:]))
    }

    @Test func limitsCutBatchesAndTheChainIsTheSame() async throws {
        let fixture = try await Fixture()
        for start in stride(from: 0, to: 300, by: 30) {
            await fixture.append((start..<start + 30).map(String.init))
        }
        let whole = try await fixture.batch().header.coverage
        #expect(whole.count == 300)
        var header: BatchHeader?
        var counts: [Int] = []
        for _ in 0..<5 {
            let limits = BatchLimits(eventsMax: 70, bytesMax: 4_194_304)
            let batch = try await fixture.batch(limits: limits, after: header)
            #expect(batch.header.coverage.firstSeq == (header?.coverage.lastSeq ?? 0) + 1)
            #expect(
                batch.header.coverage.chainBefore == header?.coverage.chainAfter
                    ?? whole.chainBefore)
            counts.append(batch.header.coverage.count)
            header = batch.header
        }
        #expect(counts == [70, 70, 70, 70, 20])
        #expect(header?.coverage.chainAfter == whole.chainAfter)
        #expect(try await fixture.batch(after: header).header.coverage.isEmpty)
    }

    @Test func bytesCutBatchesTooButNeverTheFirstEvent() async throws {
        let fixture = try await Fixture()
        let stamp = fixture.buffer.clock.stamp()
        var events = IncomingEvents(stamp: stamp)
        for index in 0..<10 {
            events.add(Fixture.event("\(index)", stamp, padding: 30_000), to: .conversion)
        }
        _ = await fixture.buffer.append(events)
        let wide = BatchLimits(eventsMax: 5000, bytesMax: 65_536 + 100_000)
        #expect(try await fixture.batch(limits: wide).header.coverage.count == 3)
        let narrow = BatchLimits(eventsMax: 5000, bytesMax: 1000)
        #expect(try await fixture.batch(limits: narrow).header.coverage.count == 1)
    }

    @Test func aSecondLookYieldsTheSameBytes() async throws {
        let fixture = try await Fixture()
        await fixture.append((0..<50).map(String.init))
        let first = try await fixture.batch()
        await fixture.append(["later"], .pageview)
        await fixture.reopen()
        let second = try await fixture.batch()
        #expect(try text(first) == text(second))
        #expect(first.header.coverage == second.header.coverage)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func anyCutsAndLostAnswersGiveTheSameLedger(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let fixture = try await Fixture()
        var ledger = TestLedger()
        var count = 0
        for _ in 0..<30 {
            let lane = Lane.allCases.randomElement(using: &random)!
            if Bool.random(using: &random) {
                let ids = (0..<Int.random(in: 1...40, using: &random)).map { "\(count + $0)" }
                count += ids.count
                await fixture.append(ids, lane)
            } else {
                let limits = BatchLimits(
                    eventsMax: .random(in: 1...60, using: &random), bytesMax: 4_194_304)
                try await fixture.deliver(
                    lane, to: &ledger, limits: limits, isAnswerLost: Bool.random(using: &random))
            }
            if Int.random(in: 0..<10, using: &random) == 0 { await fixture.reopen() }
        }
        try await fixture.drain(to: &ledger)
        #expect(ledger.events.count == count, "seed \(seed)")
        #expect(ledger.events.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        #expect(ledger.chainMismatches == 0, "seed \(seed)")
        #expect(fixture.buffer.statistics.isBalanced, "seed \(seed)")
    }
}

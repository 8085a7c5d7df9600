import Buffer
import ConveyProtocol
import Foundation
import TestSupport
import Testing
import Time

/// Goal: under pressure the lanes are turned away in order, and nothing acknowledged is deleted.
/// Method: small budgets, filled until the door shuts.
@Suite struct PressureTests {
    private let limits = BufferLimits(
        bytesMax: 4_000_000,
        reserves: PerLane { [1_000_000, 1_000_000, 0][$0.number] }, waitingBytesMax: 400_000)

    /// Events that hardly compress.
    private func fill(_ fixture: Fixture, _ lane: Lane, seed: UInt64) async -> BufferRefusal? {
        let stamp = fixture.buffer.clock.stamp()
        var events = IncomingEvents(stamp: stamp)
        let noise = noise(seed: seed, byteCount: 36_000)
        events.add(Fixture.event("\(lane)-\(seed)-\(noise)", stamp), to: lane)
        return await fixture.buffer.append(events)[lane]
    }

    @Test func pageviewsAreRefusedFirstThenInteractionsThenConversions() async throws {
        let fixture = try await Fixture(limits: limits)
        var refused: [Lane] = []
        var stored: Int64 = 0
        for seed in 0..<400 {
            for lane in Lane.allCases.reversed() where !refused.contains(lane) {
                switch await fill(fixture, lane, seed: UInt64(seed)) {
                case nil: stored += 1
                case .budget: refused.append(lane)
                case let other: Issue.record("\(String(describing: other))")
                }
            }
        }
        #expect(refused == [.pageview, .interaction, .conversion])
        let statistics = fixture.buffer.statistics
        #expect(Lane.allCases.reduce(0) { $0 + statistics.lanes[$1].pending } == stored)
        #expect(Lane.allCases.allSatisfy { statistics.lanes[$0].refused == ["budget": 1] })
        #expect(statistics.usedBytes <= 4_600_000)
        #expect(statistics.isBalanced)
    }

    @Test func refusalsAreCountedDurablyAndTold() async throws {
        let fixture = try await Fixture(limits: limits)
        var seed: UInt64 = 0
        while await fill(fixture, .pageview, seed: seed) == nil { seed += 1 }
        for _ in 0..<4 { _ = await fill(fixture, .pageview, seed: 0) }
        fixture.buffer.countRefused(1, as: "invalid_value", in: .conversion)
        #expect(fixture.figures(.conversion).refused == ["invalid_value": 1])
        await fixture.buffer.upkeep()
        await fixture.replace(limits: limits)
        #expect(fixture.figures(.pageview).refused == ["budget": 5])
        let header = try await fixture.batch().header
        #expect(header.standing.refused[.pageview] == ["budget": 5])
        #expect(header.standing.refused[.conversion] == ["invalid_value": 1])
    }

    @Test func receiptedEventsGoFirst() async throws {
        let fixture = try await Fixture(limits: limits)
        var ledger = TestLedger()
        for seed in 0..<1000 {
            #expect(await fill(fixture, .pageview, seed: UInt64(seed)) == nil)
            try await fixture.deliver(.pageview, to: &ledger)
        }
        let figures = fixture.figures(.pageview)
        #expect(figures.receipted == 1000)
        #expect(fixture.buffer.statistics.usedBytes < 3_000_000)
        #expect(ledger.events.count == 1000)
    }

    @Test func whatWaitsForTheCommitIsBounded() async throws {
        let fixture = try await Fixture(limits: limits)
        let stamp = fixture.buffer.clock.stamp()
        let refusals = await withTaskGroup(of: BufferRefusal?.self) { group in
            for index in 0..<200 {
                group.addTask {
                    var events = IncomingEvents(stamp: stamp)
                    events.add(Fixture.event("\(index)", stamp, padding: 60_000), to: .conversion)
                    return await fixture.buffer.append(events)[.conversion]
                }
            }
            return await group.reduce(into: [BufferRefusal?]()) { $0.append($1) }
        }
        let refused = refusals.compactMap { $0 }
        #expect(refused.allSatisfy { $0 == .busy })
        #expect(fixture.figures().stored == Int64(refusals.count - refused.count))
        #expect(fixture.figures().refused["busy", default: 0] == Int64(refused.count))
    }

    @Test func receiptedEventsAreKeptForTheirTimeAndThenDeleted() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        var sizes: [Int64] = []
        for seed in 0..<40 {
            _ = await fill(fixture, .conversion, seed: UInt64(seed))
            try await fixture.deliver(.conversion, to: &ledger)
        }
        await fixture.buffer.upkeep()
        sizes.append(fixture.buffer.statistics.usedBytes)
        fixture.clock.advance(by: .seconds(72 * 3600))
        fixture.clock.advance(by: .milliseconds(1))
        await fixture.buffer.upkeep()
        await fixture.reopen()
        sizes.append(fixture.buffer.statistics.usedBytes)
        #expect(sizes[0] > 1_500_000)
        #expect(sizes[1] < 100_000)
        #expect(fixture.figures().receipted == 40)
    }

    @Test func everyRefusalSaysWhenToComeBack() {
        for refusal in BufferRefusal.allCases {
            #expect([503, 507].contains(refusal.status))
            #expect(refusal.retryAfter >= .seconds(1))
        }
        #expect(BufferRefusal.budget.status == 507)
        #expect(BufferRefusal.diskFull.status == 507)
    }
}

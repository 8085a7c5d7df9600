import Buffer
import ConveyProtocol
import Crypto
import Daemon
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing
import Time

@testable import Settings

/// Goal: the newest settings are in force, from the cache when there is no contact, and nobody but
/// the aggregator sets them. Method: a real buffer, the real gate in memory, a clock moved by hand.
@Suite struct SettingsKeeperTests {
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let aggregator: FakeAggregator
    let identity: EdgeIdentity
    let buffer: Buffer

    struct ClockUptime: Uptime {
        let clock: ManualClock
        func now() -> Duration { .seconds(1000) + clock.now.offset }
    }

    /// A keeper that runs, and the versions that it put in force.
    struct Life {
        let keeper: SettingsKeeper
        let applied: AsyncStream<Int64>
        let running: Task<Void, any Error>

        func end() async throws {
            running.cancel()
            try await running.value
        }
    }

    init() async throws {
        directory = try TemporaryDirectory()
        aggregator = FakeAggregator(clock.wall)
        identity = try await Enrolment(
            token: aggregator.token, at: FakeAggregator.origin, authority: nil, shipper: "test/1"
        ).run(
            in: IdentityPlace(directory: directory.path), over: aggregator, clock: clock.wall,
            random: RandomBytes())
        aggregator.change { $0.requests = [] }
        buffer = Buffer(
            BufferPlace(
                path: directory.file("buffer.db"),
                limits: BufferLimits(bytesMax: 1 << 28, waitingBytesMax: 1 << 20)),
            clock: EdgeClock(wall: clock.wall, uptime: ClockUptime(clock: clock)), wall: clock.wall,
            log: Log { _ in }, ticks: clock)
        await buffer.open()
    }

    func begin(_ identity: EdgeIdentity? = nil) async -> Life {
        let (applied, input) = AsyncStream.makeStream(of: Int64.self)
        let identity = identity ?? self.identity
        let keeper = SettingsKeeper(
            of: identity, identity.exchange(over: aggregator), in: buffer,
            SettingsKeeper.Tools(
                ticks: clock, random: RandomBytes(), log: Log { _ in },
                apply: { input.yield($0.version) }))
        await keeper.restore()
        return Life(keeper: keeper, applied: applied, running: Task { try await keeper.run() })
    }

    func isAway(_ reason: HTTPFault.Reason) {
        aggregator.change { state in
            state.between = { _ throws(HTTPFault) in throw HTTPFault(reason) }
        }
    }

    /// Thousands of links make settings larger than any other answer.
    @Test func takesSettingsOfAnyLegalSize() {
        #expect(identity.clientSettings.answerBytesMax == SiteSettings.bytesMax)
    }

    @Test func fetchesAtTheStartAndWhenNewerOnesAreToldOf() async throws {
        let life = await begin()
        var applied = life.applied.makeAsyncIterator()
        #expect(await applied.next() == 1)
        life.keeper.heard(of: 1)
        aggregator.change { $0.version = 2 }
        life.keeper.heard(of: 2)
        #expect(await applied.next() == 2)
        #expect(life.keeper.version == 2)
        try await life.end()
        #expect(aggregator.seen.requests.count == 2)
        #expect(aggregator.seen.requests.allSatisfy { $0.target == SiteSettings.path })
    }

    @Test func runsFromTheCacheForMonths() async throws {
        let first = await begin()
        var applied = first.applied.makeAsyncIterator()
        #expect(await applied.next() == 1)
        try await first.end()
        isAway(.nameUnknown)
        for _ in 0..<3 {
            clock.advance(by: .seconds(86_400 * 30))
            let life = await begin()
            var applied = life.applied.makeAsyncIterator()
            #expect(await applied.next() == 1)
            #expect(life.keeper.version == 1)
            try await life.end()
        }
    }

    @Test func sealsTheCache() async throws {
        let life = await begin()
        var applied = life.applied.makeAsyncIterator()
        _ = await applied.next()
        try await life.end()
        let kept = try #require(try await buffer.kept("settings"))
        #expect(!String(decoding: kept, as: UTF8.self).contains("site_visible"))
        await buffer.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let file = try Data(contentsOf: URL(filePath: directory.file(name)))
            #expect(file.range(of: Data("site_visible".utf8)) == nil, "\(name)")
        }
    }

    @Test func doesNotReadTheCacheOfAnotherIdentity() async throws {
        let life = await begin()
        var applied = life.applied.makeAsyncIterator()
        _ = await applied.next()
        try await life.end()
        let stranger = EdgeIdentity(
            collector: identity.collector, aggregator: identity.aggregator,
            pinned: identity.pinned, authority: nil, key: SigningKey(from: RandomBytes()))
        isAway(.refused)
        let other = await begin(stranger)
        await clock.sleepers(atLeast: 1)
        #expect(other.keeper.version == nil)
        try await other.end()
    }

    @Test func triesAgainUntilTheAggregatorAnswers() async throws {
        isAway(.refused)
        let life = await begin()
        for tries in 1...3 {
            await clock.sleepers(atLeast: 1)
            #expect(aggregator.seen.requests.count == tries)
            if tries == 3 { aggregator.change { $0.between = nil } }
            clock.advance(by: .seconds(8))
        }
        var applied = life.applied.makeAsyncIterator()
        #expect(await applied.next() == 1)
        try await life.end()
    }

    @Test func takesOnlyTheAggregatorsSettings() async throws {
        let forged = FakeAggregator.settings(99).json()
        aggregator.change { state in
            state.between = { response throws(HTTPFault) in
                Response(200, headers: response.headers, body: forged)
            }
        }
        let life = await begin()
        await clock.sleepers(atLeast: 1)
        #expect(life.keeper.version == nil)
        aggregator.change { $0.between = nil }
        clock.advance(by: .seconds(2))
        var applied = life.applied.makeAsyncIterator()
        #expect(await applied.next() == 1)
        try await life.end()
    }

    @Test func neverGoesBack() async throws {
        aggregator.change { $0.version = 5 }
        let life = await begin()
        var applied = life.applied.makeAsyncIterator()
        #expect(await applied.next() == 5)
        aggregator.change { $0.version = 4 }
        life.keeper.heard(of: 6)
        await clock.sleepers(atLeast: 1)
        #expect(life.keeper.version == 5)
        try await life.end()
        isAway(.refused)
        let next = await begin()
        #expect(next.keeper.version == 5)
        try await next.end()
    }

    @Test func asksAgainWhere304HidesNewerSettings() async throws {
        let life = await begin()
        var applied = life.applied.makeAsyncIterator()
        _ = await applied.next()
        aggregator.change { state in
            state.version = 2
            state.isStubborn = true
        }
        life.keeper.heard(of: 2)
        #expect(await applied.next() == 2)
        try await life.end()
    }
}

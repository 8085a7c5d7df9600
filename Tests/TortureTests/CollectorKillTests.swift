import Child
import Foundation
import Stage
import Synchronization
import TestSupport
import Testing
import Troupe

/// Goal: `kill -9` of a collector at any moment loses no acknowledged event and counts none twice.
///
/// Method: several collectors, each with a life of its own, are started and killed again and again, at
/// moments drawn by seed: while they come up, under load, while they go down. After some deaths each
/// file is read whole (`buffer verify`), what clients noted is held against `buffer export`, and, when
/// everything is delivered, against what the aggregator stored. `CONVEY_COLLECTOR_KILLS` says how many
/// deaths in all, `CONVEY_COLLECTOR_KILL_MINUTES` when to end at the latest, `CONVEY_TORTURE_SEED`
/// repeats what is drawn.
@Suite(.inTurn) struct CollectorKillTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let wanted = environment["CONVEY_COLLECTOR_KILLS"].flatMap { Int($0) } ?? 24
    private static let minutes =
        environment["CONVEY_COLLECTOR_KILL_MINUTES"].flatMap { Int($0) } ?? 60
    private static let seed =
        environment["CONVEY_TORTURE_SEED"].flatMap { UInt64($0) } ?? UInt64(getpid())
    /// Collectors that live at a time.
    private static let width = 3
    /// Deaths of one collector before its books are closed and a new one begins.
    private static let deathsMax = 100

    @Test(.timeLimit(.minutes(150)), arguments: Backend.ofPrograms)
    func nothingAcknowledgedIsLost(_ backend: Backend) async throws {
        print("CONVEY_TORTURE_SEED=\(Self.seed)")
        let stage = try await Stage.fresh(on: backend)
        let aggregator = try await stage.startAggregator()
        let shares = Shares(wanted: Self.wanted, until: .now + .seconds(60 * Self.minutes))
        do {
            try await withThrowingTaskGroup { group in
                for _ in 0..<Self.width {
                    group.addTask { try await Self.work(shares, on: stage) }
                }
                try await group.waitForAll()
            }
            let balance = try await stage.aggregator(["balance"])
            #expect(!balance.isEmpty)
        } catch {
            print("What the programs left lies in \(stage.folder).")
            await aggregator.crash()
            throw error
        }
        await aggregator.crash()
        try stage.remove()
        print(shares.report)
    }

    private static func work(_ shares: Shares, on stage: Stage) async throws {
        while let share = shares.next(atMost: min(deathsMax, max(4, wanted / width))) {
            let drawn = SeededRandom(seed: seed &* 1_000_003 &+ UInt64(share.number))
            let victim = try await Victim(share.number, on: stage, random: drawn)
            for _ in 0..<share.deaths { try await victim.liveAndDie() }
            shares.note(try await victim.closeBooks())
        }
    }
}

/// How the deaths are shared out, and what came of them.
private final class Shares: Sendable {
    private struct State {
        var left: Int
        var number = 0
        var sum = Victim.Tally()
    }

    private let state: Mutex<State>
    private let end: ContinuousClock.Instant

    init(wanted: Int, until end: ContinuousClock.Instant) {
        state = Mutex(State(left: wanted))
        self.end = end
    }

    /// The next collector's number and how often it is to die; nil when all have, or time is over.
    func next(atMost count: Int) -> (number: Int, deaths: Int)? {
        state.withLock { state in
            guard state.left > 0, ContinuousClock.now < end else { return nil }
            let deaths = min(count, state.left)
            state.left -= deaths
            state.number += 1
            return (state.number, deaths)
        }
    }

    func note(_ tally: Victim.Tally) { state.withLock { $0.sum.add(tally) } }

    var report: String {
        let state = state.withLock { $0 }
        return
            "\(state.sum.deaths) deaths of \(state.number) collectors (\(state.sum.early) before they "
            + "were ready, \(state.sum.late) while they stopped): \(state.sum.acknowledged) events "
            + "acknowledged, \(state.sum.unanswered) requests died with them."
    }
}

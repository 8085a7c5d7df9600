import Child
import Foundation
import Stage
import Synchronization
import TestSupport
import Testing

/// Goal: `kill -9` of either program at any moment costs nothing that was acknowledged, and nothing is
/// counted twice.
///
/// Method: shops bring events all the time and note an id only after its 2xx; after a random number
/// of answers one of the programs is killed and started again. At the end what was acknowledged is
/// held against what is stored. `CONVEY_TORTURE_KILLS` says how often, `CONVEY_TORTURE_SEED` repeats.
@Suite struct KillTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let kills = environment["CONVEY_TORTURE_KILLS"].flatMap { Int($0) } ?? 20
    private static let seed =
        environment["CONVEY_TORTURE_SEED"].flatMap { UInt64($0) } ?? UInt64(getpid())

    @Test(.timeLimit(.minutes(60))) func nothingAcknowledgedIsLost() async throws {
        print("CONVEY_TORTURE_SEED=\(Self.seed)")
        try await Rehearsal.run { rehearsal in
            let load = Load(rehearsal, seed: Self.seed)
            try await withThrowingTaskGroup { group in
                for number in 0..<4 { group.addTask { try await load.run(number) } }
                group.addTask { try await Self.kill(rehearsal, load) }
                try await group.waitForAll()
            }
            try await rehearsal.expectNothingLost(within: .seconds(180))
            let ledger = try await rehearsal.books.ledger()
            #expect(ledger.findings.isEmpty)
            #expect(ledger.rejected == 0 && ledger.gaps == 0)
            let told = rehearsal.tally.withLock { $0 }
            print(
                "\(Self.kills) kills: \(told.acknowledged.count) events acknowledged, "
                    + "\(told.retries) requests made again")
            #expect(told.retries > 0)
        }
    }

    private static func kill(_ rehearsal: Rehearsal, _ load: Load) async throws {
        defer { load.stop() }
        var random = SeededRandom(seed: seed)
        for _ in 0..<kills {
            await load.answers(Int.random(in: 1...60, using: &random))
            if Bool.random(using: &random) {
                try await rehearsal.collector.crash()
                try await rehearsal.startCollector()
            } else {
                try await rehearsal.aggregator.crash()
                try await rehearsal.startAggregator()
            }
        }
    }
}

/// Shops that bring visit after visit until they are told to stop.
final class Load: Sendable {
    private let rehearsal: Rehearsal
    private let seed: UInt64
    private let state = Mutex(State())

    private struct State {
        var isOver = false
        var visits = 0
        var watchers: [(visits: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    init(_ rehearsal: Rehearsal, seed: UInt64) { (self.rehearsal, self.seed) = (rehearsal, seed) }

    /// Brings visits, one after another.
    func run(_ number: Int) async throws {
        var visit: UInt64 = 0
        while !state.withLock({ $0.isOver }) {
            visit += 1
            let own = seed &* 1_000_003 &+ UInt64(number) << 32 &+ visit
            try await rehearsal.bring(visits: 1, seed: own, shop: number % 2)
            note()
        }
    }

    func stop() {
        let watchers = state.withLock { state in
            state.isOver = true
            defer { state.watchers = [] }
            return state.watchers
        }
        for watcher in watchers { watcher.continuation.resume() }
    }

    /// Returns after so many more visits were brought.
    func answers(_ count: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.watchers.append((state.visits + count, continuation))
            }
        }
    }

    private func note() {
        let ready = state.withLock { state in
            state.visits += 1
            let ready = state.watchers.filter { $0.visits <= state.visits }
            state.watchers.removeAll { $0.visits <= state.visits }
            return ready
        }
        for watcher in ready { watcher.continuation.resume() }
    }
}

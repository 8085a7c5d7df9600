import Child
import Foundation
import Stage
import Synchronization
import TestSupport
import Testing
import Troupe

/// Goal: `kill -9` of any program at any moment costs nothing that was acknowledged, and nothing is
/// counted twice.
///
/// Method: shops bring events all the time and note an id only after its 2xx; after a random number
/// of answers one of the programs is killed and started again. At the end what was acknowledged is
/// held against what is stored. `CONVEY_TORTURE_KILLS` says how often, `CONVEY_TORTURE_SEED` repeats.
@Suite(.inTurn) struct KillTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let kills = environment["CONVEY_TORTURE_KILLS"].flatMap { Int($0) } ?? 20
    private static let seed =
        environment["CONVEY_TORTURE_SEED"].flatMap { UInt64($0) } ?? UInt64(getpid())

    @Test(.timeLimit(.minutes(60)), arguments: Cast.all)
    func nothingAcknowledgedIsLost(_ cast: Cast) async throws {
        print("CONVEY_TORTURE_SEED=\(Self.seed)")
        let plan = Rehearsal.Plan(backend: cast.backend, aggregators: cast.aggregators)
        try await Rehearsal.run(plan) { rehearsal in
            try await Load.on(rehearsal, seed: Self.seed) { load in
                try await Self.kill(rehearsal, load)
            }
            try await rehearsal.expectNothingLost(within: .seconds(180))
            let ledger = try await rehearsal.books.ledger()
            #expect(ledger.findings.isEmpty)
            #expect(ledger.rejected == 0 && ledger.gaps == 0)
            let told = rehearsal.tally.withLock { $0 }
            print(
                "\(Self.kills) kills of \(cast): \(told.acknowledged.count) events acknowledged, "
                    + "\(told.retries) requests made again")
            #expect(told.retries > 0)
        }
    }

    private static func kill(_ rehearsal: Rehearsal, _ load: Load) async throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<kills {
            await load.answers(Int.random(in: 1...60, using: &random))
            // Of several aggregators one takes over what another has begun.
            let number = Int.random(in: 0...rehearsal.troupe.count, using: &random)
            if number == 0 {
                try await rehearsal.collector.crash()
                try await rehearsal.startCollector()
            } else {
                await rehearsal.troupe.crash(number)
                try await rehearsal.troupe.start(number)
            }
        }
    }
}

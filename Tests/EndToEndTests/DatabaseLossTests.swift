import Child
import Foundation
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: aggregators outlive their PostgreSQL. While it is away they say 503, afterwards they work by
/// themselves, and nothing that was acknowledged is lost or stored twice.
///
/// Method: three aggregators on a server of the test's own, under load of shops that note what they were
/// told. The server is stopped as by `pg_ctl stop -m immediate`, or killed with all of its processes, and
/// comes back; or a primary dies for good, and its synchronous standby, which the URL names, takes over.
/// `CONVEY_TORTURE_STOPS` says how often, `CONVEY_TORTURE_SEED` repeats what is drawn.
@Suite(.inTurn, .enabled(if: Backend.ofPrograms.count > 1))
struct DatabaseLossTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let stops = environment["CONVEY_TORTURE_STOPS"].flatMap { Int($0) } ?? 6
    private static let seed =
        environment["CONVEY_TORTURE_SEED"].flatMap { UInt64($0) } ?? UInt64(getpid())

    @Test(.timeLimit(.minutes(60))) func aServerThatIsDroppedAgainAndAgain() async throws {
        print("CONVEY_TORTURE_SEED=\(Self.seed)")
        let directory = try TemporaryDirectory()
        let server = try await TestPostgres.start(in: directory)
        let place = StageDatabase.postgres(url: server.url(database: "convey"))
        try await Rehearsal.run(.init(database: place, aggregators: 3)) { rehearsal in
            let readiness = Readiness(rehearsal)
            var random = SeededRandom(seed: Self.seed)
            try await Load.on(rehearsal, seed: Self.seed) { load in
                for _ in 0..<Self.stops {
                    await load.answers(Int.random(in: 1...40, using: &random))
                    if Bool.random(using: &random) {
                        await server.stop(.immediate)
                    } else {
                        try await server.crash()
                    }
                    try await readiness.expectRefusals()
                    try await server.start()
                    try await readiness.expectRecovery()
                }
            }
            try await Self.expectNothingLost(rehearsal)
        }
        await server.stop(.immediate)
    }

    @Test(.timeLimit(.minutes(10))) func aPrimaryThatDiesForGood() async throws {
        print("CONVEY_TORTURE_SEED=\(Self.seed)")
        let pair = try await TestPostgresPair()
        let place = StageDatabase.postgres(url: pair.url)
        try await Rehearsal.run(.init(database: place, aggregators: 3)) { rehearsal in
            let readiness = Readiness(rehearsal)
            try await Load.on(rehearsal, seed: Self.seed) { load in
                await load.answers(30)
                try await pair.primary.crash()
                try await readiness.expectRefusals()
                // The shops go on: what they bring waits at the edge.
                await load.answers(10)
                try await pair.standby.promote()
                try await readiness.expectRecovery()
                await load.answers(30)
            }
            try await Self.expectNothingLost(rehearsal)
        }
        await pair.standby.stop(.immediate)
    }

    private static func expectNothingLost(_ rehearsal: Rehearsal) async throws {
        try await rehearsal.expectNothingLost(within: .seconds(180))
        let ledger = try await rehearsal.books.ledger()
        #expect(ledger.findings.isEmpty)
        #expect(ledger.rejected == 0 && ledger.gaps == 0)
        // None ended and came again: nobody would have started it.
        for number in 1...rehearsal.troupe.count {
            #expect(rehearsal.troupe.isRunning(number), "aggregator \(number) ended")
        }
    }
}

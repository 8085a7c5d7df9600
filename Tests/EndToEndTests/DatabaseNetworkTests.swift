import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: whatever lies between an aggregator and its PostgreSQL, requests are answered in bounded time,
/// with 503 where it must be, and everything goes on by itself once the trouble is over.
///
/// Method: the server is reached by a wire of the test's, which misbehaves until the aggregator has said
/// 503, and then heals; or all connections of the pool wait for a lock that the test holds.
@Suite(.inTurn, .enabled(if: Backend.ofPrograms.count > 1))
struct DatabaseNetworkTests {
    /// Long enough for every bound of the program's own, short of for ever.
    private static let answerWithin: Duration = .seconds(35)

    @Test(
        .timeLimit(.minutes(10)),
        arguments: [BadWire.Trouble.halfOpen, .stall(after: 0), .reset(after: 0)])
    func aNetworkThatFails(_ trouble: BadWire.Trouble) async throws {
        let wire = try BadWire()
        try await Self.run(over: wire) { rehearsal, _ in
            let readiness = Readiness(rehearsal)
            try await rehearsal.bring(visits: 5, seed: 1)
            try await rehearsal.books.settled(within: .seconds(60))
            wire.set(trouble)
            if case .reset = trouble { wire.hangUp() }
            try await rehearsal.bring(visits: 10, seed: 2)
            // More at a time than the pool has connections.
            let answers = try await withThrowingTaskGroup(of: (Int, Duration).self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        let start = ContinuousClock.now
                        let status = try await readiness.answer(of: 1).status
                        return (status, ContinuousClock.now - start)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.contains { $0.0 == 503 })
            #expect(answers.allSatisfy { $0.1 < Self.answerWithin }, "\(answers.map(\.1))")
            wire.set(.none)
            wire.hangUp()
            try await readiness.expectRecovery()
            try await rehearsal.expectNothingLost(within: .seconds(120))
            #expect(rehearsal.troupe.isRunning(1))
        }
        wire.cut()
    }

    /// The wire goes silent for good, and the next connection finds another way, as after a failover of
    /// whatever stands between: nothing but the aggregator's own bounds ends what waits.
    @Test(.timeLimit(.minutes(10))) func aPeerThatNeverAnswersAgain() async throws {
        let wire = try BadWire()
        try await Self.run(over: wire) { rehearsal, server in
            let readiness = Readiness(rehearsal)
            try await rehearsal.bring(visits: 5, seed: 1)
            try await rehearsal.books.settled(within: .seconds(60))
            wire.forsake()
            try await rehearsal.bring(visits: 10, seed: 2)
            try await readiness.expectRecovery(within: .seconds(120))
            try await rehearsal.expectNothingLost(within: .seconds(120))
        }
        wire.cut()
    }

    @Test(.timeLimit(.minutes(15))) func aPoolThatIsUsedUp() async throws {
        let wire = try BadWire()
        try await Self.run(over: wire) { rehearsal, server in
            let readiness = Readiness(rehearsal)
            try await rehearsal.bring(visits: 5, seed: 1)
            try await rehearsal.books.settled(within: .seconds(60))
            let before = try await readiness.metric(
                "convey_store_wait_expired_total", of: 1)
            let lock = try await HeldLock.take(
                "LOCK TABLE chunk IN ACCESS EXCLUSIVE MODE", on: server)
            try await rehearsal.bring(visits: 10, seed: 2)
            let refused = try await Patience.ask(within: .seconds(60)) {
                let start = ContinuousClock.now
                let answer = try await readiness.answer(of: 1)
                return (answer, ContinuousClock.now - start)
            } until: { answer, _ in
                answer.status == 503
            }
            #expect(refused.0.status == 503 && refused.0.headers["Retry-After"] != nil)
            #expect(refused.1 < Readiness.refusalWithin, "\(refused.1)")
            let after = try await readiness.metric("convey_store_wait_expired_total", of: 1)
            #expect(after > before)
            try await lock.release()
            try await readiness.expectRecovery()
            try await rehearsal.expectNothingLost(within: .seconds(120))
        }
        wire.cut()
    }

    private static func run(
        over wire: BadWire, _ test: (Rehearsal, PostgresServer) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        var options = PostgresServerOptions()
        options.port = try FreePort.pick()
        let server = try await TestPostgres.start(in: directory, options)
        wire.lead(to: UInt16(options.port ?? 0))
        let place = StageDatabase.postgres(
            url: "postgres://convey@127.0.0.1:\(wire.port)/convey?sslmode=disable")
        var plan = Rehearsal.Plan(database: place)
        plan.aggregatorEnvironment = ["CONVEY_AGGREGATOR_DATABASE_CONNECTIONS": "2"]
        try await Rehearsal.run(plan) { try await test($0, server) }
        await server.stop(.immediate)
    }
}

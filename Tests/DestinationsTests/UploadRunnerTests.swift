import ConveyProtocol
import Store
import TestSupport
import Testing
import Time

@testable import Destinations

/// Goal: one upload's life, from wish to verdict, is what an operator would expect. Method: the real
/// queue and runner on a database, a platform in memory, a clock moved by hand.
@Suite struct UploadRunnerTests {
    static let first = "\(Sample.siteA).1001"

    @Test(arguments: Backend.all) func confirmsAnOrder(_ backend: Backend) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        #expect(try await bench.wish(Sample.wish()) == .due)
        let runner = try await bench.runner()
        await bench.settle(runner)
        #expect(try await bench.states(ofConversion: 1) == ["accepted"])
        await bench.pass(runner, hours: 1)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed"])
        #expect(bench.records() == [Self.first: [100]])
    }

    @Test(arguments: Backend.all) func sendsARefundOnlyAfterTheConfirmation(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        let runner = try await bench.runner()
        await bench.settle(runner)
        try await bench.wish(
            Sample.wish(version: 2) { $0.standing = .withdrawn(reason: "refunded") })
        await bench.settle(runner)
        #expect(
            try await bench.states(ofConversion: 1) == ["accepted", "held: earlier_version"])
        await bench.pass(runner, hours: 2)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed", "confirmed"])
        #expect(bench.records()[Self.first] == [100, 0])
    }

    @Test(arguments: Backend.all) func neverSendsARefundOfWhatTheQueueStillHolds(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        try await bench.wish(
            Sample.wish(version: 2) { $0.standing = .withdrawn(reason: "refunded") })
        await bench.pass(try await bench.runner(), hours: 2)
        #expect(
            try await bench.states(ofConversion: 1)
                == ["cancelled: superseded", "cancelled: withdrawn"])
        #expect(bench.records().isEmpty)
    }

    @Test(arguments: Backend.all) func sendsOnlyTheNewestOfVersionsThatWaited(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        for version in 1...5 {
            try await bench.wish(Sample.wish(version: version).worth(Int64(100 - version)))
        }
        await bench.pass(try await bench.runner(), hours: 2)
        #expect(bench.records()[Self.first] == [95])
    }

    @Test(arguments: Backend.all) func keepsTwoShopsWithTheSameOrderNumbersApart(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish(1, site: (1, Sample.siteA), order: "1001"))
        try await bench.wish(Sample.wish(2, site: (2, Sample.siteB), order: "1001"))
        await bench.pass(try await bench.runner(), hours: 2)
        #expect(bench.records().keys.sorted() == ["\(Sample.siteA).1001", "\(Sample.siteB).1001"])
    }

    @Test(arguments: Backend.all) func refusesAnotherConversionsTransactionID(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish(1, order: "1001"))
        let runner = try await bench.runner()
        await bench.settle(runner)
        try await bench.wish(Sample.wish(2, order: "1001"))
        await bench.pass(runner, hours: 1)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed"])
        #expect(try await bench.states(ofConversion: 2) == ["rejected: transaction_id_taken"])
    }

    @Test(arguments: Backend.all) func holdsAYoungClickUntilItsTime(_ backend: Backend) async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        let click = Sample.now - .seconds(3600)
        var young = UploadWish(
            Sample.wish().subject, at: click + .seconds(60), value: Sample.euro(100), .counts)
        young.adUserData = .granted
        young.clicks = [UploadClick(.gclid, Sample.gclid, at: click)]
        #expect(try await bench.wish(young) == .held)
        let runner = try await bench.runner()
        bench.clock.advance(by: .seconds(18_900 - 1))
        await bench.settle(runner)
        #expect(try await bench.states(ofConversion: 1) == ["held: too_recent_click"])
        bench.clock.advance(by: .seconds(1))
        await bench.settle(runner)
        #expect(try await bench.states(ofConversion: 1) == ["accepted"])
    }

    // MARK: Trouble

    @Test(arguments: Backend.all) func aWrongCredentialHoldsItsDestinationAlone(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        bench.platform.set { $0.credentialIsGood = false }
        let runner = try await bench.runner()
        await bench.settle(runner)
        let held = try await bench.current()
        #expect(held.hold?.code == "credential")
        #expect(held.hold?.detail == "UNAUTHENTICATED")
        #expect(held.hold?.until == bench.now + .seconds(900))
        #expect(try await bench.states(ofConversion: 1) == ["due"])
        bench.platform.set { $0.credentialIsGood = true }
        bench.clock.advance(by: .seconds(901))
        await bench.settle(runner)
        #expect(try await bench.current().hold == nil)
        #expect(try await bench.states(ofConversion: 1) == ["accepted"])
    }

    @Test(arguments: Backend.all) func aDeadDestinationDelaysNoOther(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        let alive = SimulatedPlatform(clock: bench.clock.wall)
        try await bench.destination("Dead", action: "1")
        try await bench.destination("Alive", action: "2")
        var tools = bench.tools
        let dead = bench.platform
        tools = UploadTools(
            store: bench.store, sealing: bench.tools.sealing, verdicts: Bench.verdicts,
            log: bench.tools.log, metrics: bench.tools.metrics
        ) { destination, _ in destination.name == "Dead" ? dead : alive }
        (tools.clock, tools.ticks) = (bench.clock.wall, bench.clock)
        dead.set { $0.isAway = true }
        for name in ["Dead", "Alive"] { try await bench.wish(Sample.wish(), for: name) }
        for name in ["Dead", "Alive"] {
            await bench.settle(try await bench.runner(name, with: tools))
        }
        #expect(try await bench.states(ofConversion: 1, at: "Dead") == ["due"])
        #expect(try await bench.states(ofConversion: 1, at: "Alive") == ["accepted"])
    }

    @Test(arguments: Backend.all, [true, false]) func isolatesWhatSpoilsARequest(
        _ backend: Backend, pointsAtRecords: Bool
    ) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        for order in 1...50 { try await bench.wish(Sample.wish(Int64(order))) }
        bench.platform.set {
            $0.refused = [
                "\(Sample.siteA).1007": "INVALID_CURRENCY_CODE",
                "\(Sample.siteA).1033": "INVALID_CURRENCY_CODE",
            ]
            $0.pointsAtRecords = pointsAtRecords
        }
        await bench.pass(try await bench.runner(), hours: 2)
        #expect(
            try await bench.states(ofConversion: 7) == ["rejected: INVALID_CURRENCY_CODE"])
        #expect(
            try await bench.states(ofConversion: 33) == ["rejected: INVALID_CURRENCY_CODE"])
        #expect(bench.records().count == 48)
        #expect(bench.platform.records.values.allSatisfy { $0.values.count == 1 })
    }

    @Test(arguments: Backend.all, [true, false]) func findsTheRecordsBehindAVerdict(
        _ backend: Backend, pointsAtRecords: Bool
    ) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        for order in 1...20 {
            try await bench.wish(
                Sample.wish(Int64(order)) {
                    $0.clicks = [
                        UploadClick(.gclid, "\(Sample.gclid)-\(order)", at: $0.clicks[0].at)
                    ]
                })
        }
        bench.platform.set {
            $0.badClicks = ["\(Sample.gclid)-3": "INVALID_GCLID", "\(Sample.gclid)-4": "MISMATCH"]
            $0.pointsAtRecords = pointsAtRecords
        }
        await bench.pass(try await bench.runner(), hours: 12)
        #expect(try await bench.states(ofConversion: 3) == ["rejected: INVALID_GCLID"])
        #expect(try await bench.states(ofConversion: 4) == ["held: MISMATCH"])
        for order in 5...20 {
            #expect(try await bench.states(ofConversion: Int64(order)) == ["confirmed"])
        }
        #expect(bench.platform.records.count == 18)
        #expect(bench.platform.records.values.allSatisfy { $0.count == 1 })
    }

    @Test(arguments: Backend.all) func aDenialStopsWhatMayNotHaveArrived(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        bench.platform.set { $0.faults = [.lostBefore] }
        let runner = try await bench.runner()
        await bench.settle(runner)
        #expect(try await bench.states(ofConversion: 1) == ["sending"])
        try await bench.wish(Sample.wish(version: 2) { $0.adUserData = .denied })
        await bench.pass(runner, hours: 2)
        #expect(
            try await bench.states(ofConversion: 1)
                == ["unknown: consent_denied", "cancelled: consent_denied"])
        #expect(bench.records().isEmpty)
    }

    /// The platform took it, and our disk failed right after: nobody may take it for unsent.
    @Test(arguments: Backend.all) func anAnswerThatCannotBeWrittenDownIsALostAnswer(
        _ backend: Backend
    ) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        try await bench.store.write { try $0.execute(Self.failingDisk) }
        let runner = try await bench.runner()
        _ = await runner.send()
        try await bench.store.write { try $0.execute(Self.mendedDisk) }
        bench.platform.set { $0.credentialIsGood = false }
        _ = await runner.send()
        try await bench.wish(
            Sample.wish(version: 2) { $0.standing = .withdrawn(reason: "refunded") })
        #expect(
            try await bench.states(ofConversion: 1) == ["sending", "held: earlier_version"])
        bench.platform.set { $0.credentialIsGood = true }
        await bench.pass(runner, hours: 4)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed", "confirmed"])
        #expect(bench.platform.records[Self.first]?.values.last == 0)
    }

    /// Killed between the platform's answer and our record of it; then the credential fails, and the
    /// order is refunded: it must not be taken for unsent.
    @Test(arguments: Backend.all, [SimulatedPlatform.Fault.diesBefore, .diesAfter])
    func whatWasOnItsWayAtAKillMayHaveArrived(_ backend: Backend, fault: SimulatedPlatform.Fault)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        let killed = try await bench.runner()
        bench.platform.set { $0.faults = [fault] }
        let step = Task { await killed.send() }
        bench.platform.whenDying { step.cancel() }
        _ = await step.value
        let runner = try await bench.runner()
        bench.platform.set { $0.credentialIsGood = false }
        await bench.settle(runner)
        try await bench.wish(
            Sample.wish(version: 2) { $0.standing = .withdrawn(reason: "refunded") })
        #expect(
            try await bench.states(ofConversion: 1) == ["sending", "held: earlier_version"])
        bench.platform.set { $0.credentialIsGood = true }
        await bench.pass(runner, hours: 4)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed", "confirmed"])
        #expect(bench.platform.records[Self.first]?.values.last == 0)
        #expect(bench.platform.records[Self.first]?.values.first != 0)
    }

    /// A trigger of PostgreSQL calls a function.
    private static let failingDisk = SQL(
        sqlite: """
            CREATE TRIGGER failing_disk BEFORE INSERT ON upload_attempt
            BEGIN SELECT RAISE(ABORT, 'the disk failed'); END
            """,
        postgres: """
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE 'the disk failed' USING ERRCODE = '58030'; END $$;
            CREATE TRIGGER failing_disk BEFORE INSERT ON upload_attempt EXECUTE FUNCTION fail()
            """)
    private static let mendedDisk = SQL(
        sqlite: "DROP TRIGGER failing_disk",
        postgres: "DROP TRIGGER failing_disk ON upload_attempt; DROP FUNCTION fail()")

    // MARK: Modes

    @Test(arguments: Backend.all) func observesAndShowsWhatWouldLeave(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination(mode: .observe)
        try await bench.wish(Sample.wish())
        await bench.pass(try await bench.runner(), hours: 2)
        #expect(try await bench.states(ofConversion: 1) == ["held: mode_observe"])
        #expect(bench.platform.batches.isEmpty)
    }

    @Test(arguments: Backend.all) func validatesThenGoesLiveFromAnInstant(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination(mode: .validate)
        try await bench.wish(Sample.wish(1))
        let runner = try await bench.runner()
        await bench.pass(runner, hours: 1)
        #expect(try await bench.states(ofConversion: 1) == ["held: mode_validate"])
        #expect(bench.platform.batches.map(\.validateOnly) == [true])
        #expect(bench.records().isEmpty)
        try await bench.write { tenant, now in
            let table = DestinationTable(tenant, at: now)
            try table.set(.live, of: try table.named("Google"))
        }
        await bench.settle(runner)
        #expect(try await bench.states(ofConversion: 1) == ["held: before_live"])
        try await bench.write { tenant, now in
            let table = DestinationTable(tenant, at: now)
            try table.backfill(try table.named("Google"), from: now - .seconds(10 * 86_400))
        }
        await bench.pass(runner, hours: 2)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed"])
    }
}

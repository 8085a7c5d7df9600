import TestSupport
import Testing
import Time

@testable import Destinations

/// Goal: an outage leaves no doubt behind: what never left can still be cancelled or changed. Method:
/// the real queue and runner, a platform that is not there.
@Suite struct UnreachedTests {
    @Test(arguments: Backend.all) func anOrderWithdrawnDuringAnOutageIsNeverSent(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        bench.platform.set { $0.isAway = true }
        let runner = try await bench.runner()
        await bench.settle(runner)
        try await bench.wish(
            Sample.wish(version: 2) { $0.standing = .withdrawn(reason: "refunded") })
        bench.platform.set { $0.isAway = false }
        await bench.pass(runner, hours: 2)
        let states = try await bench.states(ofConversion: 1)
        #expect(states == ["cancelled: superseded", "cancelled: withdrawn"])
        #expect(bench.records().isEmpty)
    }

    @Test(arguments: Backend.all) func aLostAnswerLeavesADoubtThatIsResolvedFirst(
        _ backend: Backend
    ) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        bench.platform.set { $0.faults = [.lostAfter] }
        let runner = try await bench.runner()
        await bench.settle(runner)
        try await bench.wish(
            Sample.wish(version: 2) { $0.standing = .withdrawn(reason: "refunded") })
        await bench.pass(runner, hours: 3)
        #expect(bench.records()[UploadRunnerTests.first] == [100, 100, 0])
    }

    @Test(arguments: Backend.all) func theOutageIsShownAndPasses(_ backend: Backend) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        bench.platform.set { $0.isAway = true }
        let runner = try await bench.runner()
        await bench.settle(runner)
        bench.platform.set { $0.isAway = false }
        await bench.pass(runner, hours: 2)
        let record = try await bench.write { tenant, _ in
            try UploadRecords(tenant, Bench.verdicts).ofConversion(1).first
        }
        #expect(record?.state == .confirmed)
        #expect(record?.attempts.first?.outcome == "unreached")
    }
}

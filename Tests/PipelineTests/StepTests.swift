import AggregatorBench
import ConveyProtocol
import Foundation
import Pipeline
import Sites
import Store
import Synchronization
import TestSupport
import Testing
import Time
import Timeline

/// Goal: every step can die and be asked again, holds up nothing, and does what settings say now.
/// Method: real batches into a store in memory; what came of them is read as operators read it.
@Suite struct StepTests {
    /// The files as they are whenever a step looks at the clock, which each does before it writes.
    private final class Photographer: WallClock {
        private let truth: ManualClock.Wall
        private let directory: String
        private let copies = Mutex<[TemporaryDirectory]>([])

        init(of bench: PipelineBench) {
            truth = bench.clock.wall
            directory = bench.ingest.temporary.directory.path
        }

        var pictures: [TemporaryDirectory] { copies.withLock { $0 } }

        func now() -> Timestamp {
            if let copy = try? TemporaryDirectory(in: PipelineBench.root) {
                for name in ["convey.db", "convey.db-wal"] {
                    let source = directory + "/" + name
                    try? FileManager.default.copyItem(atPath: source, toPath: copy.file(name))
                }
                copies.withLock { $0.append(copy) }
            }
            return truth.now()
        }
    }

    @Test(arguments: [UInt64(3), 8, 12])
    func deathBetweenAnyTwoTransactionsChangesNothing(_ seed: UInt64) async throws {
        let world = World(seed: seed)
        let expected = try await ArrivalTests.outcome(
            .sqlite, of: world, Course(reference: world), uploads: true)
        let bench = try await PipelineBench(.sqlite, limits: world.limits)
        for (site, policy) in world.policies { try await bench.set(policy, ofSite: site) }
        for organization in Int64(1)...2 {
            for collector in 0...2 {
                let own = world.copies.filter { copy in
                    BenchPlan.organization(ofSite: copy.site) == organization
                        && (copy.pinned ?? 0) == collector
                }
                guard !own.isEmpty else { continue }
                try await bench.deliver(own, of: organization, from: collector)
            }
        }
        let photographer = Photographer(of: bench)
        await bench.pipeline(by: photographer).drain()
        let pictures = photographer.pictures
        #expect(pictures.count > 5)
        for (number, picture) in pictures.enumerated() {
            let other = try await PipelineBench(
                TemporaryStore(directory: picture), limits: world.limits)
            // What the dead one had claimed comes free.
            other.clock.setWall(PipelineBench.start + .seconds(61))
            await other.pipeline().drain()
            other.clock.setWall(PipelineBench.start + .seconds(12 * 3_600))
            await other.pipeline().drain()
            let outcome = try await Outcome(other, uploads: true)
            let difference = outcome.difference(from: expected).map { $0.prefix(300) }
            #expect(difference.isEmpty, "after \(number) of \(pictures.count) looks at the clock")
        }
    }

    @Test(arguments: Backend.all) func aChunkThatIsCommittedLateIsFound(_ backend: Backend)
        async throws
    {
        let bench = try await PipelineBench(backend)
        try await bench.deliver([.click("c", of: "v", at: 9 * 86_400)])
        let late = try await bench.ingest.numbers(SQL("SELECT chunk FROM work"))
        // A writer that took its number first and has not committed.
        _ = try await bench.store.write { tx in
            try tx.run(SQL("CREATE TABLE uncommitted AS SELECT * FROM work"))
            try tx.run(SQL("DELETE FROM work"))
        }
        try await bench.deliver([.paid("p", order: "1", of: "v")], from: 1)
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.clicked) == [0])
        _ = try await bench.store.write { tx in
            try tx.run(SQL("INSERT INTO work SELECT * FROM uncommitted"))
        }
        await bench.pipeline().drain()
        #expect(late.count == 1)
        #expect(try await bench.ingest.numbers(Self.clicked) == [1])
    }

    private static let clicked = SQL("SELECT count(*) FROM credit WHERE kind = 'ad_click'")

    @Test(arguments: Backend.all) func anOrderThatCannotBeJudgedHoldsUpNoOther(_ backend: Backend)
        async throws
    {
        let bench = try await PipelineBench(backend)
        try await bench.deliver([
            .paid("p1", order: "1"), .paid("p2", order: "2"), .paid("p3", order: "3"),
        ])
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.inForce) == [3])
        _ = try await bench.store.write { tx in
            try tx.run(SQL("CREATE TABLE whole AS SELECT number, body FROM fact"))
            try tx.run(SQL("UPDATE fact SET body = $1 WHERE number = 1"), .bytes([0]))
        }
        var policy = SitePolicy()
        policy.countingStates = ["authorized"]
        try await bench.set(policy, ofSite: 1)
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.inForce) == [1])
        #expect(bench.complaintsSoFar.count == 1, "\(bench.complaintsSoFar)")
        _ = try await bench.store.write { tx in
            try tx.run(
                SQL(
                    """
                    UPDATE fact SET body = (SELECT body FROM whole WHERE whole.number = 1)
                    WHERE number = 1
                    """))
        }
        // Nobody asks again before its time.
        bench.clock.setWall(bench.now + .seconds(59))
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.inForce) == [1])
        bench.clock.setWall(bench.now + .seconds(1))
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.inForce) == [0])
        #expect(bench.complaintsSoFar.count == 1)
    }

    @Test(arguments: Backend.all) func anotherPolicyJudgesWhatIsThereAnew(_ backend: Backend)
        async throws
    {
        let bench = try await PipelineBench(backend)
        var policy = SitePolicy()
        try await bench.deliver([
            .click("c", of: "v", at: 86_400), .paid("p", order: "1", of: "v"),
        ])
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.clicked) == [1])
        policy.windowDays = 7
        try await bench.set(policy, ofSite: 1)
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.clicked) == [0])
        policy.countingStates = ["authorized"]
        try await bench.set(policy, ofSite: 1)
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.inForce) == [0])
        try await bench.set(SitePolicy(), ofSite: 1)
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.inForce) == [1])
        #expect(try await bench.ingest.numbers(Self.clicked) == [1])
    }

    private static let inForce = SQL(
        "SELECT count(*) FROM conversions_current WHERE retired_at_us IS NULL")

    // MARK: Settling

    @Test(arguments: Backend.all) func settlesWhenEveryCollectorIsPastTheOrder(_ backend: Backend)
        async throws
    {
        let bench = try await PipelineBench(backend)
        let at: Int64 = 10 * 86_400
        try await bench.deliver([.paid("p", order: "1", at: at)], pendingFrom: at + 301)
        try await bench.deliver([], from: 1, pendingFrom: at + 301)
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.settled) == [0])
        // Exactly five minutes are not past.
        try await bench.deliver([], from: 2, pendingFrom: at + 300)
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.settled) == [0])
        bench.clock.setWall(bench.now + .seconds(1))
        try await bench.deliver([], from: 2, pendingFrom: at + 301)
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.settled) == [1])
    }

    @Test(arguments: Backend.all) func settlesWhenTheGracePeriodIsOver(_ backend: Backend)
        async throws
    {
        let bench = try await PipelineBench(backend)
        try await bench.deliver([
            .click("c", of: "v", at: 9 * 86_400), .paid("p", order: "1", of: "v"),
        ])
        await bench.pipeline().drain()
        bench.clock.setWall(PipelineBench.start + .seconds(3_599))
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.settled) == [0])
        #expect(try await bench.ingest.numbers(Self.due) == [0])
        bench.clock.setWall(PipelineBench.start + .seconds(3_600))
        await bench.pipeline().drain()
        #expect(try await bench.ingest.numbers(Self.settled) == [1])
        #expect(try await bench.ingest.numbers(Self.due) == [2])
    }

    private static let settled = SQL(
        "SELECT count(*) FROM conversions_current WHERE settled_at_us IS NOT NULL")
    private static let due = SQL("SELECT count(*) FROM upload WHERE state = 'due'")

    // MARK: Tenants

    @Test(arguments: Backend.all) func nothingOfAnotherOrganizationMatters(_ backend: Backend)
        async throws
    {
        let bench = try await PipelineBench(backend)
        let ours: [WorldEvent] = [
            .click("c", of: "v", at: 9 * 86_400), .paid("p", order: "1", of: "v"),
        ]
        try await bench.deliver(ours)
        await bench.pipeline().drain()
        let alone = try await Outcome(bench, uploads: true)
        let theirs: [WorldEvent] = [
            .click("c", of: "v", at: 8 * 86_400, site: 3),
            .click("d", of: "v", at: 7 * 86_400, site: 3),
            .paid("p", order: "1", "55.00", of: "v", site: 3),
        ]
        try await bench.deliver(theirs, of: 2)
        await bench.pipeline().drain()
        let both = try await Outcome(bench, uploads: true)
        let added = both.lines.filter { !alone.lines.contains($0) }
        #expect(alone.lines.allSatisfy(both.lines.contains))
        #expect(!added.isEmpty && added.allSatisfy { $0.hasPrefix("2 ") })
        let own = alone.lines.filter { $0.contains(" conversion ") }
            .compactMap { $0.split(separator: " ").dropFirst(2).first }
        #expect(own.count == 1 && added.allSatisfy { !$0.contains(own[0]) })
        #expect(!added.contains { $0.contains(BenchPlan.site(1).description) })
    }
}

import AggregatorBench
import ConveyProtocol
import Foundation
import Ingest
import Pipeline
import Sites
import Store
import Synchronization
import Tenancy
import TestSupport
import Testing
import Time

/// Goal: any number of ingests and pipelines at once on one PostgreSQL come to what one at a time comes
/// to, whoever dies; and no stage passes over what becomes visible late. Method: made-up worlds by seed,
/// each collector's batches in its own task, settings changed meanwhile, pipelines of two processes, and
/// a third whose connections are cut again and again; held locks and transactions for single cases.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SharedTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func manyAtOnceComeToWhatOneComesTo(seed: UInt64) async throws {
        let world = World(seed: seed)
        let expected = try await Crowd(.sqlite, world, Course(reference: world)).serial()
        let crowd = try await Crowd(.postgres, world, Course(of: world, seed: seed &* 77))
        let outcomes = try await crowd.atOnce()
        for (outcome, expected) in zip(outcomes, expected) {
            let difference = outcome.difference(from: expected).map { $0.prefix(250) }
            #expect(difference.isEmpty, "seed \(seed)")
        }
        #expect(try await Balance(crowd.bench.store).sheet().isBalanced)
        #expect(crowd.bench.complaintsSoFar.isEmpty, "\(crowd.bench.complaintsSoFar)")
    }

    /// The chunk has a number below all others and is in nobody's snapshot until all others are done.
    @Test func aBatchHeldOpenIsPassedOverByNoStage() async throws {
        let bench = try await PipelineBench(.postgres)
        let database = try #require(bench.ingest.temporary.database)
        let late = BenchPlan.collectors(of: 1)[1]
        try database.query(Self.hold.replacingOccurrences(of: "LATE", with: "\(late)"))
        let (isHeld, mayGo) = (AsyncStream<Void>.makeStream(), Latch())
        let holder = Task {
            try await bench.store.write { tx in
                try tx.run(Self.takeLock)
                isHeld.continuation.finish()
                mayGo.wait()
            }
        }
        for await _ in isHeld.stream {}
        let open = Task { try await bench.deliver([.click("c", of: "v", at: 9 * 86_400)], from: 1) }
        while try database.query(Self.waiting) != "1" { await Task.yield() }

        let pipelines = [bench.pipeline(), bench.pipeline()]
        try await bench.deliver([.paid("p", order: "1", of: "v")])
        for number in 2...20 {
            try await bench.deliver([.paid("p\(number)", order: "\(number)", of: "w\(number)")])
            for pipeline in pipelines { await pipeline.drain() }
        }
        #expect(try await bench.ingest.numbers(Self.orders) == [20])
        #expect(try await bench.ingest.numbers(Self.clicks) == [0])
        #expect(try await bench.ingest.numbers(Self.work) == [0])

        mayGo.open()
        try await holder.value
        try await open.value
        for pipeline in pipelines { await pipeline.drain() }
        #expect(try await bench.ingest.numbers(Self.clicks) == [1])
        #expect(try await bench.ingest.numbers(Self.work) == [0])
    }

    /// Lets the batches of one collector wait at the end of their transactions.
    private static let hold = """
        CREATE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF (SELECT e.collector FROM chunk c JOIN ledger_epoch e
                ON e.organization = c.organization AND e.number = c.epoch
                WHERE c.organization = NEW.organization AND c.number = NEW.chunk) = LATE
            THEN PERFORM pg_advisory_xact_lock_shared(42); END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER hold_back AFTER INSERT ON work FOR EACH ROW EXECUTE FUNCTION hold_back()
        """
    private static let waiting = """
        SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """
    private static let takeLock = SQL("SELECT pg_advisory_xact_lock(42)")
    private static let orders = SQL("SELECT count(*) FROM merged_order")
    private static let clicks = SQL("SELECT count(*) FROM credit WHERE kind = 'ad_click'")
    private static let work = SQL("SELECT count(*) FROM work")

    /// What a site is judged by changes while an order is judged: the order is judged again.
    @Test func aPolicyIsNotOvertaken() async throws {
        let bench = try await PipelineBench(.postgres)
        let database = try #require(bench.ingest.temporary.database)
        let (isJudging, mayGo) = (AsyncStream<Void>.makeStream(), Latch())
        let judge = Task {
            try await bench.store.write { tx in
                try TenantTransaction(tx, organization: 1).shareSettings()
                isJudging.continuation.finish()
                mayGo.wait()
            }
        }
        for await _ in isJudging.stream {}
        let isChanged = Flag()
        async let change: Void = {
            var policy = SitePolicy()
            policy.windowDays = 7
            try await bench.set(policy, ofSite: 1)
            isChanged.raise()
        }()
        while try database.query(Self.waiting) != "1" { await Task.yield() }
        #expect(!isChanged.isUp)
        mayGo.open()
        try await judge.value
        try await change
        #expect(isChanged.isUp)
    }

    /// A site that somebody works on is passed over, and everything else goes on.
    @Test func aHeldSiteHoldsUpNoOther() async throws {
        let bench = try await PipelineBench(.postgres)
        let (isHeld, mayGo) = (AsyncStream<Void>.makeStream(), Latch())
        let holder = Task {
            try await bench.store.write { tx in
                let tenant = TenantTransaction(tx, organization: 1)
                let isFree = try tenant.tryLock("fold", 1)
                #expect(isFree)
                isHeld.continuation.finish()
                mayGo.wait()
            }
        }
        for await _ in isHeld.stream {}
        try await bench.deliver([.paid("other", order: "7", at: 10 * 86_400, site: 3)], of: 2)
        try await bench.deliver([.paid("mine", order: "8", at: 10 * 86_400, site: 2)])
        let pipeline = bench.pipeline()
        await pipeline.drain()
        #expect(try await bench.ingest.numbers(Self.orders) == [2])
        try await bench.deliver([.paid("held", order: "9")], from: 1)
        // The chunk waits for its site at last; whoever has the site lets it go then.
        let turn = Task { await pipeline.drain() }
        let database = try #require(bench.ingest.temporary.database)
        while try database.query(Self.waiting) != "1" { await Task.yield() }
        mayGo.open()
        try await holder.value
        await turn.value
        #expect(try await bench.ingest.numbers(Self.orders) == [3])
    }
}

/// Raised once, seen by all.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isUp: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
}

/// A world that comes in by all its collectors at once, and what works on it meanwhile.
private struct Crowd {
    let world: World
    let bench: PipelineBench
    /// By organization and collector.
    private let batches: [[Int]: [[Int]]]
    private let seed: UInt64

    init(_ backend: Backend, _ world: World, _ course: Course) async throws {
        self.world = world
        seed = course.seed
        bench = try await PipelineBench(backend, limits: world.limits)
        var batches: [[Int]: [[Int]]] = [:]
        for case .batch(let places, let collector) in course.steps {
            guard let first = places.first else { continue }
            let organization = BenchPlan.organization(ofSite: world.copies[first].site)
            batches[[Int(organization), collector], default: []].append(places)
        }
        self.batches = batches
    }

    /// One thing after the other, by one pipeline.
    func serial() async throws -> [Outcome] {
        for (site, policy) in world.policies { try await bench.set(policy, ofSite: site) }
        for (key, batches) in batches { try await deliver(batches, of: key[0], from: key[1]) }
        return try await rest()
    }

    /// Everything at once, by many.
    func atOnce() async throws -> [Outcome] {
        let isOver = Flag()
        var options = TestPostgres.options
        (options.connections, options.applicationName) = (3, "victim")
        let victim = try Store.postgres(
            url: try #require(bench.ingest.temporary.database).url, options: options)
        let pipelines = (0..<4).map { _ in bench.pipeline() } + [bench.pipeline(of: victim)]
        try await withThrowingTaskGroup(of: Void.self) { workers in
            for pipeline in pipelines {
                workers.addTask {
                    while !isOver.isUp { _ = await pipeline.turn() }
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { senders in
                for (key, batches) in batches {
                    senders.addTask {
                        try await deliver(batches, of: key[0], from: key[1], cutting: true)
                    }
                }
                senders.addTask {
                    for (site, policy) in world.policies {
                        try await bench.set(policy, ofSite: site)
                    }
                }
                try await senders.waitForAll()
            }
            isOver.raise()
            try await workers.waitForAll()
        }
        await victim.close()
        return try await rest()
    }

    /// What there is once all is judged, and once all is settled, which has it judged once more.
    private func rest() async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        // What somebody had claimed who died comes free.
        for seconds in [61, 12 * 3_600] {
            bench.clock.setWall(PipelineBench.start + .seconds(seconds))
            await bench.pipeline().drain()
            outcomes.append(try await Outcome(bench, uploads: true))
        }
        return outcomes
    }

    private func cutConnections() throws {
        try #require(bench.ingest.temporary.database).query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'victim' AND datname = current_database()
            """)
    }

    private func deliver(
        _ batches: [[Int]], of organization: Int, from collector: Int, cutting: Bool = false
    ) async throws {
        let number = BenchPlan.collectors(of: Int64(organization))[collector]
        var edge = bench.ingest.edge(number)
        var random = SeededRandom(seed: seed &+ UInt64(number))
        for places in batches {
            edge.standing.sentAt = bench.now
            edge.standing.pendingFrom = PerLane(
                repeating: PipelineBench.start - .seconds(30 * 86_400))
            let batch = try edge.seal(places.map { .event(world.copies[$0].line) })
            let receipt = try #require(try await bench.ingest.send(batch, from: edge).receipt)
            #expect(receipt.rejected.isEmpty)
            if cutting, random.chance(40) { try cutConnections() }
        }
    }
}

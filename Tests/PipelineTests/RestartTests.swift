import AggregatorBench
import ConveyProtocol
import Ingest
import Pipeline
import Store
import Tenancy
import TestSupport
import Testing
import Time

/// Goal: a pipeline that died holds nobody up, and what it left unread is not taken for read.
///
/// Method: chunks are claimed as a pipeline does that dies right after; then another one runs, and no
/// time passes.
@Suite struct RestartTests {
    /// When the shopper bought: long before the bench's now.
    private static let bought: Int64 = 3600

    /// On PostgreSQL others may live: there a lease is waited for.
    @Test func takesUpAtOnceWhatTheDeadHeld() async throws {
        var scene = try await Scene(.sqlite)
        try await scene.send([Self.purchase], from: 0)
        try await scene.claimEverything()
        let (bench, pipeline) = (scene.bench, scene.bench.pipeline())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pipeline.run() }
            let end = ContinuousClock.now + .seconds(20)
            while try await Self.states(bench).isEmpty, ContinuousClock.now < end {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
            group.cancelAll()
        }
        #expect(try await Self.states(bench).count == 1)
    }

    @Test(arguments: Backend.all)
    func leavesAChunkToItsTimeThatWasTakenTooOften(_ backend: Backend) async throws {
        var scene = try await Scene(backend)
        let bench = scene.bench
        try await scene.send([Self.purchase], from: 0)
        for _ in 0..<5 {
            try await scene.claimEverything()
            bench.clock.setWall(bench.now + .seconds(60))
        }
        try await scene.claimEverything()
        let now = bench.now
        try await bench.store.write {
            try Work($0).release(Pipeline.stages[0], attemptsMax: 5, at: now)
        }
        await bench.pipeline().drain()
        #expect(try await Self.states(bench).isEmpty)
        bench.clock.setWall(now + .seconds(60))
        await bench.pipeline().drain()
        #expect(try await Self.states(bench).count == 1)
    }

    /// One collector held an answer back that was given before the purchase. It is here, and nobody has
    /// looked at it yet.
    @Test(arguments: Backend.all)
    func settlesNothingBeforeWhatIsHereWasRead(_ backend: Backend) async throws {
        var scene = try await Scene(backend)
        let bench = scene.bench
        for collector in scene.edges.indices where collector != 1 {
            try await scene.send([Self.page("p\(collector)", at: 0)], from: collector)
        }
        try await scene.send([Self.purchase], from: 0)
        let pipeline = bench.pipeline()
        await pipeline.drain()
        #expect(try await Self.states(bench) == ["unsettled"])

        var denial = Self.page("denial", at: Self.bought - 60)
        denial.consent = ["denied", "denied", "denied"]
        denial.order = [("checkout_token", "token-of-1")]
        try await scene.send([denial], from: 1)
        try await scene.claimEverything()
        await pipeline.drain()
        #expect(try await Self.states(bench) == ["unsettled"])

        bench.clock.setWall(bench.now + .seconds(60))
        await pipeline.drain()
        #expect(try await Self.states(bench) == ["settled"])
        let codes = try await bench.read { tenant in
            try tenant.all(Self.codes) { "\($0.text(0)) \($0.optionalText(1) ?? "")" }
        }
        #expect(Set(codes) == ["cancelled consent_denied", "cancelled superseded"])
    }

    // MARK: What happens

    private static var purchase: WorldEvent {
        var event = WorldEvent(
            "bought", site: 1, type: "purchase", source: .shopify, credential: .webhook,
            at: bought)
        event.order = [("id", "1"), ("checkout_token", "token-of-1"), ("status", "paid")]
        event.consent = ["granted", "granted", "granted"]
        event.clicks = [("gclid", "Cj0KCQjw-abcdefghijklmnopqrstuvwxyz")]
        event.email = "a1"
        event.amount = "10.00"
        return event
    }

    private static func page(_ id: String, at seconds: Int64) -> WorldEvent {
        var event = WorldEvent(id, site: 1, type: "page_view", at: seconds)
        (event.visitor, event.session) = ("v", "s")
        return event
    }

    /// A bench and the collectors that send to it.
    private struct Scene {
        let bench: PipelineBench
        var edges: [TestEdge]

        init(_ backend: Backend) async throws {
            let bench = try await PipelineBench(backend)
            self.bench = bench
            edges = BenchPlan.collectors(of: 1).map { bench.ingest.edge($0) }
        }

        /// From a collector that holds nothing back any more.
        mutating func send(_ events: [WorldEvent], from collector: Int) async throws {
            edges[collector].standing.sentAt = bench.now
            edges[collector].standing.pendingFrom = PerLane(repeating: bench.now)
            let batch = try edges[collector].seal(events.map { .event($0.line) })
            let answer = try await bench.ingest.send(batch, from: edges[collector])
            #expect(try #require(answer.receipt).rejected.isEmpty)
        }

        /// As a pipeline does that is killed before it works.
        func claimEverything() async throws {
            let now = bench.now
            let taken = try await bench.store.write {
                try Work($0).claim(
                    Pipeline.stages[0], of: 1, limit: 100, at: now, until: now + .seconds(60))
            }
            #expect(!taken.isEmpty)
        }
    }

    private static func states(_ bench: PipelineBench) async throws -> [String] {
        try await bench.read { tenant in
            try tenant.all(select) { $0.optionalTimestamp(0) == nil ? "unsettled" : "settled" }
        }
    }

    private static let select = TenantSQL(
        "SELECT settled_at_us FROM conversions_current WHERE organization = $1")
    private static let codes = TenantSQL("SELECT state, code FROM upload WHERE organization = $1")
}

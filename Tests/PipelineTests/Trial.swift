import AggregatorBench
import ConveyProtocol
import Pipeline
import Store
import TestSupport
import Testing
import Time

/// A world on its way through one course.
struct Trial {
    let world: World
    let course: Course
    private let bench: PipelineBench
    private var edges: [Int64: TestEdge] = [:]
    private var pipeline: Pipeline

    init(_ backend: Backend, _ world: World, _ course: Course) async throws {
        self.world = world
        self.course = course
        bench = try await PipelineBench(backend, limits: world.limits)
        pipeline = bench.pipeline()
        for (site, policy) in world.policies { try await bench.set(policy, ofSite: site) }
    }

    /// Goes through the course, lets everything come to rest, and reads what came of it.
    mutating func outcome(uploads: Bool) async throws -> Outcome {
        for step in course.steps { try await take(step) }
        await pipeline.drain()
        bench.clock.setWall(PipelineBench.start + .seconds(12 * 3_600))
        await pipeline.drain()
        #expect(bench.complaintsSoFar.isEmpty, "\(bench.complaintsSoFar)")
        return try await Outcome(bench, uploads: uploads)
    }

    private mutating func take(_ step: Course.Step) async throws {
        switch step {
        case .batch(let places, let collector): try await deliver(places, from: collector)
        case .turn: _ = await pipeline.turn()
        case .restart: pipeline = bench.pipeline()
        case .pause(let seconds): bench.clock.setWall(bench.now + .seconds(seconds))
        case .sending: try await send()
        }
    }

    private mutating func deliver(_ places: [Int], from collector: Int) async throws {
        guard let first = places.first else { return }
        let organization = BenchPlan.organization(ofSite: world.copies[first].site)
        let number = BenchPlan.collectors(of: organization)[collector]
        var edge = edges[number] ?? bench.ingest.edge(number)
        edge.standing.sentAt = bench.now
        edge.standing.pendingFrom = PerLane(repeating: PipelineBench.start - .seconds(30 * 86_400))
        let batch = try edge.seal(places.map { .event(world.copies[$0].line) })
        let answer = try await bench.ingest.send(batch, from: edge)
        let receipt = try #require(answer.receipt)
        #expect(receipt.rejected.isEmpty, "seed \(world.seed): \(receipt.rejected)")
        edges[number] = edge
    }

    /// As if the oldest conversion of which nothing was sent had left for its first destination.
    private func send() async throws {
        _ = try await bench.store.write { try $0.run(Self.markSent) }
    }

    private static let markSent = SQL(
        """
        INSERT INTO upload_transaction (organization, conversion, destination, transaction_id)
        SELECT u.organization, u.conversion, u.destination, 'sent-' || u.number FROM upload u
        WHERE NOT EXISTS (SELECT 1 FROM upload_transaction t
            WHERE t.organization = u.organization AND t.conversion = u.conversion)
        ORDER BY u.number LIMIT 1
        """)
}

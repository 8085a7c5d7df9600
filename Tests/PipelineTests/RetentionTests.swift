import AggregatorBench
import ConveyProtocol
import Daemon
import Ingest
import Sites
import Store
import Synchronization
import Tenancy
import TestSupport
import Testing
import Time

@testable import Pipeline

/// Goal: what is past its time goes, nothing younger does, and the books balance all the while. Method:
/// batches on chosen days, then sweeps on later ones; at every rest between two transactions, which is
/// where a process may die, the books are drawn up.
@Suite struct RetentionTests {
    /// An aggregator's ingest and its expiry, on a day counted from the bench's start.
    private final class Trial: Sendable {
        let bench: IngestBench
        let rests = Mutex<[Bool]>([])
        let complaints = Mutex<[String]>([])

        init(_ backend: Backend, stages: [String] = []) async throws {
            var options = BatchReceiverOptions()
            options.stages = stages
            bench = try await IngestBench(backend, options: options)
            try await bench.store.write { tx in
                for number in Int64(1)...2 {
                    try tx.run(
                        RetentionTests.name, .integer(number), .text("organization \(number)"))
                }
            }
        }

        /// Expiry as it is on a day.
        func service(on day: Int) -> RetentionService {
            bench.clock.setWall(IngestBench.start + .seconds(day * 86_400))
            let log = Log(level: .warning, format: .text) { [self] line in
                complaints.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
            let parts = Pipeline.Parts(
                store: bench.store, clock: bench.clock.wall, ticks: bench.clock, log: log)
            return RetentionService(parts) { [self] _ in
                let sheet = try? await Balance(bench.store).sheet()
                rests.withLock { $0.append(sheet?.isBalanced ?? false) }
            }
        }

        /// Stores events on a day, whose week was made ahead.
        func send(_ events: [TestEvent], on day: Int, by collector: Int64 = 1) async throws {
            await service(on: day).prepare()
            var edge = bench.edge(collector, seed: UInt64(day))
            let batch = try edge.seal(events: events)
            #expect(try await bench.send(batch, from: edge).receipt != nil)
        }

        func sweep(on day: Int) async throws {
            await service(on: day).sweep()
            #expect(try await Balance(bench.store).sheet().isBalanced)
            #expect(rests.withLock { $0.allSatisfy(\.self) })
            #expect(complaints.withLock { $0 } == [])
        }

        func keep(_ days: Int, of organization: Int64) async throws {
            _ = try await bench.store.write { tx in
                try tx.run(
                    RetentionTests.keep, .integer(organization), .integer(Int64(days)))
            }
        }

        func count(_ sql: SQL) async throws -> Int64 { try await bench.numbers(sql).first ?? -1 }

        var events: Int64 { get async throws { try await count(RetentionTests.events) } }
        var chunks: Int64 { get async throws { try await count(RetentionTests.chunks) } }
        var ids: Int64 { get async throws { try await count(RetentionTests.ids) } }
    }

    private static let name = SQL(
        "INSERT INTO organization_profile (organization, name) VALUES ($1, $2)")
    private static let keep = SQL(
        "INSERT INTO organization_retention (organization, event_days, changed_at_us) VALUES ($1, $2, 0)"
    )
    private static let events = SQL("SELECT count(*) FROM event")
    private static let chunks = SQL("SELECT count(*) FROM chunk")
    private static let ids = SQL("SELECT count(*) FROM event_seen")

    @Test(arguments: Backend.all) func whatIsPastItsTimeGoes(_ backend: Backend) async throws {
        let trial = try await Trial(backend)
        try await trial.send(TestEvent.some(20), on: 0)
        try await trial.send(TestEvent.some(30, from: 100), on: 200)
        try await trial.sweep(on: 364)
        #expect(try await trial.events == 50)
        try await trial.sweep(on: 374)
        #expect(try await trial.events == 30)
        #expect(try await trial.chunks == 1)
        #expect(try await trial.ids == 30)
        #expect(try await Balance(trial.bench.store).sheet().expired == 20)
        let left = try await trial.bench.store.read {
            try StoredEvents($0, organization: 1).newest(limit: 100)
        }
        #expect(left.count == 30)
        try await trial.sweep(on: 380)
        #expect(try await trial.events == 30)
    }

    @Test(arguments: Backend.all)
    func eachOrganizationHasItsOwnTime(_ backend: Backend) async throws {
        let trial = try await Trial(backend)
        try await trial.keep(60, of: 1)
        try await trial.send(TestEvent.some(20), on: 0)
        try await trial.send(
            (1...5).map { TestEvent(id: "o-\($0)", site: 3) }, on: 0, by: 3)
        try await trial.sweep(on: 59)
        #expect(try await trial.events == 25)
        try await trial.sweep(on: 69)
        #expect(try await trial.events == 5)
        #expect(try await Balance(trial.bench.store).sheet(organization: 1).expired == 20)
        #expect(try await Balance(trial.bench.store).sheet(organization: 2).expired == 0)
    }

    @Test(arguments: Backend.all)
    func noClickGoesInsideTheLongestWindow(_ backend: Backend) async throws {
        let trial = try await Trial(backend)
        try await trial.keep(60, of: 1)
        try await trial.bench.store.write { tx in
            let tenant = TenantTransaction(tx, organization: 1)
            let site = try SiteTable(tenant, at: IngestBench.start).all()[0]
            try SitePolicyTable(tenant).change(site, at: IngestBench.start) { policy in
                policy.windowDays = 90
            }
        }
        let terms = try await trial.service(on: 0).terms()
        #expect(terms.map(\.days) == [97, 365])
    }

    /// The event is over, its id is still known: no copy of it may count again, in whatever order.
    @Test(arguments: Backend.all)
    func aCopyOfWhatExpiredDoesNotCount(_ backend: Backend) async throws {
        let trial = try await Trial(backend)
        try await trial.keep(60, of: 1)
        try await trial.send([TestEvent(id: "a", receivedAt: 5)], on: 0)
        try await trial.sweep(on: 75)
        #expect(try await trial.events == 0)
        try await trial.send([TestEvent(id: "a", receivedAt: 1)], on: 75, by: 2)
        try await trial.send([TestEvent(id: "a", receivedAt: 9)], on: 75, by: 5)
        try await trial.sweep(on: 76)
        #expect(try await trial.events == 0)
        let lanes = try await Balance(trial.bench.store).sheet().lanes
        #expect(lanes.reduce(0) { $0 + $1.duplicate } == 2)
    }

    /// After ninety days nobody knows the id any more.
    @Test(arguments: Backend.all) func idsOutliveTheirEvents(_ backend: Backend) async throws {
        let trial = try await Trial(backend)
        try await trial.keep(60, of: 1)
        try await trial.send(TestEvent.some(3), on: 0)
        try await trial.sweep(on: 75)
        #expect(try await trial.events == 0)
        #expect(try await trial.ids == 3)
        try await trial.sweep(on: 92)
        #expect(try await trial.ids == 0)
        try await trial.send(TestEvent.some(3), on: 92, by: 2)
        #expect(try await trial.events == 3)
        #expect(try await Balance(trial.bench.store).sheet().isBalanced)
    }

    /// Received long ago, and stored late: the event lives on, and so does its id.
    @Test(arguments: Backend.all)
    func anIdStaysAsLongAsItsEvent(_ backend: Backend) async throws {
        let trial = try await Trial(backend)
        try await trial.keep(60, of: 1)
        try await trial.send(TestEvent.some(3), on: 80)
        try await trial.sweep(on: 95)
        #expect(try await trial.events == 3)
        #expect(try await trial.ids == 3)
        try await trial.send(TestEvent.some(3), on: 95, by: 2)
        #expect(try await trial.events == 3)
    }

    @Test(arguments: Backend.all)
    func whatAStageHasNotReadStays(_ backend: Backend) async throws {
        let trial = try await Trial(backend, stages: ["fold"])
        try await trial.send(TestEvent.some(3), on: 0)
        try await trial.sweep(on: 374)
        #expect(try await trial.events == 3)
        _ = try await trial.bench.store.write { tx in
            try tx.run(SQL("DELETE FROM work WHERE organization = 1"))
        }
        try await trial.sweep(on: 375)
        #expect(try await trial.events == 0)
    }

    /// Rows go by whole chunks, in several transactions; the books balance between any two.
    @Test(arguments: Backend.all) func mayDieBetweenAnyTwo(_ backend: Backend) async throws {
        let trial = try await Trial(backend)
        try await trial.keep(60, of: 1)
        for batch in 0..<6 {
            try await trial.send(
                TestEvent.some(900, from: batch * 900), on: batch, by: [1, 2, 5][batch % 3])
        }
        try await trial.send([TestEvent(id: "other", site: 3)], on: 0, by: 3)
        try await trial.sweep(on: 80)
        #expect(trial.rests.withLock(\.count) >= 3)
        #expect(try await trial.events == 1)
        #expect(try await Balance(trial.bench.store).sheet().expired == 5400)
    }

    /// The click and all that led to the sale are over when a refund comes: the sale keeps its credit.
    @Test(arguments: Backend.all)
    func noConversionLosesTheClickItWasCreditedTo(_ backend: Backend) async throws {
        try await WholeChain.with(backend) { chain in
            var sale = Sale()
            try await chain.tell(sale.story())
            try await chain.come()
            let (bench, before) = (chain.bench, try await chain.credits())
            #expect(before.count == 1)
            bench.clock.advance(by: .seconds(400 * 86_400))
            _ = try await bench.store.write { tx in
                try tx.run(Self.name, .integer(1), .text("one"))
            }
            let parts = Pipeline.Parts(
                store: bench.store, clock: bench.clock.wall, ticks: bench.clock,
                log: Log(write: { _ in }))
            await RetentionService(parts) { _ in }.sweep()
            #expect(try await bench.ingest.numbers(Self.events) == [0])
            #expect(try await chain.conversions() == ["id:9001 counted 100.00 EUR"])
            try await chain.tell(sale.refund("30.00", id: "r1", after: 3_600))
            #expect(try await chain.conversions() == ["id:9001 counted 70.00 EUR"])
            #expect(try await chain.credits() == before.mapValues { $0 / 10 * 7 })
        }
    }
}

import Accounts
import AggregatorBench
import ConveyProtocol
import Daemon
import Doubles
import Ingest
import Schema
import Sites
import Store
import Synchronization
import Tenancy
import TestSupport
import Time

@testable import Destinations
@testable import Pipeline

/// All that an aggregator does in a few days, once a database: batches, orders, refunds, uploads to
/// Google's double, what operators look at, and expiry. Every statement is kept, with its plan.
enum Workday {
    /// The statements of a day on a database, each once with each of its plans.
    static func statements(on backend: Backend) async throws -> [WitnessedStatement] {
        try await days.statements(on: backend)
    }

    private static let days = Days()

    private actor Days {
        private var done: [Backend: Task<[WitnessedStatement], any Error>] = [:]

        func statements(on backend: Backend) async throws -> [WitnessedStatement] {
            let task = done[backend] ?? Task { try await Workday.run(on: backend) }
            done[backend] = task
            return try await task.value
        }
    }

    private static func run(on backend: Backend) async throws -> [WitnessedStatement] {
        let seen = Mutex<Set<WitnessedStatement>>([])
        let base = try await backend.makeStore(migrated: Schema.migrator)
        let temporary = TemporaryStore(base) { one in seen.withLock { _ = $0.insert(one) } }
        let bench = try await PipelineBench(temporary)
        await retention(of: bench).prepare()
        try await WholeChain.with(bench) { chain in
            try await sell(chain)
            try await look(bench)
            try await spoil(bench)
        }
        try await expire(bench)
        return seen.withLock { $0.sorted { ($0.postgres, $0.sqlite) < ($1.postgres, $1.sqlite) } }
    }

    /// Sales with clicks, one of them to a known customer, refunds, and a policy that changes.
    private static func sell(_ chain: WholeChain) async throws {
        var first = Sale()
        var second = Sale(id: "9002", name: "#1042", cart: "cart-2", checkout: "checkout-2")
        try await chain.tell(first.story())
        try await chain.judge { $0.sharing.resetsOnConversion = true }
        try await chain.tell(second.story())
        try await chain.come()
        try await chain.tell(first.refund("30.00", id: "r1", after: 3_600))
        try await chain.come()
        try await chain.tell(second.refund("100.00", id: "r2", after: 7_200))
        try await chain.pass(hours: 60)
    }

    /// What operators ask for.
    private static func look(_ bench: PipelineBench) async throws {
        let now = bench.now
        try await bench.store.read { tx in
            let tenant = TenantTransaction(tx, organization: 1)
            _ = try Explainer(tenant, tx, GoogleVerdicts.table, at: now).explanations(of: "9001")
            let records = UploadRecords(tenant, GoogleVerdicts.table)
            for upload in try records.list(UploadFilter()) {
                _ = try records.ofConversion(upload.conversion)
            }
            _ = try records.totals()
            for destination in try DestinationTable(tenant, at: now).all() {
                _ = try records.waiting(at: destination.number)
            }
            _ = try WaitingUploads.all(GoogleVerdicts.table, in: tx)
            _ = try LinkTable(tenant, at: now).all()
            _ = try CredentialTable(tenant, at: now).all()
            _ = try CollectorTable(tenant, at: now).all()
            let events = StoredEvents(tx, organization: 1)
            _ = try events.newest(limit: 10)
            _ = try events.latest(ofSite: 1, limit: 10)
        }
        _ = try await Balance(bench.store).sheet(organization: 1)
        try await bench.store.write { tx in
            try AuditTrail.record(
                AuditEntry(actor: "operator", action: "look", subject: "everything"), of: 1,
                at: now, in: tx)
            _ = try AuditTrail.firstBreak(of: 1, in: tx)
        }
    }

    /// A dead letter, and a copy that counts before the one that came.
    private static func spoil(_ bench: PipelineBench) async throws {
        var edge = bench.ingest.edge(2)
        for events in [
            [TestEvent(id: "a", site: 3), TestEvent(id: "b", receivedAt: 9)],
            [TestEvent(id: "b", receivedAt: 5), TestEvent(id: "b", receivedAt: 5)],
        ] {
            _ = try await bench.ingest.send(try edge.seal(events: events), from: edge)
        }
        let letters = DeadLetters(bench.store, stages: Pipeline.stages)
        for letter in try await letters.waiting(organization: 1) {
            _ = try await letters.discard(letter.number, at: bench.now)
        }
        await bench.pipeline().drain()
    }

    private static func expire(_ bench: PipelineBench) async throws {
        bench.clock.setWall(bench.now + .seconds(400 * 86_400))
        _ = try await bench.store.write { tx in
            try tx.run(Self.name)
        }
        await retention(of: bench).sweep()
    }

    private static func retention(of bench: PipelineBench) -> RetentionService {
        let parts = Pipeline.Parts(
            store: bench.store, clock: bench.clock.wall, ticks: bench.clock,
            log: Log(write: { _ in }))
        return RetentionService(parts) { _ in }
    }

    private static let name = SQL(
        "INSERT INTO organization_profile (organization, name) VALUES (1, 'one')")
}

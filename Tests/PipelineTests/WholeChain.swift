import AggregatorBench
import Conversions
import ConveyProtocol
import Crypto
import Daemon
import Doubles
import Foundation
import HTTP
import JSON
import Pipeline
import Sites
import Store
import Tenancy
import TestSupport
import Testing
import Time

@testable import Destinations

/// The whole chain in one process: what a collector ships goes through ingest and the pipeline into
/// the upload queue, and from there, by a runner and the real client, to the double of Google. Time
/// stands still until a test moves it.
final class WholeChain {
    let bench: PipelineBench
    let double: GoogleDouble
    private let pipeline: Pipeline
    private let runner: UploadRunner
    private var edge: TestEdge
    /// What the organization's one destination is called.
    static let name = "google"

    /// Makes a chain with one destination that serves all sites of organization 1 and is live for
    /// every order, and takes it down after the body.
    static func with(
        _ backend: Backend, _ body: (WholeChain) async throws -> Void
    ) async throws {
        try await with(try await PipelineBench(backend), body)
    }

    /// The same on a bench that is there.
    static func with(
        _ bench: PipelineBench, _ body: (WholeChain) async throws -> Void
    ) async throws {
        var tools = GoogleDouble.Tools()
        tools.clock = bench.clock.wall
        let double = try GoogleDouble(tools: tools)
        try double.start()
        do {
            let chain = try await WholeChain(bench, double)
            try await body(chain)
            #expect(bench.complaintsSoFar.isEmpty, "\(bench.complaintsSoFar)")
            #expect(double.conversions.allSatisfy { $0.earlyChanges == 0 })
        } catch {
            await double.stop()
            throw error
        }
        await double.stop()
    }

    private init(_ bench: PipelineBench, _ double: GoogleDouble) async throws {
        (self.bench, self.double) = (bench, double)
        pipeline = bench.pipeline()
        edge = bench.ingest.edge(1)
        let sealing = SealingKey(from: RandomBytes())
        let file = double.credentials.file
        let tools = Self.tools(bench, double, sealing)
        let lease = HeldLease(until: .latest, random: RandomBytes())
        let number = try await bench.store.write { tx in
            let tenant = TenantTransaction(tx, organization: 1)
            let table = DestinationTable(tenant, at: PipelineBench.start)
            let address = try Destination.Address(
                .googleDataManager, customer: "1234567890", action: "987654321")
            let made = try table.add(Self.name, address, Destination.Settings())
            try DestinationSecrets(tenant, sealing).set(
                file, of: made, at: PipelineBench.start, random: RandomBytes())
            try table.backfill(made, from: .earliest)
            _ = try UploadLeases(tenant, tools.lease, at: PipelineBench.start)
                .take(made.number, by: lease)
            return made.number
        }
        runner = UploadRunner(organization: 1, destination: number, lease, tools)
    }

    private static func tools(
        _ bench: PipelineBench, _ double: GoogleDouble, _ sealing: SealingKey
    ) -> UploadTools {
        let http = Client(DataManagerClient.clientSettings)
        let clock = bench.clock
        var tools = UploadTools(
            store: bench.store, sealing: sealing, verdicts: GoogleVerdicts.table,
            log: Log(write: { _ in }), metrics: UploadMetrics(in: MetricRegistry())
        ) { _, secret in
            let credential = try GoogleCredential(json: Array(secret.utf8))
            let tokens = AccessTokens(
                credential.grant, at: .init(double.origin, client: http), clock: clock.wall)
            return DataManagerClient(double.origin, tokens: tokens, client: http)
        }
        (tools.clock, tools.ticks) = (clock.wall, clock)
        return tools
    }

    // MARK: What happens

    /// The same for a few.
    func tell(_ events: WorldEvent...) async throws { try await tell(events) }

    /// Events come to a collector as senders write them; it ships what it makes of them, and
    /// everything behind ingest takes that up.
    func tell(_ events: [WorldEvent]) async throws {
        edge.standing.sentAt = bench.now
        edge.standing.pendingFrom = PerLane(repeating: bench.now)
        let batch = try edge.seal(events.map { .event(try $0.canonical()) })
        let receipt = try #require(try await bench.ingest.send(batch, from: edge).receipt)
        #expect(receipt.rejected.isEmpty, "\(receipt.rejected)")
        await pipeline.drain()
    }

    /// Judges a site by another policy from now on.
    func judge(site: Int64 = 1, _ change: (inout SitePolicy) -> Void) async throws {
        var policy = SitePolicy()
        change(&policy)
        try await bench.set(policy, ofSite: site)
        await pipeline.drain()
    }

    /// Lets time pass, half an hour at a time; each time everybody does what there is to do.
    func pass(hours: Int) async throws {
        for _ in 0..<hours * 2 {
            bench.clock.advance(by: .seconds(1_800))
            await pipeline.drain()
            for _ in 0..<100 {
                guard let sent = await runner.send(), let asked = await runner.ask() else { return }
                if sent > .zero, asked > .zero { break }
            }
        }
    }

    /// Long enough for what may be sent to be sent and confirmed.
    func come() async throws { try await pass(hours: 4) }

    // MARK: What came of it

    /// Everything that Google holds, by transaction id: `404.95 USD gclid:Cj0…`.
    var google: [String: String] {
        Dictionary(
            uniqueKeysWithValues: double.conversions.map { conversion in
                let amount = conversion.value.map { value in
                    Currency(value.currency).map {
                        Money(micros: value.micros, currency: $0).amount + " \($0)"
                    } ?? value.currency
                }
                let parts = [amount ?? "", conversion.click].filter { !$0.isEmpty }
                return (conversion.key.transactionID, parts.joined(separator: " "))
            })
    }

    /// What Google holds as one conversion; its time, too.
    func held(_ order: String, site: Int64 = 1) -> RecordedConversion? {
        double.conversion(
            account: "1234567890", action: "987654321", transactionID: id(order, site: site))
    }

    /// An order's transaction id.
    func id(_ order: String, site: Int64 = 1) -> String { "\(IngestBench.site(site)).\(order)" }

    /// The conversions in force, oldest first: `id:9001 counted 100.00 EUR`.
    func conversions() async throws -> [String] {
        let now = bench.now
        return try await bench.read { tenant in
            try ConversionTable(tenant, at: now).newest(100).reversed().map { conversion in
                let (value, state) = (conversion.value, conversion.status.rawValue)
                return "\(conversion.identity) \(state) \(value.amount) \(value.currency)"
            }
        }
    }

    /// Every upload to Google's double, oldest first: `confirmed`, `held: consent_unknown`.
    func uploads() async throws -> [String] {
        try await records().map { "\($0.state)" + ($0.code.map { ": \($0)" } ?? "") }
    }

    /// Whether hashes of personal data go with each upload, oldest first.
    func personal() async throws -> [Bool] { try await records().map(\.hasPersonalData) }

    /// What consent goes with each upload, oldest first.
    func consents() async throws -> [String] {
        try await records().map { $0.consent?.rawValue ?? "left out" }
    }

    private func records() async throws -> [UploadRecord] {
        try await bench.read { tenant in
            try UploadRecords(tenant, GoogleVerdicts.table).list(UploadFilter())
                .filter { $0.destination == Self.name }.sorted { $0.number < $1.number }
        }
    }

    /// The micros that each touch at a click has under the site's model, by source; for one order.
    func credits() async throws -> [String: Int64] {
        let rows = try await bench.read { tenant in
            try tenant.all(Self.credits) { ($0.text(0), $0.integer(1)) }
        }
        return Dictionary(rows) { $0 + $1 }
    }

    private static let credits = TenantSQL(
        """
        SELECT campaign, last_non_direct_micros FROM credit
        WHERE organization = $1 AND last_non_direct_billionths > 0
        """)
}

extension WorldEvent {
    /// What an edge stores of it: spelt canonically, damaged click ids put aside.
    fileprivate func canonical() throws -> String {
        let settings = SiteSettings.Site(
            id: IngestBench.site(site), name: "one.myshopify.com", platform: .shopify,
            currency: try #require(Currency("EUR")), timeZone: "UTC")
        let context = EventContext(
            rules: SiteRules(settings), source: source, credential: credential,
            receivedAt: IngestBench.start + .seconds(occurredAt) + .milliseconds(lag))
        var parser = JSONParser(bytesMax: 65_536, depthMax: 16)
        var writer = EventWriter(random: RandomBytes())
        let fault = try parser.parse(Array(line.utf8).span) { element -> EventFault? in
            do throws(EventFault) {
                _ = try writer.write(element, context)
                return nil
            } catch {
                return error
            }
        }
        if let fault { throw fault }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

import AggregatorBench
import ConveyProtocol
import Daemon
import Destinations
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
import Timeline

/// Ingest and everything behind it, on a store in memory where the machine has such a disk.
final class PipelineBench: Sendable {
    let ingest: IngestBench
    let limits: LinkLimits
    private let complaints = Mutex<[String]>([])

    var store: Store { ingest.store }
    var clock: ManualClock { ingest.clock }
    var now: Timestamp { clock.wall.now() }

    /// When a bench's clock starts: 20 days after the first event.
    static let start = IngestBench.start + .seconds(20 * 86_400)

    convenience init(_ backend: Backend, limits: LinkLimits = .standard) async throws {
        let template = try await Self.template.value(backend)
        try await self.init(template.makeStore(in: Self.root), limits: limits)
    }

    /// Goes on with what another bench left, or works on any store, as a day does that is watched.
    init(_ temporary: TemporaryStore, limits: LinkLimits = .standard) async throws {
        self.limits = limits
        var options = BatchReceiverOptions()
        options.stages = Pipeline.stages
        ingest = try await IngestBench(temporary, options: options)
        clock.setWall(Self.start)
    }

    /// A flush costs nothing there, and what it must do is proven elsewhere.
    static let root =
        FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()

    /// A pipeline as a daemon has it after a start.
    /// - Parameter wall: nil: the bench's own.
    func pipeline(by wall: (any WallClock)? = nil) -> Pipeline {
        let log = Log(level: .warning, format: .text) { [self] line in
            complaints.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
        return Pipeline(
            Pipeline.Parts(
                store: store, clock: wall ?? clock.wall, ticks: clock, log: log,
                metrics: MetricRegistry(), limits: limits))
    }

    /// A pipeline of another process on the same database, to which anything may happen.
    func pipeline(of other: Store) -> Pipeline {
        Pipeline(
            Pipeline.Parts(
                store: other, clock: clock.wall, ticks: clock, log: Log(write: { _ in }),
                metrics: MetricRegistry(), limits: limits))
    }

    /// What the pipeline has logged as warning or error.
    var complaintsSoFar: [String] { complaints.withLock { $0 } }

    /// Judges a site by a policy from now on, as `sites set` does.
    func set(_ policy: SitePolicy, ofSite site: Int64) async throws {
        let now = now
        try await store.write { tx in
            let tenant = TenantTransaction(
                tx, organization: BenchPlan.organization(ofSite: site))
            try tenant.holdSettings()
            let record = try SiteTable(tenant, at: now).named(BenchPlan.site(site).description)
            let table = SitePolicyTable(tenant)
            guard try table.change(record, at: now, { $0 = policy }) else { return }
            try Rejudging(tenant, at: now).all(ofSite: site)
        }
    }

    func read<T: Sendable>(
        _ organization: Int64 = 1,
        _ body: @escaping @Sendable (TenantTransaction) throws -> T
    ) async throws -> T {
        try await store.read { try body(TenantTransaction($0, organization: organization)) }
    }

    // MARK: A store to begin with

    /// A migrated store with sites, collectors and destinations.
    private static let template = MadeOnce { backend in
        let bench = try await IngestBench(backend)
        try await bench.store.write { tx in
            for organization in Int64(1)...2 {
                let tenant = TenantTransaction(tx, organization: organization)
                try addDestinations(tenant, at: start)
            }
        }
        return try await StoreTemplate(of: bench.temporary)
    }

    /// One that shows what would leave, one that gets it, one that gets a share.
    private static func addDestinations(
        _ tenant: TenantTransaction, at now: Timestamp
    ) throws {
        let table = DestinationTable(tenant, at: now)
        for (number, name) in ["watched", "live", "share"].enumerated() {
            var settings = Destination.Settings()
            if name == "share" { (settings.send, settings.value) = (.credited, .share) }
            let address = try Destination.Address(
                .googleDataManager, customer: "123-456-7890", action: "\(number + 1)")
            let destination = try table.add(name, address, settings)
            if name == "watched" {
                try table.set(.observe, of: destination)
            } else {
                try table.backfill(destination, from: .earliest)
            }
        }
    }
}

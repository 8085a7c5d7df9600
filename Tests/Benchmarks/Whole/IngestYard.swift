import ConveyProtocol
import Crypto
import Daemon
import Gate
import HTTP
import Ingest
import Schema
import Store
import Time

/// Ingest alone in this process, on a database of its own: an organization with a site and a collector
/// for each stream. No network, and no stage behind.
struct IngestYard: Sendable {
    let database: IngestDatabase
    let streams: [IngestStream]
    private static let authority = "aggregator.example"

    /// Who a stream sends for; its organization, site and collector bear its number.
    private struct Tenant {
        let number: Int64
        let key = SigningKey(from: RandomBytes())
        let collector: CollectorID
        let site: SiteID

        init(_ number: Int64) throws {
            self.number = number
            let bytes = [UInt8](repeating: UInt8(number), count: 16)
            guard let collector = CollectorID(bytes: bytes), let site = SiteID(bytes: bytes) else {
                throw BenchFault("16 bytes are an id")
            }
            (self.collector, self.site) = (collector, site)
        }
    }

    init(on database: IngestDatabase, _ kind: IDKind, streams count: Int) async throws {
        self.database = database
        let tenants = try (1...Int64(count)).map(Tenant.init)
        let now = SystemClock().now()
        _ = try await Schema.migrator.up(database.store, at: now)
        let engine = database.store.kind
        try await database.store.write { tx in
            for tenant in tenants { try Self.furnish(tenant, tx) }
            _ = try EventWeeks(tx, of: engine).makeAhead(at: now)
        }
        let key = SigningKey(from: RandomBytes())
        let directory = YardDirectory(
            collectors: Dictionary(
                uniqueKeysWithValues: tenants.map { tenant in
                    (tenant.key.verifyingKey.fingerprint, Self.collector(of: tenant))
                }))
        let receiver = BatchReceiver(
            BatchReceiver.Parts(
                gate: Gate(key: key, authorities: [Self.authority], clock: SystemClock()),
                directory: directory, store: database.store,
                metrics: IngestMetrics(MetricRegistry()), log: Log(write: { _ in })))
        let gateway = Gateway(receiver: receiver, authority: Self.authority)
        guard let origin = Origin("https://\(Self.authority)") else {
            throw BenchFault("the yard has no origin")
        }
        streams = try tenants.map { tenant in
            try IngestStream(
                SignedExchange(
                    to: origin, over: gateway,
                    by: MessageSignatureProfile(label: SignatureRule.label, tag: SignatureRule.tag),
                    key: tenant.key, pinned: key.verifyingKey),
                of: tenant.collector, site: tenant.site.description, kind,
                seed: UInt64(tenant.number))
        }
    }

    // MARK: What it knows

    private static func collector(of tenant: Tenant) -> KnownCollector {
        KnownCollector(
            identity: .init(
                number: tenant.number, id: tenant.collector, organization: tenant.number),
            key: tenant.key.verifyingKey, isRevoked: false, settings: 1,
            sites: [tenant.site: tenant.number])
    }

    private static func furnish(_ tenant: Tenant, _ tx: Transaction) throws(StoreFault) {
        let number = SQLValue.integer(tenant.number)
        try tx.run(insertOrganization, number, .bytes(tenant.site.bytes))
        try tx.run(insertSite, number, .bytes(tenant.site.bytes))
        try tx.run(insertCollector, number, .bytes(tenant.collector.bytes))
    }

    private static let insertOrganization = SQL(
        "INSERT INTO organization (number, id, created_at_us) VALUES ($1, $2, 0)")
    private static let insertSite = SQL(
        "INSERT INTO site (number, organization, id, created_at_us) VALUES ($1, $1, $2, 0)")
    private static let insertCollector = SQL(
        "INSERT INTO collector (number, organization, id, created_at_us) VALUES ($1, $1, $2, 0)")
}

/// The collectors of a yard, known without asking the database.
private struct YardDirectory: CollectorDirectory {
    let collectors: [String: KnownCollector]

    func collector(ofKey fingerprint: String) async throws -> KnownCollector? {
        collectors[fingerprint]
    }
}

import Accounts
import ConveyProtocol
import Crypto
import Gate
import HTTP
import Schema
import Sites
import Store
import Tenancy
import TestSupport
import Time

/// An aggregator's rooms around an empty store, with organizations made as needed.
struct Tenants {
    let temporary: TemporaryStore
    let clock = ManualClock()
    let aggregator = SigningKey(from: RandomBytes())
    let sealing = SealingKey(from: RandomBytes())
    let directory: StoredDirectory

    var store: Store { temporary.store }
    var desk: EnrolmentDesk {
        EnrolmentDesk(sealing: sealing, aggregator: aggregator.verifyingKey)
    }
    var gate: Gate {
        Gate(key: aggregator, authorities: ["aggregator.example"], clock: clock.wall)
    }

    static func make(_ backend: Backend) async throws -> Tenants {
        let temporary = try await backend.makeStore(migrated: Schema.migrator)
        return Tenants(temporary: temporary, directory: StoredDirectory(temporary.store))
    }

    /// Makes an organization; returns its short number.
    func organization(_ name: String) async throws -> Int64 {
        let now = clock.wall.now()
        return try await store.write {
            try Accounts.add(name: name, by: "test", at: now, random: RandomBytes(), in: $0).number
        }
    }

    func write<T: Sendable>(
        _ organization: Int64,
        _ body: @escaping @Sendable (TenantTransaction, Timestamp) throws -> T
    ) async throws -> T {
        let now = clock.wall.now()
        return try await store.write {
            try body(TenantTransaction($0, organization: organization), now)
        }
    }

    func site(
        _ organization: Int64, _ name: String, _ platform: SiteSettings.Platform = .shopify
    ) async throws -> SiteRecord {
        let currency = Currency("EUR") ?? { preconditionFailure("EUR is a currency.") }()
        return try await write(organization) { tenant, now in
            try SiteTable(tenant, at: now).add(
                name, platform, currency: currency, random: RandomBytes())
        }
    }

    func collector(
        _ organization: Int64, _ name: String, _ sites: [SiteRecord]
    ) async throws -> CollectorRecord {
        try await write(organization) { tenant, now in
            try CollectorTable(tenant, at: now).add(
                name: name, sites: sites, random: RandomBytes())
        }
    }

    func token(_ organization: Int64, _ collector: CollectorRecord) async throws -> EnrolmentToken {
        let desk = desk
        return try await write(organization) { tenant, now in
            try desk.token(for: collector, at: now, random: RandomBytes(), in: tenant)
        }
    }

    func enrol(_ edge: Edge, _ token: EnrolmentToken) async throws -> EnrolmentDesk.Enrolled {
        let (desk, now) = (desk, clock.wall.now())
        let request = edge.request(token, at: now)
        let enrolled = try await store.write { try desk.enrol(request, at: now, in: $0) }
        directory.forget()
        return enrolled
    }

    /// Asks for the collector of a key as the door does.
    func known(_ edge: Edge) async throws -> KnownCollector? {
        try await directory.collector(ofKey: edge.key.verifyingKey.fingerprint)
    }

    func settings(_ edge: Edge) async throws -> SiteSettings {
        guard let known = try await known(edge) else { throw ProtocolProblem.keyUnknown }
        let maker = SettingsMaker(sealing: sealing, random: RandomBytes())
        return try await store.read { try maker.settings(of: known, in: $0) }
    }
}

/// A collector's side: its two keys.
struct Edge {
    let key = SigningKey(from: RandomBytes())
    let box = BoxKey(from: RandomBytes())

    func request(_ token: EnrolmentToken, at now: Timestamp) -> EnrolmentRequest {
        EnrolmentRequest(
            token: token, signingKey: key.verifyingKey, boxKey: box.publicKey, shipper: "test/1",
            sentAt: now)
    }
}

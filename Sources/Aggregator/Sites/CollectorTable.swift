package import ConveyProtocol
package import Crypto
package import Store
package import Tenancy
package import Time

/// A collector as its operator sees it.
package struct CollectorRecord: Equatable, Sendable {
    /// Its short number, the key of other tables.
    package let number: Int64
    /// Its public id, for ever.
    package let id: CollectorID
    /// What the operator calls it; unique in the organization.
    package let name: String
    /// Whether it may deliver.
    package let state: State
    /// When the operator made it.
    package let createdAt: Timestamp

    /// How far a collector's enrolment is.
    package enum State: String, Sendable {
        /// A token was made; nobody has used one yet.
        case waiting
        case enrolled
        /// Its key was taken back; it keeps everything until it is enrolled again.
        case revoked
    }
}

extension TenantTransaction {
    /// Lets nobody else enrol, rotate or take back a collector's keys until the transaction ends: each
    /// ends the keys before it, and of two at once neither would end the other's.
    func holdKeys(ofCollector collector: Int64) throws(StoreFault) {
        try lock("collector_keys", collector)
    }
}

/// Makes, lists and takes back the collectors of one organization.
package struct CollectorTable {
    let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Makes a collector that will serve these sites. It needs a token to enrol.
    package func add(
        name: String, sites: [SiteRecord], random: some RandomSource
    ) throws -> CollectorRecord {
        guard (1...100).contains(name.count), !name.utf8.contains(where: { $0 < 0x20 })
        else { throw SiteRefusal.wrongName }
        guard !sites.isEmpty else { throw SiteRefusal.noSites }
        guard try tenant.first(Self.byName, .text(name), make: { $0.integer(0) }) == nil
        else { throw SiteRefusal.nameTaken }
        let id = CollectorID(at: now, random: random)
        try tenant.run(Self.insert, .bytes(id.bytes), .timestamp(now))
        guard
            let number = try tenant.first(Self.byID, .bytes(id.bytes), make: { $0.integer(0) })
        else { throw StoreFault("add a collector", kind: .statement) }
        let version = SettingsVersion(tenant, at: now).first
        try tenant.run(
            Self.insertProfile, .integer(number), .text(name), .integer(version), .timestamp(now))
        for site in sites {
            try tenant.run(Self.insertSite, .integer(number), .integer(site.number))
        }
        return CollectorRecord(
            number: number, id: id, name: name, state: .waiting, createdAt: now)
    }

    /// Every collector, oldest first.
    package func all() throws(StoreFault) -> [CollectorRecord] {
        try tenant.all(Self.list, make: Self.record).compactMap(\.self)
    }

    /// The collector that an operator means, by id or name.
    package func named(_ text: String) throws -> CollectorRecord {
        guard
            let found = try all().first(where: { $0.id.description == text || $0.name == text })
        else { throw SiteRefusal.unknownCollector }
        return found
    }

    /// Lets a collector serve exactly these sites from now on.
    package func serve(_ sites: [SiteRecord], by collector: CollectorRecord) throws {
        guard !sites.isEmpty else { throw SiteRefusal.noSites }
        try tenant.run(Self.deleteSites, .integer(collector.number))
        for site in sites {
            try tenant.run(Self.insertSite, .integer(collector.number), .integer(site.number))
        }
        try SettingsVersion(tenant, at: now).advance(ofCollector: collector.number)
    }

    /// Takes every key of a collector back at once, and every token made for it.
    package func revoke(_ collector: CollectorRecord) throws(StoreFault) {
        try tenant.holdKeys(ofCollector: collector.number)
        try tenant.run(Self.revokeKeys, .integer(collector.number), .timestamp(now))
        try tenant.run(Self.deleteTokens, .integer(collector.number))
    }

    private static func record(_ row: Row) -> CollectorRecord? {
        guard let id = CollectorID(bytes: row.bytes(1)) else { return nil }
        let state: CollectorRecord.State =
            row.integer(4) > 0 ? .enrolled : row.integer(5) > 0 ? .revoked : .waiting
        return CollectorRecord(
            number: row.integer(0), id: id, name: row.text(2), state: state,
            createdAt: row.timestamp(3))
    }

    private static let byName = TenantSQL(
        "SELECT collector FROM collector_profile WHERE organization = $1 AND name = $2")
    private static let insert = TenantSQL(
        "INSERT INTO collector (organization, id, created_at_us) VALUES ($1, $2, $3)")
    private static let byID = TenantSQL(
        "SELECT number FROM collector WHERE organization = $1 AND id = $2")
    private static let insertProfile = TenantSQL(
        """
        INSERT INTO collector_profile (organization, collector, name, settings, settings_at_us)
        VALUES ($1, $2, $3, $4, $5)
        """)
    private static let insertSite = TenantSQL(
        "INSERT INTO collector_site (organization, collector, site) VALUES ($1, $2, $3)")
    private static let deleteSites = TenantSQL(
        "DELETE FROM collector_site WHERE organization = $1 AND collector = $2")
    private static let list = TenantSQL(
        """
        SELECT c.number, c.id, p.name, c.created_at_us,
            (SELECT count(*) FROM collector_key k WHERE k.organization = c.organization
                AND k.collector = c.number AND k.revoked_at_us IS NULL),
            (SELECT count(*) FROM collector_key k WHERE k.organization = c.organization
                AND k.collector = c.number AND k.revoked_at_us IS NOT NULL)
        FROM collector c
        JOIN collector_profile p ON p.organization = c.organization AND p.collector = c.number
        WHERE c.organization = $1 ORDER BY c.number LIMIT 10000
        """)
    private static let revokeKeys = TenantSQL(
        """
        UPDATE collector_key SET revoked_at_us = $3
        WHERE organization = $1 AND collector = $2 AND revoked_at_us IS NULL
        """)
    private static let deleteTokens = TenantSQL(
        """
        DELETE FROM enrolment_token
        WHERE organization = $1 AND collector = $2 AND used_by IS NULL
        """)
}

package import ConveyProtocol
package import Crypto
import Store
package import Tenancy
package import Time

/// A storefront as its owner set it up, without keys and secrets.
package struct SiteRecord: Equatable, Sendable {
    /// Its short number, the key of other tables.
    package let number: Int64
    /// What collectors are told; credentials and secrets are filled in for each.
    package let settings: SiteSettings.Site

    /// Its public id.
    package var id: SiteID { settings.id }
}

/// Makes, finds and changes the sites of one organization.
package struct SiteTable {
    private let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Makes a site; its name is brought to the canonical form.
    package func add(
        _ name: String, _ platform: SiteSettings.Platform, currency: Currency,
        random: some RandomSource
    ) throws -> SiteRecord {
        guard let name = StoreName.canonical(name, platform) else { throw SiteRefusal.wrongName }
        guard try tenant.first(Self.byName, .text(name), make: { $0.integer(0) }) == nil
        else { throw SiteRefusal.nameTaken }
        let site = SiteSettings.Site(
            id: SiteID(at: now, random: random), name: name, platform: platform,
            currency: currency, timeZone: "UTC")
        try tenant.run(Self.insert, .bytes(site.id.bytes), .timestamp(now))
        guard
            let number = try tenant.first(
                Self.byID, .bytes(site.id.bytes), make: { $0.integer(0) })
        else { throw StoreFault("add a site", kind: .statement) }
        try tenant.run(
            Self.insertProfile, .integer(number), .text(name), .text(platform.rawValue),
            .text(String(decoding: site.json(), as: UTF8.self)))
        return SiteRecord(number: number, settings: site)
    }

    /// Every site, oldest first.
    package func all() throws -> [SiteRecord] {
        try tenant.all(Self.list, make: Self.row).map(Self.record)
    }

    /// The sites that a collector serves.
    package func served(by collector: Int64) throws -> [SiteRecord] {
        try tenant.all(Self.served, .integer(collector), make: Self.row).map(Self.record)
    }

    /// The site that an operator means, by id or canonical name.
    package func named(_ text: String) throws -> SiteRecord {
        let id = SiteID(text)?.bytes ?? []
        guard let row = try tenant.first(Self.named, .text(text), .bytes(id), make: Self.row)
        else { throw SiteRefusal.unknownSite }
        return try Self.record(row)
    }

    /// The site of a short number that another table holds.
    package func numbered(_ number: Int64) throws -> SiteRecord {
        guard let row = try tenant.first(Self.numbered, .integer(number), make: Self.row)
        else { throw SiteRefusal.unknownSite }
        return try Self.record(row)
    }

    /// Changes what collectors are told of a site, and lets them know.
    /// - Parameter change: leaves id and name as they are.
    package func change(
        _ record: SiteRecord, _ change: (inout SiteSettings.Site) throws -> Void
    ) throws {
        var site = record.settings
        try change(&site)
        precondition(
            site.id == record.id && site.name == record.settings.name, "Ids and names stay.")
        if let refusal = SiteCheck.refusal(of: site) { throw refusal }
        try tenant.run(
            Self.update, .integer(record.number),
            .text(String(decoding: site.json(), as: UTF8.self)))
        try SettingsVersion(tenant, at: now).advance(ofSite: record.number)
    }

    private static func row(_ row: Row) -> (number: Int64, settings: String) {
        (row.integer(0), row.text(1))
    }

    private static func record(_ row: (number: Int64, settings: String)) throws -> SiteRecord {
        SiteRecord(
            number: row.number, settings: try SiteSettings.Site(json: Array(row.settings.utf8)))
    }

    private static let insert = TenantSQL(
        "INSERT INTO site (organization, id, created_at_us) VALUES ($1, $2, $3)")
    private static let byID = TenantSQL(
        "SELECT number FROM site WHERE organization = $1 AND id = $2")
    private static let insertProfile = TenantSQL(
        """
        INSERT INTO site_profile (organization, site, name, platform, settings)
        VALUES ($1, $2, $3, $4, $5)
        """)
    private static let byName = TenantSQL(
        "SELECT site FROM site_profile WHERE organization = $1 AND name = $2")
    private static let list = TenantSQL(
        """
        SELECT site, settings FROM site_profile WHERE organization = $1 ORDER BY site LIMIT 10000
        """)
    private static let served = TenantSQL(
        """
        SELECT p.site, p.settings FROM collector_site c
        JOIN site_profile p ON p.organization = c.organization AND p.site = c.site
        WHERE c.organization = $1 AND c.collector = $2 ORDER BY p.site LIMIT 10000
        """)
    private static let named = TenantSQL(
        """
        SELECT p.site, p.settings FROM site_profile p
        JOIN site s ON s.organization = p.organization AND s.number = p.site
        WHERE p.organization = $1 AND (p.name = $2 OR s.id = $3)
        """)
    private static let numbered = TenantSQL(
        "SELECT site, settings FROM site_profile WHERE organization = $1 AND site = $2")
    private static let update = TenantSQL(
        "UPDATE site_profile SET settings = $3 WHERE organization = $1 AND site = $2")
}

package import ConveyProtocol
package import Crypto
import Store
package import Tenancy
package import Time

/// Keeps the secrets of sites sealed under the aggregator's key: the current one and the one before it.
package struct WebhookSecrets {
    private let tenant: TenantTransaction
    private let sealing: SealingKey

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, _ sealing: SealingKey) {
        self.tenant = tenant
        self.sealing = sealing
    }

    /// Puts a new secret in force; the one before it stays valid until the next change.
    package func set(
        _ secret: String, of site: SiteRecord, _ use: SiteSettings.SecretUse,
        at now: Timestamp, random: some RandomSource
    ) throws {
        guard (1...256).contains(secret.utf8.count) else { throw SiteRefusal.wrongSecret }
        let place = Place(site: site.id, use: use)
        let sealed = sealing.seal(
            Array(secret.utf8), associatedData: place.associatedData, random: random)
        let key: [SQLValue] = [.integer(site.number), .text(use.rawValue)]
        try tenant.run(Self.forget, key[0], key[1])
        try tenant.run(Self.demote, key[0], key[1])
        try tenant.run(Self.insert, key[0], key[1], .bytes(sealed), .timestamp(now))
        try SettingsVersion(tenant, at: now).advance(ofSite: site.number)
    }

    /// When each secret of a site that is in force was set.
    package func setAt(of site: SiteRecord) throws -> [SiteSettings.SecretUse: Timestamp] {
        var times: [SiteSettings.SecretUse: Timestamp] = [:]
        try tenant.each(Self.times, .integer(site.number)) { row in
            if let use = SiteSettings.SecretUse(rawValue: row.text(0)) {
                times[use] = row.timestamp(1)
            }
            return true
        }
        return times
    }

    /// The secrets of a site in the clear, the current one first.
    func secrets(
        of site: SiteRecord, _ use: SiteSettings.SecretUse
    ) throws -> [String] {
        let place = Place(site: site.id, use: use)
        return try tenant.all(
            Self.select, .integer(site.number), .text(use.rawValue),
            make: { $0.bytes(0) }
        ).map { sealed in
            String(
                decoding: try sealing.open(sealed, associatedData: place.associatedData),
                as: UTF8.self)
        }
    }

    /// Where a sealed secret belongs: moved elsewhere it does not open.
    private struct Place {
        let site: SiteID
        let use: SiteSettings.SecretUse

        var associatedData: [UInt8] { Array("site_secret/\(site)/\(use.rawValue)".utf8) }
    }

    private static let forget = TenantSQL(
        """
        DELETE FROM site_secret
        WHERE organization = $1 AND site = $2 AND use = $3 AND place = 1
        """)
    private static let demote = TenantSQL(
        """
        UPDATE site_secret SET place = 1
        WHERE organization = $1 AND site = $2 AND use = $3 AND place = 0
        """)
    private static let insert = TenantSQL(
        """
        INSERT INTO site_secret (organization, site, use, place, sealed, created_at_us)
        VALUES ($1, $2, $3, 0, $4, $5)
        """)
    private static let times = TenantSQL(
        """
        SELECT use, created_at_us FROM site_secret
        WHERE organization = $1 AND site = $2 AND place = 0
        """)
    private static let select = TenantSQL(
        """
        SELECT sealed FROM site_secret
        WHERE organization = $1 AND site = $2 AND use = $3 ORDER BY place
        """)
}

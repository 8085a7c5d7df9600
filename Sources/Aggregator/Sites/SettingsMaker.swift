package import ConveyProtocol
package import Crypto
package import Gate
package import Store
import Tenancy
import Time

/// Puts together what one collector may know: its sites, their keys and links, and their secrets boxed to it.
package struct SettingsMaker: Sendable {
    private let sealing: SealingKey
    private let random: any RandomSource
    private let keyHistory: @Sendable () -> KeyHistory

    /// Opens secrets with the one, boxes them with the other.
    /// - Parameter keyHistory: the statements that lead to the aggregator's key now.
    package init(
        sealing: SealingKey, random: any RandomSource,
        keyHistory: @escaping @Sendable () -> KeyHistory = { KeyHistory() }
    ) {
        self.sealing = sealing
        self.random = random
        self.keyHistory = keyHistory
    }

    /// The newest settings of a collector.
    package func settings(
        of collector: KnownCollector, in transaction: Transaction
    ) throws -> SiteSettings {
        let tenant = TenantTransaction(transaction, organization: collector.organization)
        let fingerprint = SHA256Digest(of: collector.key.rawBytes)
        guard
            let row = try tenant.first(
                Self.select, .integer(collector.number), .bytes(fingerprint.bytes),
                make: HeadRow.init),
            let organization = row.organization
        else { throw ProtocolProblem.keyUnknown }
        var settings = SiteSettings(
            version: row.version, collector: collector.id, organization: organization,
            issuedAt: row.issuedAt)
        settings.keyHistory = keyHistory()
        let boxKey = try BoxPublicKey(rawBytes: row.boxKey)
        settings.sites = try SiteTable(tenant, at: row.issuedAt).served(by: collector.number)
            .map { try filled($0, for: boxKey, tenant, at: row.issuedAt) }
        return settings
    }

    private func filled(
        _ site: SiteRecord, for key: BoxPublicKey, _ tenant: TenantTransaction,
        at issuedAt: Timestamp
    ) throws -> SiteSettings.Site {
        var settings = site.settings
        let keys = try CredentialTable(tenant, at: issuedAt).inForce(ofSite: site.number)
        (settings.siteKeys, settings.serverKeys) = keys
        settings.links = try LinkTable(tenant, at: issuedAt).served(of: site)
        let secrets = WebhookSecrets(tenant, sealing)
        for use in SiteSettings.SecretUse.allCases {
            let boxes = try secrets.secrets(of: site, use).map { secret in
                try WebhookSecretBox.seal(
                    secret, for: site.id, use, to: key, random: random)
            }
            if !boxes.isEmpty { settings.webhookSecrets[use.rawValue] = boxes }
        }
        return settings
    }

    private struct HeadRow {
        let version: Int64
        let issuedAt: Timestamp
        let organization: OrganizationID?
        let boxKey: [UInt8]

        init(_ row: Row) {
            (version, issuedAt) = (row.integer(0), row.timestamp(1))
            (organization, boxKey) = (OrganizationID(bytes: row.bytes(2)), row.bytes(3))
        }
    }

    private static let select = TenantSQL(
        """
        SELECT p.settings, p.settings_at_us, o.id, k.box_key FROM collector_profile p
        JOIN accounts_organization o ON o.number = p.organization
        JOIN collector_key k ON k.organization = p.organization AND k.collector = p.collector
        WHERE p.organization = $1 AND p.collector = $2 AND k.fingerprint = $3
        """)
}

package import ConveyProtocol
package import Crypto
package import Store
package import Tenancy
package import Time

/// A site key or a server key.
package struct CredentialRecord: Equatable, Sendable {
    /// Names the key where the key itself must not be shown.
    package let number: Int64
    /// The site that it opens.
    package let site: SiteID
    /// Public or secret.
    package let kind: Kind
    /// Of a site key, the key; a server key is shown once and never again.
    package let clear: String?
    /// SHA-256 of the key's text.
    package let digest: SHA256Digest
    /// When it was made.
    package let createdAt: Timestamp
    /// When it was taken back; nil while it is in force.
    package let revokedAt: Timestamp?

    /// For browsers or for servers.
    package enum Kind: String, CaseIterable, Sendable {
        case site, server
    }
}

/// Makes, lists and takes back the keys of one organization's sites.
package struct CredentialTable {
    private let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Makes a key, and lets collectors know.
    /// - Returns: The key. A server key cannot be shown again.
    package func add(
        _ kind: CredentialRecord.Kind, to site: SiteRecord, random: some RandomSource
    ) throws(StoreFault) -> String {
        let key = kind == .site ? SiteKey.make(random: random) : ServerKey.make(random: random)
        try tenant.run(
            Self.insert, .integer(site.number), .text(kind.rawValue),
            .bytes(SHA256Digest(of: Array(key.utf8)).bytes),
            .optional(kind == .site ? key : nil), .timestamp(now))
        try SettingsVersion(tenant, at: now).advance(ofSite: site.number)
        return key
    }

    /// Every key, also those taken back, oldest first.
    package func all() throws(StoreFault) -> [CredentialRecord] {
        try tenant.all(Self.list, make: Self.record).compactMap(\.self)
    }

    /// Takes a key back at once: every collector of its site is told with its next receipt.
    package func revoke(_ number: Int64) throws {
        guard
            let site = try tenant.first(Self.inForce, .integer(number), make: { $0.integer(0) })
        else { throw SiteRefusal.unknownKey }
        try tenant.run(Self.revoke, .integer(number), .timestamp(now))
        try SettingsVersion(tenant, at: now).advance(ofSite: site)
    }

    /// The keys in force of one site, for its collectors.
    func inForce(
        ofSite site: Int64
    ) throws(StoreFault) -> (siteKeys: [String], serverKeys: [String]) {
        var keys: (siteKeys: [String], serverKeys: [String]) = ([], [])
        let rows = try tenant.all(Self.ofSite, .integer(site)) { row in
            (clear: row.optionalText(0), digest: SHA256Digest(bytes: row.bytes(1)))
        }
        for row in rows {
            if let clear = row.clear {
                keys.siteKeys.append(clear)
            } else if let digest = row.digest {
                keys.serverKeys.append(digest.hex)
            }
        }
        return keys
    }

    private static func record(_ row: Row) -> CredentialRecord? {
        guard let site = SiteID(bytes: row.bytes(1)),
            let kind = CredentialRecord.Kind(rawValue: row.text(2)),
            let digest = SHA256Digest(bytes: row.bytes(3))
        else { return nil }
        return CredentialRecord(
            number: row.integer(0), site: site, kind: kind, clear: row.optionalText(4),
            digest: digest, createdAt: row.timestamp(5), revokedAt: row.optionalTimestamp(6))
    }

    private static let insert = TenantSQL(
        """
        INSERT INTO site_credential (organization, site, kind, digest, clear, created_at_us)
        VALUES ($1, $2, $3, $4, $5, $6)
        """)
    private static let list = TenantSQL(
        """
        SELECT c.number, s.id, c.kind, c.digest, c.clear, c.created_at_us, c.revoked_at_us
        FROM site_credential c
        JOIN site s ON s.organization = c.organization AND s.number = c.site
        WHERE c.organization = $1 ORDER BY c.number LIMIT 100000
        """)
    private static let inForce = TenantSQL(
        """
        SELECT site FROM site_credential
        WHERE organization = $1 AND number = $2 AND revoked_at_us IS NULL
        """)
    private static let revoke = TenantSQL(
        "UPDATE site_credential SET revoked_at_us = $3 WHERE organization = $1 AND number = $2")
    private static let ofSite = TenantSQL(
        """
        SELECT clear, digest FROM site_credential
        WHERE organization = $1 AND site = $2 AND revoked_at_us IS NULL
        ORDER BY number LIMIT 1000
        """)
}

/// Finds out whose server key a request brought. The one look-up that knows no organization yet.
package enum ServerKeyLookup {
    /// The short number of the organization whose key this is; nil when it is nobody's or taken back.
    package static func organization(
        of key: String, in transaction: Transaction
    ) throws(StoreFault) -> Int64? {
        try transaction.first(
            find, .bytes(SHA256Digest(of: Array(key.utf8)).bytes), make: { $0.integer(0) })
    }

    private static let find = SQL(
        """
        SELECT organization FROM site_credential
        WHERE digest = $1 AND kind = 'server' AND revoked_at_us IS NULL
        """)
}

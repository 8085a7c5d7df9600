import ConveyProtocol
import Store
package import Tenancy
package import Time

/// A site with all that decides how its events are judged.
package struct JudgedSite: Equatable, Sendable {
    /// The site.
    package let site: SiteRecord
    /// What its operator decided, or the defaults.
    package let policy: SitePolicy
    /// Grows with every change of the policy; 0 while it never was changed.
    package let policyVersion: Int64
    /// Whether the site's platform can send webhooks: it has a secret to sign them with.
    package let hasWebhooks: Bool

    /// Whether orders are judged alike under both: much of what collectors are told plays no part.
    package func judgesAlike(_ other: JudgedSite) -> Bool {
        let (own, others) = (site.settings, other.site.settings)
        return policy == other.policy && hasWebhooks == other.hasWebhooks
            && own.currency == others.currency && own.origins == others.origins
    }

    /// Whether a browser's purchase alone stays `unconfirmed`.
    package var needsConfirmation: Bool {
        switch policy.confirmation {
        case .platform: true
        case .any: false
        case nil: hasWebhooks
        }
    }
}

/// Keeps how each site's events are judged. Tables `site_policy`: Sites.
package struct SitePolicyTable {
    private let tenant: TenantTransaction

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction) { self.tenant = tenant }

    /// A site as it is judged now; nil where the organization has no such site.
    /// - Parameter site: its short number.
    package func judged(_ site: Int64) throws -> JudgedSite? {
        let row = try tenant.first(Self.select, .integer(site)) { row in
            PolicyRow(
                settings: row.text(0), policy: row.optionalText(1), version: row.integer(2),
                hasWebhooks: row.flag(3))
        }
        guard let row else { return nil }
        let settings = try SiteSettings.Site(json: Array(row.settings.utf8))
        return JudgedSite(
            site: SiteRecord(number: site, settings: settings),
            policy: try row.policy.map { try SitePolicy(json: $0) } ?? SitePolicy(),
            policyVersion: row.version, hasWebhooks: row.hasWebhooks)
    }

    /// Changes a site's policy; true where it differs afterwards, so that the site's conversions are
    /// to be judged anew.
    /// - Throws: `SiteRefusal` for what is out of its range.
    @discardableResult
    package func change(
        _ site: SiteRecord, at now: Timestamp, _ change: (inout SitePolicy) throws -> Void
    ) throws -> Bool {
        guard let judged = try judged(site.number) else { throw SiteRefusal.unknownSite }
        var policy = judged.policy
        try change(&policy)
        if let refusal = policy.refusal { throw refusal }
        guard policy != judged.policy else { return false }
        try tenant.run(
            Self.upsert, .integer(site.number), .text(try policy.json), .timestamp(now))
        return true
    }

    private struct PolicyRow {
        let settings: String
        let policy: String?
        let version: Int64
        let hasWebhooks: Bool
    }

    private static let select = TenantSQL(
        """
        SELECT p.settings, s.policy, COALESCE(s.version, 0), CASE WHEN EXISTS (
            SELECT 1 FROM site_secret w WHERE w.organization = p.organization AND w.site = p.site
            AND w.use <> 'signing') THEN 1 ELSE 0 END
        FROM site_profile p
        LEFT JOIN site_policy s ON s.organization = p.organization AND s.site = p.site
        WHERE p.organization = $1 AND p.site = $2
        """)
    private static let upsert = TenantSQL(
        """
        INSERT INTO site_policy (organization, site, policy, version, changed_at_us)
        VALUES ($1, $2, $3, 1, $4)
        ON CONFLICT (organization, site) DO UPDATE SET policy = excluded.policy,
            version = site_policy.version + 1, changed_at_us = excluded.changed_at_us
        """)
}

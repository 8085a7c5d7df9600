package import ConveyProtocol
package import Crypto
package import Store
package import Tenancy
package import Time

/// A campaign link as it is kept.
package struct LinkRecord: Equatable, Sendable {
    /// Its short number.
    package let number: Int64
    /// Its public id, the `campaign_link_id` of its clicks.
    package let id: LinkID
    /// The short number of its site.
    package let site: Int64
    /// What its owner decided.
    package let content: LinkContent
    /// When it was made.
    package let createdAt: Timestamp
}

/// Makes, finds and changes the campaign links of one organization. Tables `site_link`: Sites.
package struct LinkTable {
    /// Links of one organization that are not removed.
    static let countMax: Int64 = 10_000

    private let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Makes a link, with a code of its own where none is given, and lets collectors know.
    package func add(
        _ content: LinkContent, to site: SiteRecord, random: some RandomSource
    ) throws -> LinkRecord {
        guard try tenant.first(Self.count, make: { $0.integer(0) }) ?? 0 < Self.countMax else {
            throw LinkRefusal.tooMany
        }
        var content = content
        if content.code.isEmpty { content.code = try freeCode(random: random) }
        try check(content, of: site, expiryBefore: nil)
        let id = LinkID(at: now, random: random)
        let keys: [SQLValue] = [.integer(site.number), .bytes(id.bytes), .timestamp(now)]
        try tenant.run(Self.insert, values: keys + content.columns)
        try SettingsVersion(tenant, at: now).advance(ofSite: site.number)
        return try named(id.description)
    }

    /// Every link that is not removed, newest first.
    package func all() throws -> [LinkRecord] {
        try tenant.all(Self.list, make: LinkRecord.init(row:)).compactMap(\.self)
    }

    /// The link that an operator means, by code or id.
    package func named(_ text: String) throws -> LinkRecord {
        let id = LinkID(text)?.bytes ?? []
        guard
            let link = try tenant.first(
                Self.named, .text(text), .bytes(id), make: LinkRecord.init(row:)) ?? nil
        else { throw LinkRefusal.unknownLink }
        return link
    }

    /// Changes a link, and lets collectors know.
    /// - Returns: whether its window is another one, so that conversions are to be judged anew.
    package func change(
        _ link: LinkRecord, of site: SiteRecord, _ change: (inout LinkContent) throws -> Void
    ) throws -> Bool {
        var content = link.content
        try change(&content)
        try check(content, of: site, except: link, expiryBefore: link.content.expiresAt)
        try tenant.run(Self.update, values: [.integer(link.number)] + content.columns)
        try SettingsVersion(tenant, at: now).advance(ofSite: link.site)
        return content.windowDays != link.content.windowDays
    }

    /// Ends a link; its clicks are still judged by its window, its code is free again.
    package func remove(_ link: LinkRecord) throws(StoreFault) {
        try tenant.run(Self.remove, .integer(link.number), .timestamp(now))
        try SettingsVersion(tenant, at: now).advance(ofSite: link.site)
    }

    /// What a site's collectors are told: links that are enabled and lead where they may.
    func served(of site: SiteRecord) throws -> [SiteSettings.CampaignLink] {
        let rule = try LinkHosts(tenant, at: now).rule(for: site)
        return try tenant.all(Self.served, .integer(site.number), make: LinkRecord.init(row:))
            .compactMap { link in link.flatMap { $0.served(by: rule) } }
    }

    /// - Parameter expiryBefore: what the link has now; an expiry that stays may have passed.
    private func check(
        _ content: LinkContent, of site: SiteRecord, except link: LinkRecord? = nil,
        expiryBefore: Timestamp?
    ) throws {
        if let refusal = content.refusal { throw refusal }
        if let expiry = content.expiresAt, expiry <= now, expiry != expiryBefore {
            throw LinkRefusal.wrongExpiry
        }
        guard let host = LinkTarget(content.target)?.host else { throw LinkRefusal.wrongTarget }
        guard try LinkHosts(tenant, at: now).rule(for: site).allows(host) else {
            throw LinkRefusal.foreignTarget(host: host)
        }
        let holder = try tenant.first(Self.byCode, .text(content.code), make: { $0.integer(0) })
        guard holder == nil || holder == link?.number else { throw LinkRefusal.codeTaken }
    }

    /// Seven characters that nobody confuses when they read them aloud.
    private func freeCode(random: some RandomSource) throws -> String {
        for _ in 0..<10 {
            let code = String(
                decoding: random.bytes(7).map { Self.alphabet[Int($0 & 31)] }, as: UTF8.self)
            if try tenant.first(Self.byCode, .text(code), make: { $0.integer(0) }) == nil {
                return code
            }
        }
        throw LinkRefusal.codeTaken
    }

    private static let alphabet = Array("abcdefghjkmnpqrstuvwxyz234567890".utf8)
}

extension LinkTable {
    private static let count = TenantSQL(
        "SELECT COUNT(*) FROM site_link WHERE organization = $1 AND removed_at_us IS NULL")
    private static let byCode = TenantSQL(
        """
        SELECT number FROM site_link
        WHERE organization = $1 AND code = $2 AND removed_at_us IS NULL
        """)
    private static let insert = TenantSQL(
        """
        INSERT INTO site_link (organization, site, id, created_at_us, code, target, platform, channel,
            placement, video_id, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
            window_days, expires_at_us, is_enabled)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        """)
    private static let update = TenantSQL(
        """
        UPDATE site_link SET code = $3, target = $4, platform = $5, channel = $6, placement = $7,
            video_id = $8, utm_source = $9, utm_medium = $10, utm_campaign = $11, utm_term = $12,
            utm_content = $13, window_days = $14, expires_at_us = $15, is_enabled = $16
        WHERE organization = $1 AND number = $2
        """)
    private static let remove = TenantSQL(
        "UPDATE site_link SET removed_at_us = $3 WHERE organization = $1 AND number = $2")
    private static let list = TenantSQL(
        """
        SELECT number, id, site, created_at_us, code, target, platform, channel, placement,
            video_id, utm_source, utm_medium, utm_campaign, utm_term, utm_content, window_days,
            expires_at_us, is_enabled
        FROM site_link WHERE organization = $1 AND removed_at_us IS NULL
        ORDER BY number DESC LIMIT 10000
        """)
    private static let named = TenantSQL(
        """
        SELECT number, id, site, created_at_us, code, target, platform, channel, placement,
            video_id, utm_source, utm_medium, utm_campaign, utm_term, utm_content, window_days,
            expires_at_us, is_enabled
        FROM site_link
        WHERE organization = $1 AND removed_at_us IS NULL AND (code = $2 OR id = $3)
        """)
    private static let served = TenantSQL(
        """
        SELECT number, id, site, created_at_us, code, target, platform, channel, placement,
            video_id, utm_source, utm_medium, utm_campaign, utm_term, utm_content, window_days,
            expires_at_us, is_enabled
        FROM site_link
        WHERE organization = $1 AND site = $2 AND removed_at_us IS NULL AND is_enabled = 1
        ORDER BY number
        """)
}

import ConveyProtocol
package import Store
package import Tenancy
package import Time

/// Keeps the hosts that an organization's links may lead to, beside each site's own: a link that
/// leads anywhere else is not told to collectors. Tables `site_link_host`: Sites.
package struct LinkHosts {
    private let tenant: TenantTransaction
    private let now: Timestamp

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, at now: Timestamp) {
        self.tenant = tenant
        self.now = now
    }

    /// Every host on the list, by name.
    package func all() throws(StoreFault) -> [String] {
        try tenant.all(Self.list) { $0.text(0) }
    }

    /// Puts a host on the list, `shop.example`, or all below one, `*.shop.example`.
    package func allow(_ host: String) throws {
        let host = host.lowercased()
        let name = host.hasPrefix("*.") ? String(host.dropFirst(2)) : host
        guard LinkTarget.isHost(name), host == name || name.contains(".") else {
            throw LinkRefusal.wrongHost
        }
        try tenant.run(Self.insert, .text(host))
        try SettingsVersion(tenant, at: now).advanceAll()
    }

    /// Takes a host off the list; links that lead there end at once.
    package func disallow(_ host: String) throws {
        guard try tenant.run(Self.delete, .text(host.lowercased())) > 0 else {
            throw LinkRefusal.unknownHost
        }
        try SettingsVersion(tenant, at: now).advanceAll()
    }

    /// Judges targets of one site's links.
    package func rule(for site: SiteRecord) throws(StoreFault) -> LinkHostRule {
        let name = String(site.settings.name.prefix { $0 != ":" })
        let origins = site.settings.origins.compactMap { LinkTarget($0)?.host }
        return LinkHostRule(own: [name] + origins, listed: try all())
    }

    private static let list = TenantSQL(
        "SELECT host FROM site_link_host WHERE organization = $1 ORDER BY host LIMIT 10000")
    private static let insert = TenantSQL(
        """
        INSERT INTO site_link_host (organization, host) VALUES ($1, $2)
        ON CONFLICT (organization, host) DO NOTHING
        """)
    private static let delete = TenantSQL(
        "DELETE FROM site_link_host WHERE organization = $1 AND host = $2")
}

/// Whether a link's code is known at the edge.
package enum LinkState: String, Sendable {
    case on, off, expired
    /// Its target's host is not allowed any more.
    case forbidden
}

/// Which hosts the links of one site may lead to. Pure.
package struct LinkHostRule: Equatable, Sendable {
    private let exact: Set<String>
    /// With the dot before them.
    private let suffixes: [String]

    init(own: [String], listed: [String]) {
        exact = Set(own + listed)
        suffixes = listed.filter { $0.hasPrefix("*.") }.map { String($0.dropFirst()) }
    }

    /// Whether a link's code is known at the edge, and why not.
    package func state(of link: LinkRecord, at now: Timestamp) -> LinkState {
        guard link.content.isEnabled else { return .off }
        guard link.served(by: self) != nil else { return .forbidden }
        return link.content.expiresAt.map { $0 <= now } ?? false ? .expired : .on
    }

    func allows(_ host: String) -> Bool {
        exact.contains(host) || suffixes.contains { host.hasSuffix($0) && host != $0 }
    }
}

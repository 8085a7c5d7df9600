package import ConveyProtocol

/// The sites of this collector, made ready for requests; one for each version of the settings.
package struct IntakeSites: Sendable {
    private let directory: SiteDirectory?
    private let ready: [SiteID: IntakeSite]
    private let origins: Set<String>
    private let links: [String: IntakeLink]

    /// No sites: before the first settings came.
    package init() {
        directory = nil
        ready = [:]
        origins = []
        links = [:]
    }

    /// - Parameters:
    ///   - settings: As the aggregator sent them.
    ///   - openSecret: Opens a secret's box; nil for one that is not for this collector.
    package init(
        _ settings: SiteSettings,
        openSecret: (_ box: String, _ site: SiteID, _ use: SiteSettings.SecretUse) -> String?
    ) {
        directory = SiteDirectory(settings)
        var ready: [SiteID: IntakeSite] = [:]
        for site in settings.sites {
            let secrets = site.webhookSecrets.map { name, boxes in
                let use = SiteSettings.SecretUse(rawValue: name)
                return (
                    name,
                    boxes.compactMap { box in
                        use.flatMap { openSecret(box, site.id, $0) }
                    }
                )
            }
            ready[site.id] = IntakeSite(
                site, webhookSecrets: Dictionary(uniqueKeysWithValues: secrets))
        }
        self.ready = ready
        origins = Set(ready.values.flatMap(\.origins))
        links = IntakeLink.index(settings.sites.compactMap { ready[$0.id] })
    }

    /// How many sites there are.
    package var count: Int { ready.count }

    func site(siteKey: String) -> IntakeSite? { ready(directory?.site(siteKey: siteKey)) }

    func site(serverKey: String) -> IntakeSite? { ready(directory?.site(serverKey: serverKey)) }

    /// The site that a webhook's path names: by id or by canonical store name.
    func site(named text: String) -> IntakeSite? {
        if let id = SiteID(text) { return ready[id] }
        return ready(directory?.site(name: text.lowercased()))
    }

    /// The campaign link of a short code.
    func link(code: String) -> IntakeLink? { links[code] }

    /// Whether any site lets this origin through: what a preflight without a key is judged by.
    func isKnown(origin: String) -> Bool { origins.contains(origin) }

    private func ready(_ site: SiteSettings.Site?) -> IntakeSite? { site.flatMap { ready[$0.id] } }
}

/// One site as intake needs it.
final class IntakeSite: Sendable {
    let rules: SiteRules
    let origins: Set<String>
    let quotas: SiteQuotas
    private let linkIDs: Set<String>
    private let webhookSecrets: [String: [[UInt8]]]

    init(_ site: SiteSettings.Site, webhookSecrets: [String: [String]]) {
        rules = SiteRules(site)
        quotas = SiteQuotas(site)
        linkIDs = Set(site.links.map(\.id))
        var origins = Set(site.origins.map { $0.lowercased() })
        origins.insert("https://\(site.name)")
        if site.allowsNullOrigin { origins.insert("null") }
        self.origins = origins
        self.webhookSecrets = webhookSecrets.mapValues { $0.map { Array($0.utf8) } }
    }

    var settings: SiteSettings.Site { rules.site }

    /// Whether the settings have a campaign link of this id; one that was switched off is not there.
    func knowsLink(id: String) -> Bool { linkIDs.contains(id) }

    /// The secrets that may sign: the current one, and the previous one while they are being changed.
    func secrets(_ use: SiteSettings.SecretUse) -> [[UInt8]] {
        webhookSecrets[use.rawValue] ?? []
    }
}

import ConveyProtocol

/// One campaign link as intake needs it.
struct IntakeLink: Sendable {
    let link: SiteSettings.CampaignLink
    let site: IntakeSite

    /// Links by code; of a code that two sites have, the first site's link. A target that is no web
    /// address is left out: nobody is sent there.
    static func index(_ sites: [IntakeSite]) -> [String: IntakeLink] {
        var index: [String: IntakeLink] = [:]
        for site in sites {
            for link in site.settings.links
            where index[link.code] == nil && ContractText.isURL(link.target) {
                index[link.code] = IntakeLink(link: link, site: site)
            }
        }
        return index
    }
}

import Store

extension Schema {
    /// Sites' view of every campaign link that there ever was: what a campaign conversion may name.
    static let m0015KnownLinks = Migration(
        15, "known links",
        up: SQL("CREATE VIEW sites_link AS SELECT organization, site, id FROM site_link"),
        down: .script(SQL("DROP VIEW sites_link")))
}

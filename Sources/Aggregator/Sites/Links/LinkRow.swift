import ConveyProtocol
import Store

extension LinkContent {
    /// Its values in the order of its table's columns, from `code` to `is_enabled`.
    var columns: [SQLValue] {
        [
            .text(code), .text(target), .optional(place.platform), .optional(place.channel),
            .optional(place.placement), .optional(place.videoID), .optional(template.source),
            .optional(template.medium), .optional(template.campaign), .optional(template.term),
            .optional(template.content), .optional(windowDays.map { Int64($0) }),
            .optional(expiresAt), .flag(isEnabled),
        ]
    }

    /// Reads the columns which stand behind four others in the row.
    fileprivate init(row: Row) {
        self.init(target: row.text(5))
        code = row.text(4)
        place.platform = row.optionalText(6)
        place.channel = row.optionalText(7)
        place.placement = row.optionalText(8)
        place.videoID = row.optionalText(9)
        template.source = row.optionalText(10)
        template.medium = row.optionalText(11)
        template.campaign = row.optionalText(12)
        template.term = row.optionalText(13)
        template.content = row.optionalText(14)
        windowDays = row.optionalInteger(15).map { Int($0) }
        expiresAt = row.optionalTimestamp(16)
        isEnabled = row.flag(17)
    }
}

extension LinkRecord {
    /// Reads number, id, site and time of making, then the content's columns.
    init?(row: Row) {
        guard let id = LinkID(bytes: row.bytes(1)) else { return nil }
        self.init(
            number: row.integer(0), id: id, site: row.integer(2), content: LinkContent(row: row),
            createdAt: row.timestamp(3))
    }

    /// The link for the edge; nil where it leads to a host that it must not lead to.
    func served(by rule: LinkHostRule) -> SiteSettings.CampaignLink? {
        guard let host = LinkTarget(content.target)?.host, rule.allows(host),
            let target = content.taggedTarget
        else { return nil }
        var link = SiteSettings.CampaignLink(
            id: id.description, code: content.code, target: target)
        link.windowDays = content.windowDays
        link.expiresAt = content.expiresAt
        return link
    }
}

import Daemon

/// The commands about campaign links.
enum LinkCommands {
    static func all(_ shared: ConversionCommands.SharedOptions) -> [CommandGrammar.Command] {
        let common = [shared.organization, shared.json]
        return [
            .init(
                "links add", operands: ["SITE", "TARGET"], options: common + settings,
                "Make a short link to an https:// page of the site, or of an allowed host."),
            .init(
                "links list",
                options: common + [.init("site", value: "SITE", "Only of this site.")],
                "Show every link, newest first."),
            .init(
                "links show", operands: ["LINK"], options: common,
                "Show one link whole, named by code or id."),
            .init(
                "links set", operands: ["LINK"], options: common + [target, enabled] + settings,
                "Change a link; collectors learn of it in seconds."),
            .init(
                "links remove", operands: ["LINK"], options: common,
                "End a link; what its clicks earned stays."),
            .init(
                "links qr", operands: ["LINK"],
                options: [
                    shared.organization,
                    .init("base", value: "URL", "Where shoppers reach the collector: https://host"),
                ],
                "Print the short address as a QR code in SVG."),
            .init(
                "links allow", operands: ["HOST"], options: common,
                "Let links lead to shop.example, or with *.shop.example to all below it."),
            .init(
                "links disallow", operands: ["HOST"], options: common,
                "Take a host off the list; links that lead there end at once."),
            .init(
                "links hosts", options: common,
                "Show the hosts that links may lead to, beside each site's own."),
        ]
    }

    private static let target = CommandGrammar.Option(
        "target", value: "URL", "Another https:// page.")
    private static let enabled = CommandGrammar.Option(
        "enabled", value: "YES", "yes or no: whether the code is known.")
    private static let settings: [CommandGrammar.Option] = [
        .init("code", value: "CODE", "What stands behind /l/; made up if it is not given."),
        .init("video", value: "URL", "The video's page or id: gives video_id, and platform."),
        .init("platform", value: "NAME", "Where it is posted, as youtube."),
        .init("channel", value: "NAME", "Whose page it is."),
        .init("placement", value: "NAME", "Where on the page, as description."),
        .init("utm-source", value: "TEXT", "A tag; may name {platform}, {code} and the like."),
        .init("utm-medium", value: "TEXT", "A tag."),
        .init("utm-campaign", value: "TEXT", "A tag."),
        .init("utm-term", value: "TEXT", "A tag."),
        .init("utm-content", value: "TEXT", "A tag."),
        .init(
            "window-days", value: "N", "Days in which a click earns credit: 1 to 90; or default."),
        .init("expires", value: "TIME", "When it ends, as 2026-12-31T23:00:00Z; or never."),
    ]
}

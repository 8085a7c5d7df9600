import Daemon

/// The commands about conversions, where they are sent, and what became of them.
enum ConversionCommands {
    static func all(_ shared: SharedOptions) -> [CommandGrammar.Command] {
        conversions(shared) + destinations(shared) + uploads(shared)
    }

    /// Options that many commands have.
    struct SharedOptions {
        let organization, json, limit: CommandGrammar.Option
    }

    private static func conversions(_ shared: SharedOptions) -> [CommandGrammar.Command] {
        [
            .init(
                "conversions list",
                options: [
                    shared.organization, shared.json, shared.limit,
                    .init("site", value: "SITE", "Only of this site."),
                ],
                "Show what orders became, newest first, with every model's credits."),
            .init(
                "explain", operands: ["ORDER"],
                options: [
                    shared.organization, shared.json,
                    .init("site", value: "SITE", "Only at this site."),
                ],
                "Tell an order's whole life: by its id, name or its conversion's id."),
        ]
    }

    private static func destinations(_ shared: SharedOptions) -> [CommandGrammar.Command] {
        let common = [shared.organization, shared.json]
        return [
            .init(
                "destinations add", operands: ["NAME"],
                options: common + address + settings,
                "Add a conversion action of Google Ads; it starts in mode validate."),
            .init("destinations list", options: common, "Show every destination."),
            .init(
                "destinations set", operands: ["NAME"], options: common + settings,
                "Change a destination; what is held is looked at again."),
            .init(
                "destinations credential", operands: ["NAME"],
                options: common + [
                    .init(
                        "file", value: "FILE",
                        "JSON: a service account's key, or client_id, client_secret and refresh_token."
                    )
                ],
                "Put a credential in force; it is sealed and never shown."),
            .init(
                "destinations mode", operands: ["NAME", "MODE"], options: common,
                "observe: nothing leaves; validate: the platform only checks; live: from now on."),
            .init(
                "destinations resume", operands: ["NAME"], options: common,
                "Go on after a hold whose cause was mended."),
            .init(
                "destinations backfill", operands: ["NAME"],
                options: common + [
                    .init("from", value: "TIME", "Conversions bought since then, as RFC 3339."),
                    .init("confirm", "Send them; without it they are only counted."),
                ],
                "Send conversions from before the destination was live, after a look at them."),
            .init(
                "destinations remove", operands: ["NAME"], options: common,
                "Send nothing there any more; what was sent stays on record."),
        ]
    }

    private static let address: [CommandGrammar.Option] = [
        .init("customer", value: "ID", "The account that owns the action: ten digits."),
        .init("login", value: "ID", "The manager account that reaches it, where there is one."),
        .init("action", value: "ID", "The conversion action's number."),
    ]

    private static let settings: [CommandGrammar.Option] = [
        .init("sites", value: "A,B", "Sites it serves; all by default."),
        .init("send", value: "RULE", "any_click (default) or credited."),
        .init("value", value: "RULE", "full (default) or share, with --send credited."),
        .init("rollout", value: "N", "Percent of conversions that are sent: 0 to 100."),
        .init("window-days", value: "N", "The action's click-through window: 1 to 90 days."),
        .init(
            "plain-order-id", value: "YES", "yes where the shop's own tag feeds the action, too."),
        .init("url", value: "URL", "Where the platform is, if not at its own address."),
        .init("token-url", value: "URL", "Where access tokens are made, if not there."),
        .init("quota-project", value: "ID", "The Cloud project whose quota is used."),
    ]

    private static func uploads(_ shared: SharedOptions) -> [CommandGrammar.Command] {
        [
            .init(
                "uploads list",
                options: [
                    shared.organization, shared.json, shared.limit,
                    .init("state", value: "STATE", "held, due, sending, accepted, confirmed, ..."),
                ],
                "Show what is or was to be sent, newest first."),
            .init(
                "uploads show", operands: ["NUMBER"],
                options: [shared.organization, shared.json],
                "Show one upload's whole life, with every exchange about it, as JSON."),
            .init(
                "uploads retry", operands: ["NUMBER"], options: [shared.organization, shared.json],
                "Look at an upload again that is held, rejected or cancelled."),
            .init(
                "uploads cancel", operands: ["NUMBER"],
                options: [shared.organization, shared.json],
                "Do not send an upload of which nothing has left."),
        ]
    }
}

import Daemon

/// This program's version, in logs and `version`.
let aggregatorVersion = "0.1.0"

/// The program: its commands and its settings.
enum AggregatorProgram {
    static let program = DaemonProgram(
        "convey-aggregator", version: aggregatorVersion,
        does: "receives what collectors send, and keeps the books.",
        commands: [
            .init("serve", "Receive batches until stopped."),
            .init(
                "organizations add", operands: ["NAME"], options: [json],
                "Make an organization; the first needs no --organization afterwards."),
            .init("organizations list", options: [json], "Show every organization."),
            .init(
                "organizations retention", operands: ["NAME"],
                options: [
                    json, .init("events", value: "DAYS", "As 365d: how long events are kept."),
                ],
                "Show or set how long an organization's events are kept."),
            .init(
                "sites add", operands: ["STORE"],
                options: [
                    organization, json,
                    .init("platform", value: "NAME", "shopify, woocommerce or custom (default)."),
                    .init("currency", value: "CODE", "The store's currency; EUR by default."),
                ],
                "Add a storefront: acme.myshopify.com, shop.example."),
            .init("sites list", options: [organization, json], "Show the organization's sites."),
            .init(
                "sites set", operands: ["SITE"], options: siteOptions,
                "Change a site, named by id or store; collectors learn of it in seconds."),
            .init(
                "sites show", operands: ["SITE"], options: [organization, json],
                "Show what collectors are told of a site, by the options of sites set."),
            .init(
                "sites policy", operands: ["SITE"], options: [organization, json],
                "Show how a site's orders are judged and attributed."),
            .init(
                "keys add", operands: ["SITE"],
                options: [
                    organization, json,
                    .init("kind", value: "KIND", "site (public, default) or server (secret)."),
                ],
                "Make a key for a site. A server key is shown this once."),
            .init("keys list", options: [organization, json], "Show the organization's keys."),
            .init(
                "keys revoke", operands: ["NUMBER"], options: [organization, json],
                "Take a key back, by its number in keys list."),
            .init(
                "collectors add", operands: ["NAME"], options: [organization, json, sites],
                "Make a collector and a one-time token, good for 15 minutes."),
            .init(
                "collectors token", operands: ["COLLECTOR"], options: [organization, json],
                "Make another token: to enrol again, also after a revocation."),
            .init(
                "collectors serve", operands: ["COLLECTOR"], options: [organization, json, sites],
                "Say anew which sites a collector serves."),
            .init("collectors list", options: [organization, json], "Show every collector."),
            .init(
                "collectors show", operands: ["COLLECTOR"], options: [organization, json],
                "Show a collector's keys, each by its fingerprint."),
            .init(
                "collectors revoke", operands: ["COLLECTOR"], options: [organization, json],
                "Refuse every key of a collector from now on."),
        ] + links + books + results + upkeep, settings: AggregatorConfiguration.settings)

    private static let books: [CommandGrammar.Command] = [
        .init(
            "balance", options: [organization, json],
            "Show the ledger of every collector; exits 1 when it does not balance."),
        .init(
            "events list",
            options: [
                organization, json, limit, .init("site", value: "SITE", "Only of this site."),
                .init("type", value: "TYPE", "Only of this type."),
                .init("lines", "Print the events themselves, one a line."),
            ],
            "Show what came, newest first."),
        .init(
            "events show", operands: ["ID"], options: [organization, json],
            "Show one event whole, and where it came from."),
        .init(
            "dead-letters list", options: [organization, json, limit],
            "Show events that the edge took and that could not be used."),
        .init(
            "dead-letters show", operands: ["NUMBER"], options: [organization, json],
            "Show one whole, with what is wrong with it."),
        .init(
            "dead-letters correct", operands: ["NUMBER", "FILE"], options: [organization, json],
            "Put a corrected event in its place; it is checked anew."),
        .init(
            "dead-letters replay", operands: ["NUMBER"], options: [organization, json],
            "Try one again, or all that wait: replay all."),
    ]

    private static let links = LinkCommands.all(
        .init(organization: organization, json: json, limit: limit))

    private static let results = ConversionCommands.all(
        .init(organization: organization, json: json, limit: limit))

    private static let upkeep: [CommandGrammar.Command] = [
        .init(
            "signing-key show", options: [json],
            "Show the aggregator's own key by its fingerprint, and those before it."),
        .init(
            "signing-key rotate",
            "Sign with a new key, stated under the one before; collectors follow by themselves."),
        .init("backup", operands: ["FILE"], "Copy the database while it is in use, and check it."),
        .init(
            "export", operands: ["FILE"],
            options: [
                .init("final", "Close the database first, in all processes: it moves."),
                .init("to", value: "WORDS", "Where it moves; the closed database says so."),
            ],
            "Write the whole database to a file, or - , for another database."),
        .init(
            "import", operands: ["FILE"],
            "Fill an empty database from an export, and compare. Daemon stopped."),
        .init("reopen", "Open a database again that export --final closed. Never open both."),
        .init("migrate status", "Show which migrations the database has."),
        .init("migrate up", "Bring the schema up to date, after a backup. Daemon stopped."),
        .init("migrate down", operands: ["VERSION"], "Undo migrations. Daemon stopped."),
        .init("migrate dry-run", "Try the missing migrations and undo them. Daemon stopped."),
    ]

    private static let json = CommandGrammar.Option("json", "Print JSON.")
    private static let limit = CommandGrammar.Option(
        "limit", value: "N", "At most so many; 100 by default.")
    private static let organization = CommandGrammar.Option(
        "organization", value: "NAME", "Which organization; needed where there are several.")
    private static let sites = CommandGrammar.Option(
        "sites", value: "A,B", "Sites it serves; all of the organization by default.")
    private static let siteOptions: [CommandGrammar.Option] =
        [organization, json] + SiteChange.options + PolicyChange.options
}

/// Runs one command and says what the process exits with: 0 done, 1 failed, 64 not understood,
/// 69 cannot now, 78 configuration refused.
func runCommand(_ words: [String]) async -> Int32 {
    await AggregatorProgram.program.run(words) { call in
        let place = AggregatorPlace(call.configuration)
        return switch call.invocation.command {
        case "serve":
            await Aggregator(call.configuration, environment: call.environment).run()
        case "export": await ExportCommand(place).run(call.invocation)
        case "import": await ImportCommand(place).run(call.invocation)
        case let command where command.hasPrefix("migrate "):
            await MigrateCommand(place).run(call.invocation)
        default:
            await OrderCommand(place).run(call.invocation)
        }
    }
}

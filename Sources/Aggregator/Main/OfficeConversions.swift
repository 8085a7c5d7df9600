import Accounts
import Conversions
import ConveyProtocol
import Pipeline
import Sites
import Store
import Tenancy
import Time
import Timeline

/// Orders about what the shops' orders became.
extension Office {
    func conversions(_ order: Order) async throws -> Reply {
        switch order.command {
        case "conversions list":
            let (limit, now) = (try Self.limit(order), now)
            let rows = try await read(order) { tenant in
                let sites = try SiteTable(tenant, at: now).all()
                let names = Dictionary(
                    uniqueKeysWithValues: sites.map { ($0.number, $0.settings.name) })
                let wanted = try order.values["site"].map {
                    try SiteTable(tenant, at: now).named($0).number
                }
                return try Self.newest(limit, ConversionTable(tenant, at: now)) {
                    wanted == nil || $0.site == wanted
                }.map { Self.row($0, names[$0.site] ?? "") }
            }
            return Listing(Self.conversionColumns, rows).reply(order)
        default: throw OrderRefusal.unknownCommand
        }
    }

    /// Reads back page by page until enough are found or none are left.
    private static func newest(
        _ limit: Int, _ table: ConversionTable, where isWanted: (ConversionRecord) -> Bool
    ) throws -> [ConversionRecord] {
        var found: [ConversionRecord] = []
        var before: Int64?
        while found.count < limit {
            let page = try table.newest(1_000, before: before)
            guard let last = page.last else { break }
            before = last.number
            found += page.filter(isWanted).prefix(limit - found.count)
        }
        return found
    }

    private static let conversionColumns = [
        "id", "site", "order", "definition", "status", "reason", "value_micros", "currency",
        "occurred_at", "version", "settled_at", "person", "credits",
    ]

    private static func row(_ conversion: ConversionRecord, _ site: String) -> [String] {
        [
            conversion.id.description, site, conversion.identity.description,
            conversion.rule.definition, conversion.status.rawValue, conversion.reason ?? "",
            "\(conversion.value.micros)", conversion.value.currency.description,
            conversion.occurredAt.description, "\(conversion.version)",
            conversion.settledAt?.description ?? "", conversion.person?.description ?? "",
            conversion.credits,
        ]
    }

    // MARK: Explaining

    func explain(_ order: Order) async throws -> Reply {
        let (now, verdicts) = (now, verdicts)
        let answers = try await store.read { transaction in
            let organization = try Accounts.named(order.values["organization"], in: transaction)
            let tenant = TenantTransaction(transaction, organization: organization.number)
            let site = try order.values["site"].map {
                try SiteTable(tenant, at: now).named($0).number
            }
            return try Explainer(tenant, transaction, verdicts, at: now)
                .explanations(of: order.operands[0], site: site)
        }
        guard !answers.isEmpty else { throw OrderRefusal.notFound("order") }
        let isJSON = order.has("json")
        return Reply(
            exitStatus: 0,
            output: isJSON
                ? "[\(answers.map(\.json).joined(separator: ",\n"))]"
                : answers.map(\.text).joined(separator: "\n\n"))
    }
}

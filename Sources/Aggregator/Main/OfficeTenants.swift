import Accounts
import ConveyProtocol
import Crypto
import Daemon
import Pipeline
import Sites
import Store
import Tenancy
import Time

/// Orders about organizations, sites and keys.
extension Office {
    func organizations(_ order: Order) async throws -> Reply {
        switch order.command {
        case "organizations add":
            let (name, now, random) = (order.operands[0], now, random)
            let made = try await store.write { transaction in
                try Accounts.add(
                    name: name, by: "operator", at: now, random: random, in: transaction)
            }
            return Listing(["id", "name"], [[made.id.description, made.name]]).reply(order)
        case "organizations list":
            let all = try await store.read { try Accounts.all(in: $0) }
            return Listing(
                ["id", "name", "created_at"],
                all.map { [$0.id.description, $0.name, $0.createdAt.description] }
            ).reply(order)
        case "organizations retention": return try await retention(order)
        default: throw OrderRefusal.unknownCommand
        }
    }

    // MARK: Sites

    func sites(_ order: Order) async throws -> Reply {
        switch order.command {
        case "sites add": return try await addSite(order)
        case "sites list":
            let all = try await read(order) { tenant in
                try SiteTable(tenant, at: Timestamp(microseconds: 0)).all()
            }
            return Listing(Self.siteColumns, all.map(Self.row)).reply(order)
        case "sites set": return try await setSite(order)
        case "sites show": return try await showSite(order)
        case "sites policy":
            let judged = try await read(order) { tenant in
                let site = try SiteTable(tenant, at: Timestamp(microseconds: 0))
                    .named(order.operands[0])
                return try SitePolicyTable(tenant).judged(site.number)
            }
            guard let judged else { throw SiteRefusal.unknownSite }
            return Listing(["setting", "value"], PolicyText(judged).rows).reply(order)
        default: throw OrderRefusal.unknownCommand
        }
    }

    private func showSite(_ order: Order) async throws -> Reply {
        let text = try await read(order) { [sealing = installation.sealingKey] tenant in
            let at = Timestamp(microseconds: 0)
            let site = try SiteTable(tenant, at: at).named(order.operands[0])
            return SiteText(
                site.settings, secretsSetAt: try WebhookSecrets(tenant, sealing).setAt(of: site),
                links: try LinkTable(tenant, at: at).all().count { $0.site == site.number })
        }
        return Listing(["setting", "value"], text.rows).reply(order)
    }

    private func setSite(_ order: Order) async throws -> Reply {
        let (change, policyChange) = (try SiteChange(order), try PolicyChange(order))
        let (sealing, random) = (installation.sealingKey, random)
        let site = try await self.change(order) { tenant, now in
            let table = SiteTable(tenant, at: now)
            let site = try table.named(order.operands[0])
            let before = try SitePolicyTable(tenant).judged(site.number)
            try table.change(site, change.apply)
            try SitePolicyTable(tenant).change(site, at: now, policyChange.apply)
            for use in SiteSettings.SecretUse.allCases {
                guard let secret = order.values["\(use.rawValue)-secret"] else { continue }
                try WebhookSecrets(tenant, sealing)
                    .set(secret, of: site, use, at: now, random: random)
            }
            let after = try SitePolicyTable(tenant).judged(site.number)
            if let before, let after, !after.judgesAlike(before) {
                try Rejudging(tenant, at: now).all(ofSite: site.number)
            }
            return (try table.named(order.operands[0]), site.id.description)
        }
        bells.pipeline.ring()
        return Listing(Self.siteColumns, [Self.row(site)]).reply(order)
    }

    private func addSite(_ order: Order) async throws -> Reply {
        let platform = order.values["platform"] ?? "custom"
        guard let platform = SiteSettings.Platform(rawValue: platform) else {
            throw OrderRefusal.wrongValue(
                option: "--platform",
                takes: SiteSettings.Platform.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard let currency = Currency(order.values["currency"] ?? "EUR") else {
            throw OrderRefusal.wrongValue(option: "--currency", takes: "three letters, as EUR")
        }
        let random = random
        let site = try await change(order) { tenant, now in
            let site = try SiteTable(tenant, at: now)
                .add(order.operands[0], platform, currency: currency, random: random)
            return (site, site.id.description)
        }
        return Listing(Self.siteColumns, [Self.row(site)]).reply(order)
    }

    private static let siteColumns = ["id", "name", "platform", "currency", "enabled", "origins"]

    private static func row(_ site: SiteRecord) -> [String] {
        let settings = site.settings
        return [
            site.id.description, settings.name, settings.platform.rawValue,
            settings.currency.description, settings.isEnabled ? "yes" : "no",
            settings.origins.joined(separator: " "),
        ]
    }

    // MARK: Keys

    func keys(_ order: Order) async throws -> Reply {
        switch order.command {
        case "keys add":
            guard let kind = CredentialRecord.Kind(rawValue: order.values["kind"] ?? "site") else {
                throw OrderRefusal.wrongValue(option: "--kind", takes: "site or server")
            }
            let random = random
            let key = try await change(order) { tenant, now in
                let site = try SiteTable(tenant, at: now).named(order.operands[0])
                let key = try CredentialTable(tenant, at: now).add(kind, to: site, random: random)
                return (key, site.id.description)
            }
            return Listing(["kind", "key"], [[kind.rawValue, key]]).reply(order)
        case "keys list":
            let all = try await read(order) { tenant in
                try CredentialTable(tenant, at: Timestamp(microseconds: 0)).all()
            }
            return Listing(
                ["number", "site", "kind", "key", "created_at", "revoked_at"], all.map(Self.row)
            ).reply(order)
        case "keys revoke":
            guard let number = Int64(order.operands[0]) else {
                throw OrderRefusal.wrongValue(option: "NUMBER", takes: "a number of keys list")
            }
            try await change(order) { tenant, now in
                ((), subject: try Self.revoke(number, tenant, now))
            }
            return Reply(exitStatus: 0, output: "The key is no longer valid.")
        default: throw OrderRefusal.unknownCommand
        }
    }

    private static func revoke(
        _ number: Int64, _ tenant: TenantTransaction, _ now: Timestamp
    ) throws -> String {
        try CredentialTable(tenant, at: now).revoke(number)
        return "\(number)"
    }

    private static func row(_ key: CredentialRecord) -> [String] {
        [
            "\(key.number)", key.site.description, key.kind.rawValue,
            key.clear ?? "sha256:\(key.digest.hex.prefix(12))…", key.createdAt.description,
            key.revokedAt?.description ?? "",
        ]
    }
}

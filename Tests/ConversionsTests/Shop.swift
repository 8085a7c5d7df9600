import Accounts
import ConveyProtocol
import Crypto
import Schema
import Sites
import Store
import Tenancy
import TestSupport
import Time
import Timeline

@testable import Conversions

/// One site of one organization, and what the pipeline does with its orders.
struct Shop {
    let temporary: TemporaryStore
    let organization: Int64
    let site: SiteRecord
    static let rule = ConversionDraft.Rule(
        assignment: "purchase", definition: "purchase", definitionVersion: 1)

    static func make(_ backend: Backend) async throws -> Shop {
        let temporary = try await backend.makeStore(migrated: Schema.migrator)
        let now = Sample.start
        let random = RandomBytes()
        let (organization, site) = try await temporary.store.write { transaction in
            let acme = try Accounts.add(
                name: "Acme", by: "test", at: now, random: random, in: transaction)
            let tenant = TenantTransaction(transaction, organization: acme.number)
            let site = try SiteTable(tenant, at: now).add(
                "acme", .shopify, currency: Sample.euro, random: random)
            return (acme.number, site)
        }
        return Shop(temporary: temporary, organization: organization, site: site)
    }

    func write<T: Sendable>(
        at now: Timestamp = Sample.start,
        _ body: @escaping @Sendable (ConversionTable, TenantTransaction) throws -> T
    ) async throws -> T {
        let organization = organization
        return try await temporary.store.write { transaction in
            let tenant = TenantTransaction(transaction, organization: organization)
            return try body(ConversionTable(tenant, at: now), tenant)
        }
    }

    /// Judges the orders of all these facts, as after any of them came.
    @discardableResult
    func judge(
        _ facts: [Fact], _ rule: CountingRule = Sample.shopify, sent: Set<Int64> = [],
        at now: Timestamp = Sample.start
    ) async throws -> [ConversionChange] {
        let site = site
        return try await write(at: now) { table, tenant in
            try Self.judge(facts, rule, at: site, sent: sent, table, tenant)
        }
    }

    static func judge(
        _ facts: [Fact], _ rule: CountingRule, at site: SiteRecord, sent: Set<Int64>,
        _ table: ConversionTable, _ tenant: TenantTransaction
    ) throws -> [ConversionChange] {
        let groups = OrderGroup.groups(of: facts)
        let folding = Folding(rule, currency: Sample.euro)
        let orders = groups.compactMap { folding.fold($0, linked: []) }
        let drafts = orders.compactMap { order in
            ConversionDraft(order, site: site.id, rule: Self.rule, value: order.money.value)
        }
        let scope = OrderScope(site: site.number, groups: groups)
        try MergedOrderTable(tenant, at: table.now).keep(orders, of: scope)
        return try table.apply(drafts, to: scope, cause: "test") { sent.contains($0) }
    }

    func inForce() async throws -> [ConversionRecord] {
        try await write { table, _ in try table.newest(1000) }
    }
}

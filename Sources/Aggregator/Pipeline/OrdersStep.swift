import Attribution
import Conversions
import ConveyProtocol
import Daemon
import Destinations
import Store
import Tenancy
import Time
import Timeline

/// Judges the orders that may have changed, and writes what came of it: the merged order, its
/// conversions with their credits, and what each destination is to be told.
struct OrdersStep: Step {
    static let name = "orders"

    private let parts: Pipeline.Parts
    /// Orders judged at once.
    private static let ordersMax = 256
    /// When an order is tried again that could not be judged.
    private static let rest: Duration = .seconds(60)

    init(_ parts: Pipeline.Parts) { self.parts = parts }

    func turn() async throws -> Bool {
        let now = parts.clock.now()
        let entries = try await parts.store.read { tx in
            try StaleOrders.due(Self.ordersMax, at: now, in: tx)
        }
        guard !entries.isEmpty else { return false }
        do {
            try await work(on: entries)
        } catch {
            guard (error as? StoreFault)?.canRetry == false else { throw error }
            try await workOneByOne(entries)
        }
        return true
    }

    /// One order that cannot be judged does not hold up the others.
    private func workOneByOne(_ entries: [StaleOrders.Entry]) async throws {
        for entry in entries {
            do {
                try await work(on: [entry])
            } catch {
                parts.log.error(
                    "An order cannot be judged; it is tried again each minute.",
                    service: Self.name, because: error)
                let time = parts.clock.now() + Self.rest
                try await parts.store.write { tx in
                    let tenant = TenantTransaction(tx, organization: entry.organization)
                    try StaleOrders(tenant).postpone(entry, until: time)
                }
            }
        }
    }

    /// Judging only reads; one short transaction holds all that follows from it.
    private func work(on entries: [StaleOrders.Entry]) async throws {
        let groups = Dictionary(grouping: entries, by: \.organization).sorted { $0.key < $1.key }
        let limits = parts.limits
        let judged = try await parts.store.read { tx in
            try groups.map { organization, entries in
                let tenant = TenantTransaction(tx, organization: organization)
                var judge = OrderJudge(tenant, limits: limits)
                return try judge.judge(entries.map(\.anchor))
            }
        }
        let now = parts.clock.now()
        try await parts.store.write { tx in
            for ((organization, entries), families) in zip(groups, judged) {
                let tenant = TenantTransaction(tx, organization: organization)
                let writer = try OutcomeWriter(tenant, at: now)
                let causes = Causes(entries)
                for family in families {
                    try writer.write(family, because: causes.text(for: family.scope))
                }
                for entry in entries { try StaleOrders(tenant).finish(entry) }
            }
        }
        parts.bells.uploads.ring()
    }
}

/// Why orders are judged, by what they are known by.
private struct Causes {
    private var byIdentity: [OrderIdentity: Set<String>] = [:]

    init(_ entries: [StaleOrders.Entry]) {
        for entry in entries {
            for identity in entry.anchor.identities {
                byIdentity[identity, default: []].insert(entry.cause)
            }
        }
    }

    /// Every cause for which orders of a scope are judged. Two sites may share an identity: then one
    /// of them may name a cause too many.
    func text(for scope: OrderScope) -> String {
        let causes = scope.identities.reduce(into: Set<String>()) { found, identity in
            found.formUnion(byIdentity[identity] ?? [])
        }
        return causes.sorted().joined(separator: ", ")
    }
}

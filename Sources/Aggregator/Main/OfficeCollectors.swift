import ConveyProtocol
import Crypto
import Gate
import Sites
import Tenancy
import Time

/// Orders about collectors.
extension Office {
    func collectors(_ order: Order) async throws -> Reply {
        switch order.command {
        case "collectors add":
            let random = random
            return try await token(order) { tenant, now in
                try CollectorTable(tenant, at: now).add(
                    name: order.operands[0], sites: try Self.sites(order, tenant, now),
                    random: random)
            }
        case "collectors token":
            return try await token(order) { tenant, now in
                try CollectorTable(tenant, at: now).named(order.operands[0])
            }
        case "collectors serve":
            try await change(order) { tenant, now in
                let table = CollectorTable(tenant, at: now)
                let collector = try table.named(order.operands[0])
                try table.serve(try Self.sites(order, tenant, now), by: collector)
                return ((), subject: collector.id.description)
            }
            return Reply(exitStatus: 0, output: "The collector learns of it with its next receipt.")
        case "collectors list":
            let all = try await read(order) { tenant in
                try CollectorTable(tenant, at: Timestamp(microseconds: 0)).all()
            }
            return Listing(
                ["id", "name", "state", "created_at"],
                all.map {
                    [$0.id.description, $0.name, $0.state.rawValue, $0.createdAt.description]
                }
            ).reply(order)
        case "collectors show": return try await showKeys(order)
        case "collectors revoke":
            try await change(order) { tenant, now in
                let table = CollectorTable(tenant, at: now)
                let collector = try table.named(order.operands[0])
                try table.revoke(collector)
                return ((), subject: collector.id.description)
            }
            return Reply(
                exitStatus: 0,
                output:
                    "Its keys are refused from now on; it keeps its events until enrolled again.")
        default: throw OrderRefusal.unknownCommand
        }
    }

    /// One row a key, oldest first.
    private func showKeys(_ order: Order) async throws -> Reply {
        let now = now
        let keys = try await read(order) { tenant in
            let table = CollectorTable(tenant, at: now)
            return try table.keys(of: try table.named(order.operands[0]), at: now)
        }
        return Listing(
            ["key", "state", "until", "since"],
            keys.map { key in
                let (state, until) =
                    switch key.state {
                    case .inForce: ("in force", "")
                    case .retiring(let until): ("retiring", until.description)
                    case .ended(let at): ("ended", at.description)
                    }
                return [key.fingerprint.hex, state, until, key.since.description]
            }
        ).reply(order)
    }

    /// Makes a one-time token for a collector and shows it, once.
    private func token(
        _ order: Order,
        for collector: @escaping @Sendable (TenantTransaction, Timestamp) throws -> CollectorRecord
    ) async throws -> Reply {
        let random = random
        let desk = EnrolmentDesk(
            sealing: installation.sealingKey, aggregator: installation.keyring.keys.key)
        let made = try await change(order) { tenant, now in
            let collector = try collector(tenant, now)
            let token = try desk.token(for: collector, at: now, random: random, in: tenant)
            return ((collector, token), subject: collector.id.description)
        }
        let (record, token) = made
        return Listing(
            ["collector", "name", "token"],
            [[record.id.description, record.name, token.text]]
        ).reply(order)
    }

    /// The sites that `--sites` names, or all of the organization.
    private static func sites(
        _ order: Order, _ tenant: TenantTransaction, _ now: Timestamp
    ) throws -> [SiteRecord] {
        let table = SiteTable(tenant, at: now)
        guard let names = order.values["sites"] else { return try table.all() }
        return try names.split(separator: ",").map { try table.named(String($0)) }
    }
}

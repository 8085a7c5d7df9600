import Conversions
import Daemon
import Destinations
import Pipeline
import Sites
import Store
import Tenancy
import Time

/// Orders about where conversions are sent.
extension Office {
    func destinations(_ order: Order) async throws -> Reply {
        switch order.command {
        case "destinations list":
            let now = now
            let all = try await read(order) { try DestinationTable($0, at: now).all() }
            return Listing(Self.destinationColumns, all.map(Self.row)).reply(order)
        case "destinations add": return try await addDestination(order)
        case "destinations backfill": return try await backfill(order)
        default: return try await changeDestination(order)
        }
    }

    private func addDestination(_ order: Order) async throws -> Reply {
        guard let customer = order.values["customer"], let action = order.values["action"] else {
            throw OrderRefusal.wrongValue(
                option: "destinations add", takes: "--customer and --action")
        }
        let address = try Destination.Address(
            .googleDataManager, customer: customer, loginCustomer: order.values["login"],
            action: action)
        let change = DestinationChange(order)
        let made = try await self.change(order) { tenant, now in
            var settings = Destination.Settings()
            try change.apply(to: &settings, tenant, at: now)
            let made = try DestinationTable(tenant, at: now)
                .add(order.operands[0], address, settings)
            return (made, made.name)
        }
        return Listing(Self.destinationColumns, [Self.row(made)]).reply(order)
    }

    /// Changes one that is there; what it sends is looked at again at once.
    private func changeDestination(_ order: Order) async throws -> Reply {
        let (sealing, random) = (installation.sealingKey, random)
        let changed = try await change(order) { tenant, now in
            let table = DestinationTable(tenant, at: now)
            let destination = try table.named(order.operands[0])
            switch order.command {
            case "destinations set":
                let change = DestinationChange(order)
                try table.change(destination) { try change.apply(to: &$0, tenant, at: now) }
            case "destinations credential":
                try DestinationSecrets(tenant, sealing)
                    .set(try Self.secret(order), of: destination, at: now, random: random)
            case "destinations mode":
                try table.set(try DestinationChange.mode(order), of: destination)
            case "destinations resume": try table.resume(destination)
            case "destinations remove":
                try table.remove(destination)
                return (destination, destination.name)
            default: throw OrderRefusal.unknownCommand
            }
            return (try table.named(destination.name), destination.name)
        }
        bells.uploads.ring()
        return Listing(Self.destinationColumns, [Self.row(changed)]).reply(order)
    }

    /// The credential's file, as far as it can be told without asking the platform: readable.
    private static func secret(_ order: Order) throws -> String {
        guard let secret = order.values["secret"] else {
            throw OrderRefusal.wrongValue(option: "--file", takes: "the credential's file")
        }
        _ = try GoogleCredential(json: Array(secret.utf8))
        return secret
    }

    private static let destinationColumns = [
        "name", "kind", "customer", "login", "action", "mode", "live_from", "hold", "hold_until",
        "send", "value", "rollout_percent",
    ]

    private static func row(_ destination: Destination) -> [String] {
        let (address, settings) = (destination.address, destination.settings)
        return [
            destination.name, address.kind.rawValue, address.customer,
            address.loginCustomer ?? "", address.action, destination.mode.rawValue,
            destination.liveFrom?.description ?? "", destination.hold?.code ?? "",
            destination.hold?.until.description ?? "", settings.send.rawValue,
            settings.value.rawValue, "\(settings.rolloutPercent)",
        ]
    }

    // MARK: Earlier conversions

    /// Shows what a back-fill would send; with `--confirm`, sends it.
    private func backfill(_ order: Order) async throws -> Reply {
        guard let from = order.values["from"].flatMap({ Timestamp(rfc3339: $0) }) else {
            throw OrderRefusal.wrongValue(
                option: "--from", takes: "a time, as 2026-11-01T00:00:00Z")
        }
        let now = now
        let preview = try await read(order) { tenant in
            try Backfill(tenant, at: now).preview(
                of: try DestinationTable(tenant, at: now).named(order.operands[0]), from: from)
        }
        guard order.has("confirm") else {
            return Reply(
                exitStatus: 0,
                output: "\(preview.sentence) Nothing was sent: confirm with --confirm.")
        }
        try await change(order) { tenant, now in
            let destination = try DestinationTable(tenant, at: now).named(order.operands[0])
            try DestinationTable(tenant, at: now).backfill(destination, from: from)
            try Backfill(tenant, at: now).begin(of: destination, from: from)
            return ((), destination.name)
        }
        bells.pipeline.ring()
        return Reply(exitStatus: 0, output: preview.sentence)
    }
}

import Accounts
import Crypto
import Daemon
import Destinations
import Pipeline
import Schema
import Sites
import Store
import Tenancy
import Time
import Transfer

/// Carries out an operator's orders on the data. The operator is above the walls between tenants:
/// whoever reaches the data directory is.
struct Office: Sendable {
    let place: AggregatorPlace
    let installation: Installation
    let directory: StoredDirectory
    /// Wake the services of the running daemon; nobody listens while it is stopped.
    var bells = Bells()
    /// What platforms' codes mean.
    var verdicts = GoogleVerdicts.table
    let random = RandomBytes()

    var store: Store { installation.store }
    var now: Timestamp { installation.clock.now() }

    /// Carries out an order; what is wrong is told in the reply, never thrown.
    func carryOut(_ order: Order) async -> Reply {
        do {
            return try await perform(order)
        } catch let refusal as OrderRefusal {
            return Reply(exitStatus: 1, errors: refusal.sentence)
        } catch let refusal as AccountRefusal {
            return Reply(exitStatus: 1, errors: refusal.sentence)
        } catch let refusal as SiteRefusal {
            return Reply(exitStatus: 1, errors: refusal.sentence)
        } catch let refusal as LinkRefusal {
            return Reply(exitStatus: 1, errors: refusal.sentence)
        } catch let refusal as DestinationRefusal {
            return Reply(exitStatus: 1, errors: refusal.sentence)
        } catch let refusal as TransferRefusal {
            return Reply(exitStatus: 1, errors: refusal.sentence)
        } catch let refusal as CredentialRefusal {
            return Reply(exitStatus: 1, errors: refusal.sentence)
        } catch let fault as any Fault {
            return Reply(exitStatus: fault.canRetry ? 69 : 1, errors: fault.sentence)
        } catch {
            return Reply(exitStatus: 1, errors: "The aggregator could not do this.")
        }
    }

    private func perform(_ order: Order) async throws -> Reply {
        let area = order.command.split(separator: " ").first ?? ""
        return switch area {
        case "organizations": try await organizations(order)
        case "sites": try await sites(order)
        case "keys": try await keys(order)
        case "links": try await links(order)
        case "collectors": try await collectors(order)
        case "signing-key": try await signingKey(order)
        case "balance": try await balance(order)
        case "events": try await events(order)
        case "dead-letters": try await deadLetters(order)
        case "conversions": try await conversions(order)
        case "explain": try await explain(order)
        case "destinations": try await destinations(order)
        case "uploads": try await uploads(order)
        case "backup": try await backup(order)
        case "export": try await closeDatabase(order)
        case "reopen": try await reopenDatabase(order)
        case "migrate":
            Reply(exitStatus: 0, output: try await Schema.migrator.status(of: store).table)
        default: throw OrderRefusal.unknownCommand
        }
    }

    // MARK: Transactions

    /// Reads in the organization that the order means.
    func read<T: Sendable>(
        _ order: Order, _ body: @escaping @Sendable (TenantTransaction) throws -> T
    ) async throws -> T {
        try await store.read { transaction in
            let organization = try Accounts.named(order.values["organization"], in: transaction)
            return try body(TenantTransaction(transaction, organization: organization.number))
        }
    }

    /// Changes something in the organization that the order means, tells the audit trail, and lets
    /// the directory forget what it knew, here and in every process.
    /// - Parameter body: returns what it made or changed, and the audit trail's name for it.
    func change<T: Sendable>(
        _ order: Order,
        _ body: @escaping @Sendable (TenantTransaction, Timestamp) throws -> (T, subject: String)
    ) async throws -> T {
        let now = now
        let result = try await store.write { transaction in
            let organization = try Accounts.named(order.values["organization"], in: transaction)
            let tenant = TenantTransaction(transaction, organization: organization.number)
            // Nobody judges or sends by the old settings and commits behind the new ones.
            try tenant.holdSettings()
            let (made, subject) = try body(tenant, now)
            let action = order.command.split(separator: " ").joined(separator: ".")
            try AuditTrail.record(
                AuditEntry(actor: "operator", action: action, subject: subject),
                of: organization.number, at: now, in: transaction)
            try transaction.announce(.settings)
            return made
        }
        directory.forget()
        return result
    }

    // MARK: Backup

    private func backup(_ order: Order) async throws -> Reply {
        let target = order.operands[0]
        try await store.backup(to: target)
        return Reply(exitStatus: 0, output: "The database was copied to \(target) and checked.")
    }

    // MARK: Moving

    private var transferDesk: TransferDesk { TransferDesk(store, tables: Transfers.tables) }

    private func closeDatabase(_ order: Order) async throws -> Reply {
        let target = order.values["to"] ?? ""
        guard (1...200).contains(target.utf8.count) else {
            throw OrderRefusal.wrongValue(option: "--to", takes: "1 to 200 bytes")
        }
        try await transferDesk.close(movedTo: target, at: now)
        return Reply(
            exitStatus: 0, output: "The database is closed: nothing is written to it any more.")
    }

    private func reopenDatabase(_ order: Order) async throws -> Reply {
        try await transferDesk.open()
        return Reply(exitStatus: 0, output: "The database takes everything again.")
    }
}

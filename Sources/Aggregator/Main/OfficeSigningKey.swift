import Accounts
import ConveyProtocol
import Crypto
import Gate
import Sites
import Store
import Time

/// Orders about the aggregator's own key. It belongs to no organization: each one's audit trail tells
/// of it.
extension Office {
    func signingKey(_ order: Order) async throws -> Reply {
        switch order.command {
        case "signing-key show": keyListing.reply(order)
        case "signing-key rotate": try await rotateSigningKey()
        default: throw OrderRefusal.unknownCommand
        }
    }

    private func rotateSigningKey() async throws -> Reply {
        let (now, random, sealing) = (now, random, installation.sealingKey)
        let (statement, standing) = try await store.write { transaction in
            let rotated = try SigningKeyTable(transaction, sealing).rotate(at: now, random: random)
            for organization in try Accounts.all(in: transaction) {
                try AuditTrail.record(
                    AuditEntry(
                        actor: "operator", action: "signing-key.rotate",
                        subject: rotated.statement.next.fingerprint),
                    of: organization.number, at: now, in: transaction)
            }
            return rotated
        }
        installation.keyring.use(standing.key, history: standing.history)
        try FormerKeyFiles(place).remove(unlessOf: standing)
        return Reply(
            exitStatus: 0,
            output: """
                Answers are signed with a new key from now on: \(statement.next.fingerprint)
                Collectors follow by themselves; tokens that were not used yet must be made anew. Back up \
                the database, which holds the key, and \(place.sealingKey), which opens it.
                """)
    }

    /// Every key, oldest first, with the one in force last.
    private var keyListing: Listing {
        let keys = installation.keyring.keys
        let earlier = keys.history.statements.map {
            [$0.previous.fingerprint, "replaced", $0.statedAt.description]
        }
        let since = keys.history.statements.last?.statedAt.description ?? ""
        return Listing(
            ["fingerprint", "state", "since"],
            Self.started(earlier) + [[keys.key.fingerprint, "in force", since]])
    }

    /// Each key's time is that of the statement before it, not of the one that ended it.
    private static func started(_ rows: [[String]]) -> [[String]] {
        rows.indices.map { [rows[$0][0], rows[$0][1], $0 == 0 ? "" : rows[$0 - 1][2]] }
    }
}

import Accounts
import Pipeline
import Store
import Tenancy
import Time

/// Orders about how long an organization's events are kept.
extension Office {
    func retention(_ order: Order) async throws -> Reply {
        let days = try Self.days(order)
        let now = now
        let terms =
            try await days == nil
            ? store.read { try Self.terms(order.operands[0], in: $0) }
            : store.write { transaction in
                if let days {
                    try Self.set(days, of: order.operands[0], at: now, in: transaction)
                }
                return try Self.terms(order.operands[0], in: transaction)
            }
        return Listing(
            ["setting", "value"],
            [
                ["events", "\(terms.days)d"], ["longest_window", "\(terms.longestWindow)d"],
                ["kept", "\(max(terms.days, terms.longestWindow + Retention.marginDays))d"],
            ]
        ).reply(order)
    }

    /// A whole number of days, with a `d` behind it.
    private static func days(_ order: Order) throws(OrderRefusal) -> Int? {
        guard let text = order.values["events"] else { return nil }
        guard text.hasSuffix("d"), let days = Int(text.dropLast()), days > 0 else {
            throw .wrongValue(option: "--events", takes: "whole days, as 365d")
        }
        return days
    }

    private struct Terms {
        let days: Int
        let longestWindow: Int
    }

    private static func terms(_ name: String, in transaction: Transaction) throws -> Terms {
        let organization = try Accounts.named(name, in: transaction)
        return Terms(
            days: try Retention.days(of: organization.number, in: transaction),
            longestWindow: try longestWindow(of: organization, in: transaction))
    }

    private static func set(
        _ days: Int, of name: String, at now: Timestamp, in transaction: Transaction
    ) throws {
        let organization = try Accounts.named(name, in: transaction)
        try Retention.set(
            days, of: organization,
            longestWindow: try longestWindow(of: organization, in: transaction), at: now,
            in: transaction)
        try AuditTrail.record(
            AuditEntry(
                actor: "operator", action: "organizations.retention",
                subject: "events \(days)d"),
            of: organization.number, at: now, in: transaction)
    }

    private static func longestWindow(
        of organization: Organization, in transaction: Transaction
    ) throws -> Int {
        try LongestWindow(
            TenantTransaction(transaction, organization: organization.number)
        ).days()
    }
}

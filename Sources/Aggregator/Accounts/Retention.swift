package import Store
package import Time

/// How long an organization's events are kept. Table `organization_retention`: Accounts.
package enum Retention {
    /// Days for organizations that said nothing else.
    package static let standardDays = 365
    /// Days that may be asked for, whatever the windows are: the shortest window and a week, and a
    /// century.
    package static let range = 8...36_500
    /// Days that events are kept at least after the longest attribution window has ended.
    package static let marginDays = 7

    /// Days for an organization.
    package static func days(
        of organization: Int64, in transaction: Transaction
    ) throws(StoreFault) -> Int {
        let set = try transaction.first(select, .integer(organization)) { Int($0.integer(0)) }
        return set ?? standardDays
    }

    /// Sets the days of an organization; in the transaction that read its windows.
    /// - Parameter longestWindow: of all attribution windows of the organization, in days.
    package static func set(
        _ days: Int, of organization: Organization, longestWindow: Int, at now: Timestamp,
        in transaction: Transaction
    ) throws {
        let least = longestWindow + marginDays
        guard days >= least else { throw AccountRefusal.retentionTooShort(least: least) }
        guard range.contains(days) else { throw AccountRefusal.retentionTooLong }
        try transaction.run(
            upsert, .integer(organization.number), .integer(Int64(days)), .timestamp(now))
    }

    private static let select = SQL(
        "SELECT event_days FROM organization_retention WHERE organization = $1")
    private static let upsert = SQL(
        """
        INSERT INTO organization_retention (organization, event_days, changed_at_us)
        VALUES ($1, $2, $3)
        ON CONFLICT (organization) DO UPDATE SET event_days = excluded.event_days,
            changed_at_us = excluded.changed_at_us
        """)
}

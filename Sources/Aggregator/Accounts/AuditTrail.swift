import Crypto
package import Store
package import Time

/// Who did what to which thing. Never holds a secret or a person's data.
package struct AuditEntry: Equatable, Sendable {
    /// `operator` for the command line.
    package let actor: String
    /// What was done, as `site.add`.
    package let action: String
    /// The id of what it was done to.
    package let subject: String

    /// Describes one change.
    package init(actor: String, action: String, subject: String) {
        self.actor = actor
        self.action = action
        self.subject = subject
    }
}

/// The trail of changes: added to, never altered; each entry holds the digest of all before it in
/// its organization, so that a missing or changed one shows.
package enum AuditTrail {
    /// Adds an entry, in the transaction of the change itself.
    package static func record(
        _ entry: AuditEntry, of organization: Int64, at now: Timestamp,
        in transaction: Transaction
    ) throws(StoreFault) {
        _ = try transaction.first(hold, .integer(organization), make: { $0.integer(0) })
        let before = try transaction.first(last, .integer(organization), make: { $0.bytes(0) })
        let digest = digest(entry, at: now, after: before ?? [])
        try transaction.run(
            insert, .integer(organization), .timestamp(now), .text(entry.actor),
            .text(entry.action), .text(entry.subject), .bytes(digest.bytes))
    }

    /// The number of the first entry that does not follow from those before it; nil when all do.
    package static func firstBreak(
        of organization: Int64, in transaction: Transaction
    ) throws(StoreFault) -> Int64? {
        var before: [UInt8] = []
        var broken: Int64?
        try transaction.each(list, .integer(organization)) { row in
            let entry = AuditEntry(actor: row.text(2), action: row.text(3), subject: row.text(4))
            let digest = digest(entry, at: row.timestamp(1), after: before).bytes
            before = row.bytes(5)
            if digest != before { broken = row.integer(0) }
            return broken == nil
        }
        return broken
    }

    private static func digest(
        _ entry: AuditEntry, at now: Timestamp, after before: [UInt8]
    ) -> SHA256Digest {
        let parts = [entry.actor, entry.action, entry.subject, String(now.microseconds)]
        return SHA256Digest(of: before + Array(parts.joined(separator: "\n").utf8))
    }

    /// Each entry follows from the one before it, so one is added at a time: on PostgreSQL whoever
    /// adds holds the organization's own row, since the entry that comes next has none yet.
    private static let hold = SQL(
        sqlite: "SELECT organization FROM organization_profile WHERE organization = $1",
        postgres: """
            SELECT organization FROM organization_profile WHERE organization = $1
            FOR NO KEY UPDATE
            """)
    private static let last = SQL(
        "SELECT digest FROM audit_entry WHERE organization = $1 ORDER BY number DESC LIMIT 1")
    private static let insert = SQL(
        """
        INSERT INTO audit_entry (organization, at_us, actor, action, subject, digest)
        VALUES ($1, $2, $3, $4, $5, $6)
        """)
    private static let list = SQL(
        """
        SELECT number, at_us, actor, action, subject, digest FROM audit_entry
        WHERE organization = $1 ORDER BY number
        """)
}

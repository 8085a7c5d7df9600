package import ConveyProtocol
package import Crypto
package import Store
package import Time

/// A tenant: owns sites and collectors, and sees nobody else's.
package struct Organization: Equatable, Sendable {
    /// Its short number, the key of other tables.
    package let number: Int64
    /// Its public id.
    package let id: OrganizationID
    /// Unique among all organizations; 1-100 characters.
    package let name: String
    /// When the operator made it.
    package let createdAt: Timestamp
}

/// Why an organization is not made or found.
package enum AccountRefusal: Error, Equatable {
    /// A name is 1-100 characters of which none is a control character.
    case wrongName
    case nameTaken
    case unknown
    /// There are several, and none was named.
    case ambiguous
    /// Conversions would come while the clicks that earn them are gone.
    case retentionTooShort(least: Int)
    case retentionTooLong

    /// What is wrong, for the operator.
    package var sentence: String {
        switch self {
        case .wrongName: "An organization's name has 1 to 100 characters, none of them a control."
        case .nameTaken: "An organization of this name exists."
        case .unknown: "There is no such organization."
        case .ambiguous: "There are several organizations: name one with --organization."
        case .retentionTooShort(let least):
            "Events are kept for at least \(least) days: the longest attribution window and a week."
        case .retentionTooLong: "Events are kept for at most \(Retention.range.upperBound) days."
        }
    }
}

/// Makes and finds organizations. These statements alone are bound to none: they are the operator's.
package enum Accounts {
    /// Makes an organization; tells the audit trail.
    package static func add(
        name: String, by actor: String, at now: Timestamp, random: some RandomSource,
        in transaction: Transaction
    ) throws -> Organization {
        guard isName(name) else { throw AccountRefusal.wrongName }
        try transaction.lock(LockName("organizations"))
        guard try find(name, in: transaction) == nil else { throw AccountRefusal.nameTaken }
        let id = OrganizationID(at: now, random: random)
        try transaction.run(insert, .bytes(id.bytes), .timestamp(now))
        guard let number = try transaction.first(select, .bytes(id.bytes), make: { $0.integer(0) })
        else { throw StoreFault("add an organization", kind: .statement) }
        try transaction.run(insertProfile, .integer(number), .text(name))
        try AuditTrail.record(
            AuditEntry(actor: actor, action: "organization.add", subject: id.description),
            of: number, at: now, in: transaction)
        return Organization(number: number, id: id, name: name, createdAt: now)
    }

    /// Every organization, oldest first.
    package static func all(in transaction: Transaction) throws(StoreFault) -> [Organization] {
        try transaction.all(list, make: Self.organization).compactMap(\.self)
    }

    /// The organization that an operator means: by id or name, or the only one there is.
    package static func named(
        _ text: String?, in transaction: Transaction
    ) throws -> Organization {
        if let text {
            guard let found = try find(text, in: transaction) else { throw AccountRefusal.unknown }
            return found
        }
        let all = try all(in: transaction)
        guard let first = all.first else { throw AccountRefusal.unknown }
        guard all.count == 1 else { throw AccountRefusal.ambiguous }
        return first
    }

    private static func find(
        _ text: String, in transaction: Transaction
    ) throws(StoreFault) -> Organization? {
        let id = OrganizationID(text)?.bytes ?? []
        return try transaction.first(
            byNameOrID, .text(text), .bytes(id), make: Self.organization) ?? nil
    }

    private static func organization(_ row: Row) -> Organization? {
        guard let id = OrganizationID(bytes: row.bytes(1)) else { return nil }
        return Organization(
            number: row.integer(0), id: id, name: row.text(2), createdAt: row.timestamp(3))
    }

    private static func isName(_ text: String) -> Bool {
        (1...100).contains(text.count)
            && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private static let insert = SQL("INSERT INTO organization (id, created_at_us) VALUES ($1, $2)")
    private static let select = SQL("SELECT number FROM organization WHERE id = $1")
    private static let insertProfile = SQL(
        "INSERT INTO organization_profile (organization, name) VALUES ($1, $2)")
    private static let list = SQL(
        """
        SELECT o.number, o.id, p.name, o.created_at_us FROM organization o
        JOIN organization_profile p ON p.organization = o.number ORDER BY o.number LIMIT 100000
        """)
    private static let byNameOrID = SQL(
        """
        SELECT o.number, o.id, p.name, o.created_at_us FROM organization o
        JOIN organization_profile p ON p.organization = o.number WHERE p.name = $1 OR o.id = $2
        """)
}

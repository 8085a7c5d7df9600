package import Store
import Tenancy
import Time
package import Timeline

/// Finding conversions.
extension ConversionTable {
    /// A conversion by its short number, also a retired one.
    package func conversion(_ number: Int64) throws(StoreFault) -> ConversionRecord? {
        try Self.sound(tenant.first(Self.byNumber, .integer(number), make: ConversionRecord.init))
    }

    /// A conversion by its public id, also one that it had before its order's identity changed, or
    /// before it was found to be another's; else a retired one.
    package func conversion(_ id: DerivedID) throws(StoreFault) -> ConversionRecord? {
        try Self.sound(tenant.first(Self.byID, .bytes(id.bytes), make: ConversionRecord.init))
    }

    /// The conversions of an order in force and the retired ones, oldest first.
    package func records(
        of identity: OrderIdentity, site: Int64
    ) throws(StoreFault) -> [ConversionRecord] {
        try Self.sound(
            all: tenant.all(
                Self.byIdentity, .integer(site), .text(identity.description),
                make: ConversionRecord.init))
    }

    /// The conversions of a person in force, by time; at most 1,000.
    package func conversions(
        of person: DerivedID, site: Int64
    ) throws(StoreFault) -> [ConversionRecord] {
        try Self.sound(
            all: tenant.all(
                Self.byPerson, .integer(site), .bytes(person.bytes), make: ConversionRecord.init))
    }

    /// The newest conversions in force, newest first.
    /// - Parameter before: a number; only older ones; nil for the start.
    package func newest(
        _ limit: Int, before: Int64? = nil
    ) throws(StoreFault) -> [ConversionRecord] {
        try Self.sound(
            all: tenant.all(
                Self.newest, .integer(before ?? .max), .integer(Int64(limit)),
                make: ConversionRecord.init))
    }

    /// Every version of a conversion, oldest first; at most 1,000.
    package func versions(of number: Int64) throws(StoreFault) -> [ConversionVersion] {
        try Self.sound(
            all: tenant.all(Self.versions, .integer(number), make: ConversionVersion.init))
    }

    /// A row that is there but cannot be read is damage, not absence.
    private static func sound<Value>(_ row: Value??) throws(StoreFault) -> Value? {
        guard let row else { return nil }
        guard let row else { throw StoreFault("read a conversion", kind: .corrupt) }
        return row
    }

    private static func sound<Value>(all rows: [Value?]) throws(StoreFault) -> [Value] {
        let found = rows.compactMap(\.self)
        guard found.count == rows.count else {
            throw StoreFault("read conversions", kind: .corrupt)
        }
        return found
    }

    private static let byNumber = TenantSQL(
        """
        SELECT number, id, site, assignment, identity, definition, definition_version, status,
            reason, value_micros, currency, consent, occurred_at_us, arrived_at_us, settled_at_us,
            retired_at_us, version, changed_at_us, person, credits, is_claim
        FROM conversions_current
        WHERE organization = $1 AND number = $2
        """)
    private static let byID = TenantSQL(
        """
        SELECT number, id, site, assignment, identity, definition, definition_version, status,
            reason, value_micros, currency, consent, occurred_at_us, arrived_at_us, settled_at_us,
            retired_at_us, version, changed_at_us, person, credits, is_claim
        FROM conversions_current
        WHERE organization = $1 AND number = COALESCE(
            (SELECT i.number FROM conversion i
                WHERE i.organization = $1 AND i.id = $2 AND i.retired_at_us IS NULL),
            (SELECT a.conversion FROM conversion_alias a
                WHERE a.organization = $1 AND a.id = $2),
            (SELECT max(r.number) FROM conversion r
                WHERE r.organization = $1 AND r.id = $2 AND r.retired_at_us IS NOT NULL))
        """)
    private static let byIdentity = TenantSQL(
        """
        SELECT number, id, site, assignment, identity, definition, definition_version, status,
            reason, value_micros, currency, consent, occurred_at_us, arrived_at_us, settled_at_us,
            retired_at_us, version, changed_at_us, person, credits, is_claim
        FROM conversions_current
        WHERE organization = $1 AND site = $2 AND identity = $3
        ORDER BY number LIMIT 1000
        """)
    private static let byPerson = TenantSQL(
        """
        SELECT number, id, site, assignment, identity, definition, definition_version, status,
            reason, value_micros, currency, consent, occurred_at_us, arrived_at_us, settled_at_us,
            retired_at_us, version, changed_at_us, person, credits, is_claim
        FROM conversions_current
        WHERE organization = $1 AND site = $2 AND person = $3 AND retired_at_us IS NULL
        ORDER BY occurred_at_us, id LIMIT 1000
        """)
    private static let newest = TenantSQL(
        """
        SELECT number, id, site, assignment, identity, definition, definition_version, status,
            reason, value_micros, currency, consent, occurred_at_us, arrived_at_us, settled_at_us,
            retired_at_us, version, changed_at_us, person, credits, is_claim
        FROM conversions_current
        WHERE organization = $1 AND number < $2 AND retired_at_us IS NULL
        ORDER BY number DESC LIMIT $3
        """)
    private static let versions = TenantSQL(
        """
        SELECT version, at_us, cause, status, reason, value_micros, currency, occurred_at_us,
            identity, credits
        FROM conversion_version WHERE organization = $1 AND conversion = $2
        ORDER BY version LIMIT 1000
        """)
}

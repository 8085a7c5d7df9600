package import ConveyProtocol
import Crypto
package import Gate
package import Store
import Tenancy
package import Time

/// Puts a collector's new key in force, and lets the former one be for a while: what is on its way under
/// it arrives.
/// - Source: protocol/SPEC.md, section 9.1.
package struct KeyRotationDesk: Sendable {
    /// Rotations of one collector within a day; more are told to wait, since each key is kept for ever.
    private static let perDayMax: Int64 = 20
    private let overlap: Duration

    /// - Parameter overlap: how long a former key is taken beside the new one.
    package init(overlap: Duration = .seconds(86_400)) { self.overlap = overlap }

    /// What came of a rotation.
    package struct Rotated: Equatable, Sendable {
        /// Until when the former key is taken.
        package let formerUntil: Timestamp
        /// Version of the settings to fetch.
        package let settings: Int64
        /// False when the same exchange had been made before.
        package let isNew: Bool
    }

    /// Puts the request's keys in force. Only the key in force can be followed; a repetition changes
    /// nothing, whichever of the two signed it.
    /// - Parameter collector: as the door knew it: its key signed the request.
    package func rotate(
        _ request: KeyRotationRequest, of collector: KnownCollector, at now: Timestamp,
        in transaction: Transaction
    ) throws -> Rotated {
        let former = KeyRotationRequest.Former(collector.id, key: collector.key)
        guard request.isProved(after: former) else {
            throw ProtocolProblem.malformed(pointer: "/proof", code: "invalid_value")
        }
        let tenant = TenantTransaction(transaction, organization: collector.organization)
        try tenant.holdKeys(ofCollector: collector.number)
        let key = [SQLValue.integer(collector.number)]
        guard let current = try tenant.first(Self.inForce, key[0], make: KeyRow.init) else {
            throw ProtocolProblem.keyRevoked
        }
        if current.publicKey == request.signingKey.rawBytes {
            guard current.boxKey == request.boxKey.rawBytes else {
                throw ProtocolProblem.malformed(pointer: "/box_key", code: "invalid_value")
            }
            return try rotated(collector, tenant, at: now, isNew: false)
        }
        guard current.publicKey == collector.key.rawBytes else { throw ProtocolProblem.keyReplaced }
        try checkIsFree(request, collector, transaction, tenant, at: now)
        try tenant.run(Self.endRetiring, key[0], .timestamp(now))
        try tenant.run(Self.retire, key[0], .timestamp(now + overlap))
        try tenant.run(
            Self.insert, key[0], .bytes(SHA256Digest(of: request.signingKey.rawBytes).bytes),
            .bytes(request.signingKey.rawBytes), .bytes(request.boxKey.rawBytes), .timestamp(now))
        try SettingsVersion(tenant, at: now).advance(ofCollector: collector.number)
        return try rotated(collector, tenant, at: now, isNew: true)
    }

    /// A key belongs to one collector for ever, and comes back to none.
    private func checkIsFree(
        _ request: KeyRotationRequest, _ collector: KnownCollector, _ transaction: Transaction,
        _ tenant: TenantTransaction, at now: Timestamp
    ) throws {
        let fingerprint = SHA256Digest(of: request.signingKey.rawBytes)
        guard
            try transaction.first(
                Self.owner, .bytes(fingerprint.bytes), make: { $0.integer(0) }) == nil
        else { throw ProtocolProblem.malformed(pointer: "/public_key", code: "invalid_value") }
        let since = now - .seconds(86_400)
        let count = try tenant.first(
            Self.madeSince, .integer(collector.number), .timestamp(since), make: { $0.integer(0) })
        guard count ?? 0 < Self.perDayMax else {
            throw ProtocolProblem.slowDown(retryAfter: .seconds(3600))
        }
    }

    private func rotated(
        _ collector: KnownCollector, _ tenant: TenantTransaction, at now: Timestamp, isNew: Bool
    ) throws(StoreFault) -> Rotated {
        let key = SQLValue.integer(collector.number)
        let until = try tenant.first(Self.formerUntil, key, make: { $0.optionalTimestamp(0) })
        let settings = try tenant.first(Self.settings, key, make: { $0.integer(0) })
        guard let settings else { throw StoreFault("rotate a key", kind: .corrupt) }
        return Rotated(formerUntil: (until ?? nil) ?? now, settings: settings, isNew: isNew)
    }

    private struct KeyRow {
        let publicKey: [UInt8]
        let boxKey: [UInt8]

        init(_ row: Row) { (publicKey, boxKey) = (row.bytes(0), row.bytes(1)) }
    }

    private static let inForce = TenantSQL(
        """
        SELECT public_key, box_key FROM collector_key
        WHERE organization = $1 AND collector = $2
            AND revoked_at_us IS NULL AND retires_at_us IS NULL
        """)
    /// This look-up must see every organization's keys.
    private static let owner = SQL("SELECT collector FROM collector_key WHERE fingerprint = $1")
    private static let madeSince = TenantSQL(
        """
        SELECT count(*) FROM collector_key
        WHERE organization = $1 AND collector = $2 AND enrolled_at_us > $3
        """)
    private static let endRetiring = TenantSQL(
        """
        UPDATE collector_key SET revoked_at_us = $3
        WHERE organization = $1 AND collector = $2
            AND revoked_at_us IS NULL AND retires_at_us IS NOT NULL
        """)
    private static let retire = TenantSQL(
        """
        UPDATE collector_key SET retires_at_us = $3
        WHERE organization = $1 AND collector = $2
            AND revoked_at_us IS NULL AND retires_at_us IS NULL
        """)
    private static let insert = TenantSQL(
        """
        INSERT INTO collector_key
            (organization, collector, fingerprint, public_key, box_key, enrolled_at_us)
        VALUES ($1, $2, $3, $4, $5, $6)
        """)
    private static let formerUntil = TenantSQL(
        """
        SELECT max(retires_at_us) FROM collector_key
        WHERE organization = $1 AND collector = $2 AND revoked_at_us IS NULL
        """)
    private static let settings = TenantSQL(
        "SELECT settings FROM collector_profile WHERE organization = $1 AND collector = $2")
}

import ConveyProtocol
package import Crypto
package import Store
import Tenancy
package import Time

/// One key of a collector as its operator sees it.
package struct CollectorKeyRecord: Equatable, Sendable {
    /// SHA-256 of the public key, as requests name it.
    package let fingerprint: SHA256Digest
    /// Since when it was taken.
    package let since: Timestamp
    /// What it is good for.
    package let state: State

    /// How far a key's life is.
    package enum State: Equatable, Sendable {
        case inForce
        /// Replaced, and taken until this time.
        case retiring(until: Timestamp)
        /// Taken back, or over, since this time.
        case ended(at: Timestamp)
    }
}

extension CollectorTable {
    /// Every key that a collector ever had, oldest first.
    package func keys(
        of collector: CollectorRecord, at now: Timestamp
    ) throws(StoreFault) -> [CollectorKeyRecord] {
        try tenant.all(Self.listKeys, .integer(collector.number)) { row in
            SHA256Digest(bytes: row.bytes(0)).map { fingerprint in
                CollectorKeyRecord(
                    fingerprint: fingerprint, since: row.timestamp(1),
                    state: Self.state(row.optionalTimestamp(2), row.optionalTimestamp(3), at: now))
            }
        }.compactMap(\.self)
    }

    private static func state(
        _ retires: Timestamp?, _ revoked: Timestamp?, at now: Timestamp
    ) -> CollectorKeyRecord.State {
        if let revoked { return .ended(at: revoked) }
        guard let retires else { return .inForce }
        return now < retires ? .retiring(until: retires) : .ended(at: retires)
    }

    private static let listKeys = TenantSQL(
        """
        SELECT fingerprint, enrolled_at_us, retires_at_us, revoked_at_us FROM collector_key
        WHERE organization = $1 AND collector = $2 ORDER BY number LIMIT 10000
        """)
}

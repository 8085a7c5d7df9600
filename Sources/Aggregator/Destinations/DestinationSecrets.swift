package import Crypto
import Store
package import Tenancy
package import Time

/// Keeps each destination's credential sealed under the aggregator's key. It is never shown again.
package struct DestinationSecrets {
    private let tenant: TenantTransaction
    private let sealing: SealingKey

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction, _ sealing: SealingKey) {
        self.tenant = tenant
        self.sealing = sealing
    }

    /// Puts a credential in force, as the platform's client reads it, and ends a hold.
    /// - Parameter secret: JSON, 1...16,384 bytes.
    package func set(
        _ secret: String, of destination: Destination, at now: Timestamp,
        random: some RandomSource
    ) throws {
        guard (1...16_384).contains(secret.utf8.count) else { throw DestinationRefusal.wrongSecret }
        let sealed = sealing.seal(
            Array(secret.utf8), associatedData: Self.place(destination.number), random: random)
        try tenant.run(Self.upsert, .integer(destination.number), .bytes(sealed), .timestamp(now))
        try DestinationTable(tenant, at: now).resume(destination)
    }

    /// The credential in the clear; nil before one was set.
    package func secret(of destination: Int64) throws -> String? {
        guard
            let sealed = try tenant.first(Self.select, .integer(destination), make: { $0.bytes(0) })
        else { return nil }
        let secret = try sealing.open(sealed, associatedData: Self.place(destination))
        return String(decoding: secret, as: UTF8.self)
    }

    /// Where a sealed secret belongs: moved elsewhere it does not open.
    private static func place(_ destination: Int64) -> [UInt8] {
        Array("destination_secret/\(destination)".utf8)
    }

    private static let upsert = TenantSQL(
        """
        INSERT INTO destination_secret (organization, destination, sealed, created_at_us)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (organization, destination)
            DO UPDATE SET sealed = excluded.sealed, created_at_us = excluded.created_at_us
        """)
    private static let select = TenantSQL(
        "SELECT sealed FROM destination_secret WHERE organization = $1 AND destination = $2")
}

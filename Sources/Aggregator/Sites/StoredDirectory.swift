import ConveyProtocol
import Crypto
package import Gate
package import Store
import Synchronization
import Tenancy
package import Time

/// Knows collectors by their keys: from memory, which is emptied whenever sites or collectors change.
package final class StoredDirectory: CollectorDirectory {
    /// How long anything is remembered of PostgreSQL, which other processes change, too: that one was
    /// heard of a change is nothing to rely on.
    private static let sharedAgeMax: Duration = .milliseconds(1_500)

    private let store: Store
    private let memory = Mutex(Memory())
    private let ageMax: Duration?
    private let uptime: any Uptime
    private static let knownMax = 10_000

    private struct Memory {
        /// Grows with every change: what was read before one is not remembered after it.
        var generation = 0
        var known: [String: (collector: KnownCollector, readAt: Duration)] = [:]
    }

    /// Reads from this store; knows nothing yet.
    package init(_ store: Store, uptime: any Uptime = SystemUptime()) {
        self.store = store
        self.uptime = uptime
        ageMax =
            switch store.kind {
            case .sqlite: nil
            case .postgres: Self.sharedAgeMax
            }
    }

    /// The collector of a key, also of one that was taken back; nil for a key that was nobody's.
    package func collector(ofKey fingerprint: String) async throws -> KnownCollector? {
        let (known, generation) = memory.withLock { ($0.known[fingerprint], $0.generation) }
        let now = uptime.now()
        if let known, ageMax.map({ now - known.readAt < $0 }) ?? true { return known.collector }
        guard let digest = SHA256Digest(hex: fingerprint), digest.hex == fingerprint,
            let found = try await store.read({ try Self.find(digest, in: $0) })
        else { return nil }
        memory.withLock { memory in
            guard memory.generation == generation else { return }
            if memory.known.count >= Self.knownMax { memory.known.removeAll() }
            memory.known[fingerprint] = (found, now)
        }
        return found
    }

    /// Forgets everything. To be called right after every commit that changed sites or collectors.
    package func forget() {
        memory.withLock { memory in
            memory.generation += 1
            memory.known.removeAll()
        }
    }

    private static func find(
        _ fingerprint: SHA256Digest, in transaction: Transaction
    ) throws -> KnownCollector? {
        guard let row = try transaction.first(byKey, .bytes(fingerprint.bytes), make: KeyRow.init)
        else { return nil }
        guard let id = row.id else { throw StoreFault("read a collector", kind: .corrupt) }
        let tenant = TenantTransaction(transaction, organization: row.organization)
        let sites = try tenant.all(Self.sites, .integer(row.number)) { row in
            (id: SiteID(bytes: row.bytes(0)), number: row.integer(1))
        }
        var collector = KnownCollector(
            identity: KnownCollector.Identity(
                number: row.number, id: id, organization: row.organization),
            key: try VerifyingKey(rawBytes: row.key), isRevoked: row.isRevoked,
            settings: row.settings,
            sites: Dictionary(
                sites.compactMap { site in site.id.map { ($0, site.number) } },
                uniquingKeysWith: { first, _ in first }))
        collector.retiresAt = row.retiresAt
        return collector
    }

    private struct KeyRow {
        let organization: Int64
        let number: Int64
        let id: CollectorID?
        let key: [UInt8]
        let isRevoked: Bool
        let settings: Int64
        let retiresAt: Timestamp?

        init(_ row: Row) {
            (organization, number) = (row.integer(0), row.integer(1))
            (id, key) = (CollectorID(bytes: row.bytes(2)), row.bytes(3))
            (isRevoked, settings) = (!row.isNull(4), row.integer(5))
            retiresAt = row.optionalTimestamp(6)
        }
    }

    /// A key names its organization: this look-up cannot know it before.
    private static let byKey = SQL(
        """
        SELECT k.organization, k.collector, c.id, k.public_key, k.revoked_at_us, p.settings,
            k.retires_at_us
        FROM collector_key k
        JOIN collector c ON c.organization = k.organization AND c.number = k.collector
        JOIN collector_profile p
            ON p.organization = k.organization AND p.collector = k.collector
        WHERE k.fingerprint = $1
        """)
    private static let sites = TenantSQL(
        """
        SELECT s.id, s.number FROM collector_site c
        JOIN site s ON s.organization = c.organization AND s.number = c.site
        WHERE c.organization = $1 AND c.collector = $2 LIMIT 10000
        """)
}

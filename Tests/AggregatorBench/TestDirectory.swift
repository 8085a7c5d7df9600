import ConveyProtocol
package import Crypto
package import Gate
import Synchronization

/// The collectors that a bench knows, and their secret keys.
package final class TestDirectory: CollectorDirectory {
    private let known = Mutex<[Int64: (KnownCollector, SigningKey)]>([:])

    /// Makes it known, as serving all sites of its organization.
    func add(collector number: Int64, of organization: Int64) throws {
        guard let id = CollectorID(bytes: Array(repeating: UInt8(number), count: 16)) else {
            preconditionFailure("16 bytes are an id.")
        }
        let key = try BenchPlan.key(ofCollector: number)
        let sites = BenchPlan.sites(of: organization).map { (BenchPlan.site($0), $0) }
        add(
            KnownCollector(
                identity: .init(number: number, id: id, organization: organization),
                key: key.verifyingKey, isRevoked: false, settings: 7,
                sites: Dictionary(uniqueKeysWithValues: sites)), key)
    }

    /// Makes a collector known, in place of what was known of its number.
    package func add(_ collector: KnownCollector, _ key: SigningKey) {
        known.withLock { $0[collector.number] = (collector, key) }
    }

    /// A known collector's secret key.
    package func key(_ number: Int64) -> SigningKey { known.withLock { $0[number]! }.1 }

    /// A known collector.
    package func identity(_ number: Int64) -> KnownCollector { known.withLock { $0[number]! }.0 }

    /// The collector of a key; nil for one that nobody has.
    package func collector(ofKey fingerprint: String) async throws -> KnownCollector? {
        known.withLock { known in
            known.values.first { $0.0.key.fingerprint == fingerprint }?.0
        }
    }
}

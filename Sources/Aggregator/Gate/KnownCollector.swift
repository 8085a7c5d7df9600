package import ConveyProtocol
package import Crypto
package import Time

/// What the door must know of a collector to let its requests in.
package struct KnownCollector: Sendable {
    /// Its short number, the key of other tables.
    package let number: Int64
    /// Its public id.
    package let id: CollectorID
    /// The short number of the organization that owns it.
    package let organization: Int64
    /// The key that the request names.
    package let key: VerifyingKey
    /// True after the key was taken back: signed requests are refused with 403.
    package let isRevoked: Bool
    /// Until when the key is taken, after another followed it; nil for the key in force.
    package var retiresAt: Timestamp?
    /// Current version of its settings.
    package let settings: Int64
    /// The sites whose events it may send, with their short numbers.
    package let sites: [SiteID: Int64]

    /// Made by the directory for each request.
    package init(
        identity: Identity, key: VerifyingKey, isRevoked: Bool, settings: Int64,
        sites: [SiteID: Int64]
    ) {
        number = identity.number
        id = identity.id
        organization = identity.organization
        self.key = key
        self.isRevoked = isRevoked
        self.settings = settings
        self.sites = sites
    }

    /// Whether requests under the key are taken now.
    func isTaken(at now: Timestamp) -> Bool { !isRevoked && retiresAt.map { now < $0 } ?? true }

    /// Who a collector is.
    package struct Identity: Sendable {
        let number: Int64
        let id: CollectorID
        let organization: Int64

        /// - Parameters:
        ///   - number: its short number.
        ///   - organization: the short number of its organization.
        package init(number: Int64, id: CollectorID, organization: Int64) {
            self.number = number
            self.id = id
            self.organization = organization
        }
    }
}

/// Knows the collectors by their keys. Asked for every signed request: what it answers from memory
/// must be true again right after a key was taken back.
package protocol CollectorDirectory: Sendable {
    /// The collector of a key, also of a revoked one; nil for a key that never belonged to any.
    /// - Parameter fingerprint: hex(SHA-256(raw public key)), as requests name their key.
    /// - Throws: a fault of the database; the request is then answered 503.
    func collector(ofKey fingerprint: String) async throws -> KnownCollector?
}

package import Crypto

/// Finds a site by what a request brings. Made once for each version of the settings; asked for
/// every request.
package struct SiteDirectory: Sendable {
    /// The settings that it was made from; nil before the first ones came.
    package let version: Int64
    private let sites: [SiteSettings.Site]
    private let byID: [SiteID: Int]
    private let bySiteKey: [String: Int]
    private let byServerKey: [String: Int]
    private let byName: [String: Int]

    /// Indexes every site by every credential.
    package init(_ settings: SiteSettings) {
        version = settings.version
        sites = settings.sites
        byID = Self.index(sites) { [$0.id] }
        bySiteKey = Self.index(sites) { $0.siteKeys }
        byServerKey = Self.index(sites) { $0.serverKeys }
        byName = Self.index(sites) { [$0.name] }
    }

    /// Every site, in the settings' order.
    package var all: [SiteSettings.Site] { sites }

    /// The site of an id.
    package func site(id: SiteID) -> SiteSettings.Site? { byID[id].map { sites[$0] } }

    /// The site of a public key (`site_…`).
    package func site(siteKey: String) -> SiteSettings.Site? {
        bySiteKey[siteKey].map { sites[$0] }
    }

    /// The site of a secret key (`server_…`). Looked up by its digest: time tells nothing of the key.
    package func site(serverKey: String) -> SiteSettings.Site? {
        byServerKey[ServerKey.hash(serverKey)].map { sites[$0] }
    }

    /// The site of a canonical store name.
    package func site(name: String) -> SiteSettings.Site? { byName[name].map { sites[$0] } }

    private static func index<Key: Hashable>(
        _ sites: [SiteSettings.Site], _ keys: (SiteSettings.Site) -> [Key]
    ) -> [Key: Int] {
        var index: [Key: Int] = [:]
        for (number, site) in sites.enumerated() {
            for key in keys(site) where index[key] == nil { index[key] = number }
        }
        return index
    }
}

/// The public keys of sites: shown to every browser, so they grant nothing but writing.
package enum SiteKey {
    /// What every site key begins with.
    package static let prefix = "site_"

    /// Makes a key.
    package static func make(random: some RandomSource) -> String {
        prefix + random.token(bytes: 16)
    }
}

/// The secret keys of servers: shown once, kept as digests.
package enum ServerKey {
    /// What every server key begins with.
    package static let prefix = "server_"

    /// Makes a key of 32 random bytes.
    package static func make(random: some RandomSource) -> String {
        prefix + random.token(bytes: 32)
    }

    /// The form that is kept and sent to collectors: SHA-256 of the key's text, in hex.
    package static func hash(_ key: String) -> String {
        SHA256Digest(of: Array(key.utf8)).hex
    }
}

/// Seals a site's secret to one collector, bound to its site and use.
/// - Source: protocol/SPEC.md, section 10.
package enum WebhookSecretBox {
    /// - Throws: `KeyRefusal` for a collector's key that hides nothing.
    package static func seal(
        _ secret: String, for site: SiteID, _ use: SiteSettings.SecretUse,
        to key: BoxPublicKey, random: some RandomSource
    ) throws(KeyRefusal) -> String {
        let box = try key.seal(
            Array(secret.utf8), for: purpose(site, use), random: random)
        return Base64.encode(box, alphabet: .url)
    }

    /// - Returns: The secret; nil when it was sealed to another key, site or use.
    package static func open(
        _ box: String, for site: SiteID, _ use: SiteSettings.SecretUse, with key: BoxKey
    ) -> String? {
        guard let bytes = Base64.decode(box, alphabet: .url) else { return nil }
        do throws(SealRefusal) {
            return String(
                decoding: try key.open(bytes, for: purpose(site, use)), as: UTF8.self)
        } catch {
            return nil
        }
    }

    private static func purpose(_ site: SiteID, _ use: SiteSettings.SecretUse) -> BoxPurpose {
        BoxPurpose(info: "convey-box-1", associatedData: "\(site)/\(use.rawValue)")
    }
}

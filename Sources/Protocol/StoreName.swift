/// The canonical spelling of a store's name. Pure; the aggregator names sites by it, and the collector
/// reads what senders call a store.
package enum StoreName {
    /// Lower case, without scheme and path; a bare handle of Shopify gets `.myshopify.com`. Nil for
    /// what cannot be a host name.
    package static func canonical(
        _ text: String, _ platform: SiteSettings.Platform
    ) -> String? {
        var name = text.lowercased()
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) {
            name.removeFirst(scheme.count)
        }
        if let end = name.firstIndex(where: { "/?#".contains($0) }) { name = String(name[..<end]) }
        if platform == .shopify, !name.contains(".") { name += ".myshopify.com" }
        return isHost(name) ? name : nil
    }

    /// Tells whether a sender's spelling means this site: by the rule of its platform, and by
    /// Shopify's, since senders append it whatever the platform.
    package static func matches(_ text: String, _ site: SiteSettings.Site) -> Bool {
        canonical(text, site.platform) == site.name || canonical(text, .shopify) == site.name
    }

    /// Tells whether a text can be a host name, perhaps with a port.
    package static func isHost(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.first.map(isLetterOrDigit) == true
            && text.utf8.allSatisfy { byte in
                isLetterOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ":")
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        TextRule.isLowerCase(byte) || TextRule.isDigit(byte)
    }
}

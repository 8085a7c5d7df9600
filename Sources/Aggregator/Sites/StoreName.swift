package import ConveyProtocol

/// The canonical spelling of a store's name and of what goes with it. Pure.
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
        if let slash = name.firstIndex(of: "/") { name = String(name[..<slash]) }
        if platform == .shopify, !name.contains(".") { name += ".myshopify.com" }
        return isHost(name) ? name : nil
    }

    /// `https://shop.example`, `http://127.0.0.1:8080`: scheme, host, perhaps a port, nothing else.
    package static func isOrigin(_ text: String) -> Bool {
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            return isHost(String(text.dropFirst(scheme.count)))
        }
        return false
    }

    /// The form of an IANA name; whether it exists is for the readers to find.
    package static func isTimeZone(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"):
                    true
                default: false
                }
            }
    }

    private static func isHost(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.first.map(isLetterOrDigit) == true
            && text.utf8.allSatisfy { byte in
                isLetterOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ":")
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

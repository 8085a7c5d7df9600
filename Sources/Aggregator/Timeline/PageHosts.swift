/// Which hosts a page and its referrer are of. Asked for every event, so that it reads bytes, not
/// characters.
extension Fact.Page {
    /// Whether the referrer is a web page of another host; where the own address is unknown, any is.
    package var isReferredFromElsewhere: Bool {
        guard let host = Self.host(of: referrer) else { return false }
        return host != Self.host(of: url)
    }

    /// The host of the referrer, lower-cased, without port; nil where there is none.
    package var referrerHost: String? { Self.host(of: referrer) }

    /// The host of a web address, lower-cased, without credentials and port.
    package static func host(of address: String?) -> String? {
        guard let bytes = address?.utf8 else { return nil }
        guard let rest = rest(of: bytes, behind: "https:") ?? rest(of: bytes, behind: "http:"),
            rest.starts(with: "//".utf8)
        else { return nil }
        let authority = rest.dropFirst(2).prefix { !"/?#\\".utf8.contains($0) }
        let behind = authority.lastIndex(of: UInt8(ascii: "@")).map { authority.index(after: $0) }
        let place = authority[(behind ?? authority.startIndex)...]
        let end = UInt8(ascii: place.first == UInt8(ascii: "[") ? "]" : ":")
        let host = place.prefix { $0 != end }
        guard !host.isEmpty else { return nil }
        let isLower = host.allSatisfy { $0 < 0x80 && !isCapital($0) }
        let text = String(Substring(host))
        return isLower ? text : text.lowercased()
    }

    /// What follows a scheme, whatever its case; nil for another scheme.
    private static func rest(
        of address: String.UTF8View, behind scheme: String
    ) -> Substring.UTF8View? {
        let scheme = scheme.utf8
        let isSame = address.prefix(scheme.count).elementsEqual(scheme) { byte, letter in
            byte == letter || (isCapital(byte) && byte | 0x20 == letter)
        }
        return isSame ? address.dropFirst(scheme.count) : nil
    }

    private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
}

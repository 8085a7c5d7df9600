import HTTP

/// Where a campaign link leads: an absolute https address without credentials, in visible ASCII, as a
/// browser reads it and nobody else otherwise. Pure.
package struct LinkTarget: Equatable, Sendable {
    /// As it was written, but for the scheme in lower case.
    package let text: String
    /// In lower case, without port.
    package let host: String

    /// The longest address, with its parameters.
    static let bytesMax = 2048

    /// Nil for another scheme, for a host that is none (`shop.example`, `127.0.0.1`), for user names,
    /// backslashes, blanks and whatever browsers read in two ways.
    package init?(_ text: String) {
        let scheme = "https://"
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy(Self.isVisible),
            text.lowercased().hasPrefix(scheme)
        else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first.map({ $0.lowercased() }), parts.count <= 2,
            Self.isHost(host), parts.count == 1 || Self.isPort(parts[1])
        else { return nil }
        self.text = scheme + rest
        self.host = host
    }

    /// The address with parameters put behind its query. One that the query names already stays as it
    /// is; the fragment stays behind all of them.
    func adding(_ parameters: [(name: String, value: String)]) -> String {
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let front = parts[0].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var pairs = (front.count == 2 ? front[1] : "").split(separator: "&").map { String($0) }
        let named = Set(pairs.map { String($0.prefix { $0 != "=" }) })
        for parameter in parameters where !named.contains(parameter.name) {
            pairs.append("\(parameter.name)=\(PercentEncoding.encode(parameter.value))")
        }
        let query = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
        return front[0] + query + (parts.count == 2 ? "#" + parts[1] : "")
    }

    /// Labels of letters, digits and inner hyphens, with dots between.
    static func isHost(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        (1...5).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 0x30 < 10 }
            && (1...65_535).contains(Int(text) ?? 0)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte &- 0x61 < 26
    }

    private static func isVisible(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !Array("\"<>\\^`{|}".utf8).contains(byte)
    }
}

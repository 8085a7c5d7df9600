import ConveyProtocol

/// The forms of texts that the two contracts validate. What they let through the event writer takes.
enum ContractText {
    private static let urlBytesMax = 4096
    private static let emailBytesMax = 254

    /// An absolute http or https address with a host, without blanks and quotation marks.
    static func isURL(_ text: String) -> Bool {
        let lower = text.prefix(8).lowercased()
        guard text.utf8.count <= urlBytesMax,
            let scheme = ["https://", "http://"].first(where: lower.hasPrefix)
        else { return false }
        let rest = text.dropFirst(scheme.count)
        return isHost(rest.prefix { !"/?#".contains($0) })
            && text.unicodeScalars.allSatisfy(isVisible)
    }

    /// One `@` between a local part and a domain with a dot; blanks around it are forgiven.
    static func isEmail(_ text: String) -> Bool {
        let parts = text.trimmed.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= emailBytesMax, isDotted(parts[0]),
            isDotted(parts[1]), parts[1].contains("."),
            parts[1].split(separator: ".").last?.count ?? 0 >= 2
        else { return false }
        return parts[0].utf8.count <= 64 && parts[1].unicodeScalars.allSatisfy(isOfHost)
            && parts[0].unicodeScalars.allSatisfy {
                isVisible($0) && !"(),:;<>[]\\".unicodeScalars.contains($0)
            }
    }

    /// Whether no part between two dots is empty.
    private static func isDotted(_ text: Substring) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    }

    /// A host, perhaps with credentials before and a port behind it.
    private static func isHost(_ authority: Substring) -> Bool {
        var host = authority
        if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
            guard let port = UInt16(host[host.index(after: colon)...]), port > 0 else {
                return false
            }
            host = host[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return host.dropFirst().dropLast().allSatisfy {
                $0.isHexDigit || $0 == ":" || $0 == "."
            }
        }
        return !host.isEmpty && isDotted(host) && host.unicodeScalars.allSatisfy(isOfHost)
    }

    private static func isOfHost(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return isVisible(scalar) }
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_": return true
        default: return false
        }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.properties.isWhitespace && scalar.value > 0x20 && scalar.value != 0x7F
            && scalar != "<" && scalar != ">" && scalar != "\""
    }
}

extension String {
    /// The text without white space at its ends.
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}

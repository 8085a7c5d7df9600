/// Takes secrets out of a page's address: credentials, and the values of query parameters that carry
/// tokens or persons. Keeps the rest byte for byte.
/// - Source: protocol/event.md, section 6.
struct URLScrubber: Sendable {
    private let names: Set<String>

    /// - Parameter names: Further names, as the site's settings have them.
    init(_ names: [String]) { self.names = Self.builtIn.union(names.map { $0.lowercased() }) }

    static let builtIn: Set<String> = [
        "password", "passwd", "pwd", "secret", "token", "access_token", "auth", "authorization",
        "api_key", "apikey", "key", "code", "email", "e-mail", "mail", "phone", "tel",
        "signature", "sig", "session", "sid",
    ]

    /// The address without secrets; nil when it had none.
    func scrubbed(_ url: Span<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var isChanged = false
        let body = withoutCredentials(url, into: &result, &isChanged)
        let query = end(of: url, from: body, at: [UInt8(ascii: "?"), UInt8(ascii: "#")])
        result.append(url.extracting(body..<query))
        parameters(url, from: query, into: &result, &isChanged)
        return isChanged ? result : nil
    }

    /// Copies scheme and separator, skips `user:password@`; returns where the host begins.
    private func withoutCredentials(
        _ url: Span<UInt8>, into result: inout [UInt8], _ isChanged: inout Bool
    ) -> Int {
        guard let host = Self.hostStart(of: url) else { return 0 }
        let end = end(
            of: url, from: host, at: [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")])
        result.append(url.extracting(0..<host))
        let at = (host..<end).last { url[$0] == UInt8(ascii: "@") }
        guard let at else { return host }
        isChanged = true
        return at + 1
    }

    /// Copies `name=value` pairs of query and fragment, without the values that are secret.
    private func parameters(
        _ url: Span<UInt8>, from start: Int, into result: inout [UInt8], _ isChanged: inout Bool
    ) {
        let separators = [UInt8(ascii: "&"), UInt8(ascii: "#"), UInt8(ascii: ";")]
        var index = start
        while index < url.count {
            result.append(url[index])
            let end = end(of: url, from: index + 1, at: separators)
            let equals = (index + 1..<end).first { url[$0] == UInt8(ascii: "=") }
            if let equals, equals + 1 < end, isSecret(url.extracting(index + 1..<equals)) {
                result.append(url.extracting(index + 1..<equals + 1))
                isChanged = true
            } else {
                result.append(url.extracting(index + 1..<end))
            }
            index = end
        }
    }

    private func isSecret(_ name: Span<UInt8>) -> Bool {
        guard name.count <= 128, let text = String(copying: name) else { return true }
        return names.contains(Self.decoded(text).lowercased())
    }

    /// One percent-decoding: `%65mail` is `email` to whoever reads the address.
    private static func decoded(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "%")) else { return name }
        var bytes: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, digits.first != "+",
                let decoded = UInt8(digits, radix: 16)
            {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func end(of url: Span<UInt8>, from start: Int, at bytes: [UInt8]) -> Int {
        var index = start
        while index < url.count, !bytes.contains(url[index]) { index += 1 }
        return index
    }

    /// Where the host of an absolute address begins; nil for a relative one.
    private static func hostStart(of url: Span<UInt8>) -> Int? {
        guard let colon = url.firstIndex(of: UInt8(ascii: ":"), from: 0), colon + 3 <= url.count,
            url[colon + 1] == UInt8(ascii: "/"), url[colon + 2] == UInt8(ascii: "/")
        else { return nil }
        return colon + 3
    }

    /// The host, with its port, of an absolute address; nil for a relative one.
    static func host(of url: Span<UInt8>) -> Range<Int>? {
        guard let start = hostStart(of: url) else { return nil }
        var end = start
        while end < url.count, url[end] != UInt8(ascii: "/"), url[end] != UInt8(ascii: "?"),
            url[end] != UInt8(ascii: "#")
        {
            end += 1
        }
        return start < end ? start..<end : nil
    }
}

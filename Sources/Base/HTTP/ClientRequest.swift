/// Where requests go: scheme, host and port.
package struct Origin: Hashable, Sendable {
    /// Whether the scheme is `https`.
    package let isTLS: Bool
    /// Host and port in lower case, without the scheme's default port: as it is signed and sent.
    package let authority: String

    /// Reads `https://aggregator.example:8443`; nil with a path, query, user, foreign characters or
    /// another scheme. A single slash at the end is allowed.
    package init?(_ url: String) {
        let text = url.lowercased()
        let isTLS = text.hasPrefix("https://")
        guard isTLS || text.hasPrefix("http://"), text.utf8.count <= 512 else { return nil }
        var rest = text.dropFirst(isTLS ? 8 : 7)
        if rest.hasSuffix("/") { rest.removeLast() }
        let defaultPort = isTLS ? ":443" : ":80"
        if rest.hasSuffix(defaultPort) { rest.removeLast(defaultPort.count) }
        guard Self.isAuthority(rest) else { return nil }
        self.isTLS = isTLS
        authority = String(rest)
    }

    /// The origin as a URL without a slash at its end.
    package var url: String { (isTLS ? "https://" : "http://") + authority }

    private static func isAuthority(_ text: Substring) -> Bool {
        var host = text
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            let port = text[text.index(after: colon)...]
            guard let number = Int(port), (1...65_535).contains(number),
                port.utf8.allSatisfy(ASCII.isDigit)
            else { return false }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return IPAddress(host.dropFirst().dropLast()) != nil
        }
        return !host.isEmpty
            && host.utf8.allSatisfy { byte in
                ASCII.isDigit(byte) || byte &- 0x61 < 26 || "-._".utf8.contains(byte)
            }
    }
}

/// One request to be sent.
package struct ClientRequest: Sendable {
    /// Any method; GET and HEAD go without a body.
    package var method: Method
    /// Where it goes; also its Host field.
    package var origin: Origin
    /// Path and query as they shall stand on the wire; begins with `/`.
    package var target: String
    /// Without Host, Content-Length and Connection: the client writes those.
    package var headers: Headers
    /// Sent as it is, with its Content-Length.
    package var body: [UInt8]
    /// Whether answer or fault must speak of the only time it was sent. libcurl repeats a request by
    /// itself when a kept connection breaks off before the answer, though the server may have acted
    /// on it; the second answer then hides the first. Costs a new connection.
    package var isSentOnce = false

    /// A target without a slash at its beginning is a bug.
    package init(
        _ method: Method, _ origin: Origin, _ target: String, headers: Headers = Headers(),
        body: [UInt8] = []
    ) {
        precondition(target.utf8.first == ASCII.slash, "A target begins with a slash.")
        self.method = method
        self.origin = origin
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The parts that signatures see.
    package var signable: SignableRequest {
        SignableRequest(
            method: method.name, authority: origin.authority, target: target, headers: headers)
    }
}

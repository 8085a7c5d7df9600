package import HTTP

/// The networks whose word about a client's address is taken.
package struct TrustedProxies: Sendable {
    private let networks: [(prefix: IPAddress, length: Int)]

    /// - Parameter networks: Addresses or prefixes, as `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`; nil when
    ///   one is neither.
    package init?(_ networks: [String]) {
        var read: [(IPAddress, Int)] = []
        for text in networks {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
            let length = parts.count == 1 ? address.bits : Int(parts[1]) ?? -1
            guard (0...address.bits).contains(length) else { return nil }
            read.append((address.prefix(length), length))
        }
        self.networks = read
    }

    /// Trusts nobody: the peer is the client.
    package init() { networks = [] }

    /// The client's address: the right-most hop of `X-Forwarded-For` that is not trusted, when the
    /// peer is; the first where the whole chain is trusted; then `X-Real-IP`; else the peer's own.
    /// Nil for a Unix socket without a trusted word, and for a proxy that nobody trusts: its own
    /// address would make all its visitors one.
    package func client(of request: Request) -> IPAddress? {
        if isUntrustedProxy(request) { return nil }
        let peer: IPAddress?
        switch request.peer {
        case .address(let address, _): peer = address
        case .local: peer = nil
        }
        // Whoever may open the Unix socket is this machine's proxy.
        if let peer, !isTrusted(peer) { return peer }
        return forwarded(request) ?? real(request) ?? peer
    }

    /// Whether a private peer speaks for others though nobody is trusted: the set-up is wrong, and
    /// every visitor would seem to be one client.
    package func isUntrustedProxy(_ request: Request) -> Bool {
        guard networks.isEmpty, case .address(let peer, _) = request.peer else { return false }
        return (peer.isLoopback || peer.isPrivate)
            && request.headers.occurrences(of: "x-forwarded-for") > 0
    }

    /// Whose requests a request is counted with. Behind a proxy that nobody trusts it is the last
    /// hop, which the proxy itself has added: good enough to tell visitors apart, and only whoever
    /// reaches this port from a private network could make one up.
    package func countedAddress(of request: Request) -> IPAddress? {
        guard isUntrustedProxy(request) else { return client(of: request) }
        let hops = request.headers.values("x-forwarded-for").joined(separator: ",")
        return Self.address(
            hops.split(separator: ",", omittingEmptySubsequences: false).last ?? "")
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        networks.contains { prefix, length in
            prefix.isV4 == address.isV4 && address.prefix(length) == prefix
        }
    }

    /// Walks the chain from the right. A hop that is no address ends the walk: what stands left of
    /// it was vouched for by nobody.
    private func forwarded(_ request: Request) -> IPAddress? {
        guard request.headers.occurrences(of: "x-forwarded-for") > 0 else { return nil }
        let chain = request.headers.values("x-forwarded-for").joined(separator: ",")
        var last: IPAddress?
        for hop in chain.split(separator: ",", omittingEmptySubsequences: false).suffix(32)
            .reversed()
        {
            guard let address = Self.address(hop) else { return last }
            last = address
            if !isTrusted(address) { return address }
        }
        return last
    }

    private func real(_ request: Request) -> IPAddress? {
        request.headers.first("x-real-ip").flatMap { Self.address(Substring($0)) }
    }

    /// Reads `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80` or `2001:db8::1`, blanks around it.
    private static func address(_ hop: Substring) -> IPAddress? {
        let blanks: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = hop.drop(while: blanks)
        while let last = text.last, blanks(last) { text.removeLast() }
        if text.first == "[", let end = text.firstIndex(of: "]") {
            return IPAddress(text[text.index(after: text.startIndex)..<end])
        }
        if text.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1,
            let colon = text.firstIndex(of: ":")
        {
            text = text[..<colon]
        }
        return IPAddress(text)
    }
}

/// The rules that hold between the fields of a head: one host, one length, one coding. Pure.
struct HeaderHygiene {
    let headers: Headers
    let isVersion11: Bool

    /// Host is there once (HTTP/1.0 may leave it out) and looks like `host[:port]`.
    /// - Parameter inTarget: the authority of a target in absolute form, which must agree.
    func checkHost(inTarget: String?) throws(HeadRefusal) {
        switch headers.occurrences(of: "host") {
        case 0:
            if isVersion11 { throw .hostMissing }
        case 1:
            guard let host = headers.bytes(of: "host"), Self.isHost(host) else {
                throw .hostMalformed
            }
            if let inTarget, !ASCII.equalsIgnoringCase(host, inTarget) { throw .hostMalformed }
        default:
            throw .hostRepeated
        }
    }

    /// Where the body ends: exactly one all-digit Content-Length, or exactly `chunked`, or no body.
    func framing() throws(HeadRefusal) -> BodyFraming {
        let lengths = headers.occurrences(of: "content-length")
        let encodings = headers.occurrences(of: "transfer-encoding")
        guard lengths == 0 || encodings == 0 else { throw .lengthAndEncoding }
        guard lengths < 2 else { throw .lengthRepeated }
        guard encodings < 2 else { throw .encodingRepeated }
        if encodings == 1 {
            guard isVersion11 else { throw .encodingBeforeVersion11 }
            guard headers.equals("transfer-encoding", "chunked") else { throw .encodingUnsupported }
            return .chunked
        }
        guard let digits = headers.bytes(of: "content-length") else { return .length(0) }
        guard (1...15).contains(digits.count), digits.allSatisfy(ASCII.isDigit) else {
            throw .lengthMalformed
        }
        return .length(digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    func expectsContinue() throws(HeadRefusal) -> Bool {
        guard headers.occurrences(of: "expect") > 0, isVersion11 else { return false }
        guard headers.equals("expect", "100-continue") else { throw .expectationUnknown }
        return true
    }

    /// HTTP/1.1 keeps a connection unless told otherwise, HTTP/1.0 the reverse.
    func keepsAlive() -> Bool {
        guard headers.occurrences(of: "connection") > 0 else { return isVersion11 }
        let options = headers.values("connection").joined(separator: ",").lowercased()
            .split { $0 == "," || $0 == " " || $0 == "\t" }
        if options.contains("close") { return false }
        return isVersion11 || options.contains("keep-alive")
    }

    /// `host[:port]`: a registered name, an IPv4 address or a bracketed IPv6 address; may be empty
    /// by RFC 9110, which no client of ours is.
    private static func isHost(_ host: ArraySlice<UInt8>) -> Bool {
        guard !host.isEmpty, host.count <= 260 else { return false }
        if host.first == UInt8(ascii: "[") {
            guard let close = host.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = String(decoding: host[(host.startIndex + 1)..<close], as: UTF8.self)
            guard address.contains(":"), IPAddress(address) != nil else { return false }
            return isPort(host[(close + 1)...])
        }
        let colon = host.firstIndex(of: ASCII.colon) ?? host.endIndex
        let name = host[..<colon]
        let isName = name.allSatisfy { byte in
            ASCII.isDigit(byte) || ASCII.lower(byte) &- 0x61 < 26
                || byte == 0x2D || byte == 0x2E || byte == 0x5F
        }
        return isName && !name.isEmpty && isPort(host[colon...])
    }

    private static func isPort(_ rest: ArraySlice<UInt8>) -> Bool {
        guard let first = rest.first else { return true }
        return first == ASCII.colon && rest.count <= 6 && rest.dropFirst().allSatisfy(ASCII.isDigit)
    }
}

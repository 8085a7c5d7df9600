/// One request, whole: head checked by `HeaderHygiene`, body complete and free of chunk framing.
package struct Request: Sendable {
    /// What is to be done.
    package let method: Method
    /// The path as it stood on the wire, percent-encoding and all; begins with `/` (or is `*` for
    /// OPTIONS). Signatures cover this spelling.
    package let path: String
    /// What followed `?`, as it stood on the wire; nil without one.
    package let rawQuery: String?
    /// All fields, checked for form.
    package let headers: Headers
    /// The body as sent, still under its Content-Encoding; see `decodedBody(bytesMax:)`.
    package let body: [UInt8]
    /// The other end of the connection, which may be a proxy.
    package let peer: Peer
    /// Whether the connection itself is encrypted.
    package let isTLS: Bool
    /// Names this request in logs and in the answer's `X-Request-Id`.
    package let id: RequestID
    /// What the route's `{name}` parts matched, each decoded once, by the server.
    package internal(set) var pathParameters: [String: String] = [:]
    /// Where its line in the log is noted; nil when it leaves none.
    package internal(set) var notes: RequestNotes?

    /// Makes a request by hand: what the server does, and tests of handlers.
    package init(
        _ method: Method, _ target: String, headers: Headers = Headers(), body: [UInt8] = [],
        by arrival: Arrival = Arrival()
    ) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            head: RequestTarget(
                method: method, path: parts.isEmpty ? "/" : String(parts[0]),
                rawQuery: parts.count > 1 ? String(parts[1]) : nil),
            headers: headers, body: body, arrival: arrival)
    }

    init(head: RequestTarget, headers: Headers, body: [UInt8], arrival: Arrival) {
        method = head.method
        path = head.path
        rawQuery = head.rawQuery
        self.headers = headers
        self.body = body
        peer = arrival.peer
        isTLS = arrival.isTLS
        id = arrival.requestID
    }

    /// The query's parameters, parsed anew at each call.
    package var query: Query { Query(rawQuery ?? "") }

    /// What a request inherits from the connection that carried it.
    package struct Arrival: Sendable {
        let peer: Peer
        let isTLS: Bool
        let requestID: RequestID

        /// By default: a plain connection from 127.0.0.1.
        package init(
            peer: Peer = .address(IPAddress(v4: 0x7F00_0001), port: 1), isTLS: Bool = false,
            requestID: RequestID = RequestID(high: 0, low: 0)
        ) {
            self.peer = peer
            self.isTLS = isTLS
            self.requestID = requestID
        }
    }
}

/// What the request line says, its version apart.
struct RequestTarget: Sendable, Equatable {
    let method: Method
    let path: String
    let rawQuery: String?
}

/// Names a request: 128 bits, unique over processes, printed as 32 hexadecimal digits.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    /// - Parameter high: The same for all requests of a process.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 hexadecimal digits.
    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func append(to output: inout [UInt8]) {
        for half in [high, low] {
            for shift in stride(from: UInt64(60), through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: half >> shift & 15)
                output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        }
    }
}

/// What a server may spend on its clients. Everything has a bound; the defaults suit a small machine.
package struct ServerSettings: Sendable {
    /// How many loops, each on its own thread with its own listening sockets.
    package var loops = 2
    /// Open connections over all loops; at the cap no more are accepted until one closes.
    package var connectionsMax = 4_096
    /// Request line and fields together.
    package var headBytesMax = 16_384
    /// Number of header fields.
    package var fieldsMax = 100
    /// Bytes of requests that wait for their bodies or answers, over all loops; above it 503.
    package var queuedBytesMax = 16_777_216
    /// Handlers of kind `.concurrent` that run at once; above it 503.
    package var tasksMax = 256
    /// From a request's first byte to its last. No dribbling resets it.
    package var requestWithin: Duration = .seconds(15)
    /// From accept to a finished TLS handshake.
    package var handshakeWithin: Duration = .seconds(10)
    /// Between requests of one connection.
    package var idleWithin: Duration = .seconds(75)
    /// From the first byte of an answer to its last.
    package var answerSentWithin: Duration = .seconds(30)
    /// A connection older than this is closed after its current answer.
    package var connectionWithin: Duration = .seconds(3_600)

    /// The defaults; change what differs.
    package init() {}
}

/// Where a server listens.
package enum Listener: Sendable {
    /// TCP without TLS. Port 0 takes a free one; see `Server.ports`.
    case plain(IPAddress, port: UInt16)
    /// TCP with TLS.
    case tls(IPAddress, port: UInt16, TLSContext)
    /// A Unix socket of mode 0600; a stale file of that name is replaced.
    case unix(path: String)

    /// Whether only this machine reaches it.
    package var isLoopback: Bool {
        switch self {
        case .plain(let address, _), .tls(let address, _, _): address.isLoopback
        case .unix: true
        }
    }

    /// The URL that it is reached by, once its port is known; nil for a Unix socket.
    package func url(port: UInt16) -> String? {
        switch self {
        case .plain(let address, _):
            "http://\(address.isV4 ? "\(address)" : "[\(address)]"):\(port)"
        case .tls(let address, _, _):
            "https://\(address.isV4 ? "\(address)" : "[\(address)]"):\(port)"
        case .unix: nil
        }
    }
}

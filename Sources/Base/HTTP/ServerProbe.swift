private import CEvent
private import COpenSSL
package import Daemon
private import Glibc
package import Time

/// Looks at a server as a client reaches it, step by step, to tell which step fails. For a person who
/// looks for a cause: it blocks, and nothing of it is kept for the next request.
package enum ServerProbe {
    /// How far one got. Each case has come past those before it.
    package enum Outcome: Sendable, Equatable {
        /// The name leads to no address.
        case unresolved
        /// No address takes a connection; why the last of them did not.
        case unreachable(SystemFault)
        /// It takes connections, but TLS came to nothing.
        case unsecured
        /// Connected, without TLS since the origin asks for none.
        case plain
        /// Connected with TLS.
        case secured(Certificate)
    }

    /// What a server shows of itself.
    package struct Certificate: Sendable, Equatable {
        /// The last moment at which it holds.
        package let expiresAt: Timestamp
        /// Why it is not trusted, in OpenSSL's constant words; nil when it is.
        package let distrust: String?
    }

    /// Goes through all steps.
    /// - Parameter within: for each connection and each message of TLS.
    package static func look(
        at origin: Origin, trusting trust: Client.Settings.Trust, within limit: Duration
    ) -> Outcome {
        let (host, port) = place(origin)
        let addresses = resolve(host, port)
        guard !addresses.isEmpty else { return .unresolved }
        var last = SystemFault("connect", code: ECONNREFUSED)
        for address in addresses {
            do throws(SystemFault) {
                let socket = try connect(to: address, within: limit)
                defer { close(socket) }
                guard origin.isTLS else { return .plain }
                return certificate(socket, host, trust).map(Outcome.secured) ?? .unsecured
            } catch {
                last = error
            }
        }
        return .unreachable(last)
    }

    private static func place(_ origin: Origin) -> (host: String, port: String) {
        let text = origin.authority
        let usual = origin.isTLS ? "443" : "80"
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            return (bare(text), usual)
        }
        return (bare(String(text[..<colon])), String(text[text.index(after: colon)...]))
    }

    /// An IPv6 address without its brackets.
    private static func bare(_ host: String) -> String {
        host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    }

    // MARK: Name and connection

    private static func resolve(_ host: String, _ port: String) -> [[UInt8]] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, port, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [[UInt8]] = []
        var next = unsafe list
        while let entry = unsafe next, addresses.count < 8 {
            if let address = unsafe entry.pointee.ai_addr {
                let bytes = unsafe UnsafeRawBufferPointer(
                    start: address, count: Int(entry.pointee.ai_addrlen))
                addresses.append(unsafe Array(bytes))
            }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }

    /// - Parameter address: a `sockaddr` as its bytes.
    private static func connect(
        to address: [UInt8], within limit: Duration
    ) throws(SystemFault) -> Int32 {
        let family = unsafe address.withUnsafeBytes { unsafe $0.load(as: sockaddr.self).sa_family }
        let socket = socket(Int32(family), Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemFault("open a socket", code: errno) }
        let milliseconds = max(limit.wholeMilliseconds, 1)
        var time = timeval(
            tv_sec: Int(milliseconds / 1000), tv_usec: Int(milliseconds % 1000) * 1000)
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            unsafe setsockopt(
                socket, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
        let status = unsafe address.withUnsafeBytes { bytes in
            unsafe bytes.withMemoryRebound(to: sockaddr.self) {
                unsafe Glibc.connect(socket, $0.baseAddress, socklen_t(bytes.count))
            }
        }
        guard status == 0 else {
            // What SO_SNDTIMEO ends, connect(2) calls "in progress".
            let code = errno == EINPROGRESS ? ETIMEDOUT : errno
            close(socket)
            throw SystemFault("connect", code: code)
        }
        return socket
    }

    // MARK: TLS

    /// Shakes hands whatever the certificate, and says what is wrong with it. Nil when no TLS came up.
    private static func certificate(
        _ socket: Int32, _ host: String, _ trust: Client.Settings.Trust
    ) -> Certificate? {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { return nil }
        defer { unsafe SSL_CTX_free(context) }
        switch trust {
        case .system: unsafe SSL_CTX_set_default_verify_paths(context)
        case .authority(let pem):
            for certificate in CertificateReading.all(in: pem) {
                unsafe X509_STORE_add_cert(
                    SSL_CTX_get_cert_store(context), certificate.pointer)
            }
        }
        guard let session = unsafe SSL_new(context) else { return nil }
        defer { unsafe SSL_free(session) }
        unsafe expect(host, of: session)
        guard unsafe SSL_set_fd(session, socket) == 1, unsafe SSL_connect(session) == 1,
            let peer = unsafe SSL_get1_peer_certificate(session)
        else {
            ERR_clear_error()
            return nil
        }
        let certificate = unsafe HeldCertificate(taking: peer)
        let verdict = unsafe SSL_get_verify_result(session)
        return Certificate(
            expiresAt: certificate.expiresAt,
            distrust: verdict == X509_V_OK
                ? nil : unsafe String(cString: X509_verify_cert_error_string(verdict)))
    }

    private static func expect(_ host: String, of session: OpaquePointer) {
        if IPAddress(host) != nil {
            unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host)
            return
        }
        unsafe SSL_set1_host(session, host)
        // SSL_set_tlsext_host_name(3) is a macro and does not import.
        unsafe host.withCString { name in
            _ = unsafe SSL_ctrl(
                session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
                UnsafeMutableRawPointer(mutating: name))
        }
    }
}

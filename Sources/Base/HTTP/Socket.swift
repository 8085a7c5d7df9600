internal import CEvent
import Daemon
import Glibc

/// System calls on non-blocking stream sockets.
enum Socket {
    /// How far one read or write came.
    enum Step {
        case moved(Int)
        case blocked(onWrite: Bool)
        /// The other side sends nothing more.
        case ended
        case failed
    }

    static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Step {
        let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .moved(count) }
        return count == 0 ? .ended : isTransient(errno) ? .blocked(onWrite: false) : .failed
    }

    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Step {
        let flags = Int32(MSG_NOSIGNAL)
        let count = unsafe send(descriptor, bytes.baseAddress, bytes.count, flags)
        if count >= 0 { return .moved(count) }
        return isTransient(errno) ? .blocked(onWrite: true) : .failed
    }

    private static func isTransient(_ code: Int32) -> Bool {
        code == EAGAIN || code == EWOULDBLOCK || code == EINTR
    }

    /// A listening TCP socket that shares its port with the other loops'.
    /// - Returns: the socket and its port, which is new when 0 was asked for.
    static func listen(
        _ address: IPAddress, port: UInt16
    ) throws(SystemFault) -> (descriptor: Int32, port: UInt16) {
        try probe(address, port: port)
        let descriptor = try open(address)
        do throws(SystemFault) {
            try set(descriptor, SOL_SOCKET, SO_REUSEPORT)
            try bind(descriptor, address, port: port)
            try listen(descriptor)
            return (descriptor, try boundPort(descriptor))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// One more socket on a port that `listen` has taken.
    static func join(_ address: IPAddress, port: UInt16) throws(SystemFault) -> Int32 {
        let descriptor = try open(address)
        do throws(SystemFault) {
            try set(descriptor, SOL_SOCKET, SO_REUSEPORT)
            try bind(descriptor, address, port: port)
            try listen(descriptor)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Ports are shared among our loops only: without this, a second daemon on the same port would
    /// silently take half of the traffic.
    private static func probe(_ address: IPAddress, port: UInt16) throws(SystemFault) {
        guard port != 0 else { return }
        let descriptor = try open(address)
        defer { close(descriptor) }
        try bind(descriptor, address, port: port)
    }

    private static func open(_ address: IPAddress) throws(SystemFault) -> Int32 {
        let descriptor = socket(
            address.isV4 ? AF_INET : AF_INET6,
            Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemFault("open a socket", code: errno) }
        do throws(SystemFault) {
            try set(descriptor, SOL_SOCKET, SO_REUSEADDR)
            // Inherited by every accepted connection; without it TLS answers wait for an ACK.
            try set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
            if !address.isV4 { try set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY) }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func set(
        _ descriptor: Int32, _ level: Int32, _ option: Int32
    ) throws(SystemFault) {
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe setsockopt(descriptor, level, option, &on, size) == 0 else {
            throw SystemFault("set a socket option", code: errno)
        }
    }

    private static func bind(
        _ descriptor: Int32, _ address: IPAddress, port: UInt16
    ) throws(SystemFault) {
        let status = unsafe address.withSocketAddress(port: port) { pointer, length in
            unsafe Glibc.bind(descriptor, pointer, length)
        }
        guard status == 0 else { throw SystemFault("listen on port \(port)", code: errno) }
    }

    private static func listen(_ descriptor: Int32) throws(SystemFault) {
        let backlog: Int32 = 1_024
        guard Glibc.listen(descriptor, backlog) == 0 else {
            throw SystemFault("listen on a socket", code: errno)
        }
    }

    private static func boundPort(_ descriptor: Int32) throws(SystemFault) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let peer: Peer? = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard unsafe getsockname(descriptor, pointer, &length) == 0 else { return nil }
                return unsafe Peer(pointer)
            }
        }
        guard case .address(_, let port) = peer else {
            throw SystemFault("read a socket's port", code: errno)
        }
        return port
    }
}

extension Socket {
    /// A Unix socket of mode 0600. A socket of that name on which nobody listens is replaced.
    static func listen(path: String) throws(SystemFault) -> Int32 {
        let operation = "listen on the Unix socket"
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0
        )
        guard descriptor >= 0 else { throw SystemFault(operation, code: errno) }
        // The mode is set before there is a name to connect to.
        _ = fchmod(descriptor, 0o600)
        var status = bind(descriptor, path: path, connecting: false)
        if status == EADDRINUSE, bind(descriptor, path: path, connecting: true) == ECONNREFUSED {
            _ = unsafe unlink(path)
            status = bind(descriptor, path: path, connecting: false)
        }
        guard status == 0 else {
            close(descriptor)
            throw SystemFault(operation, code: status)
        }
        try listen(descriptor)
        _ = unsafe chmod(path, 0o600)
        return descriptor
    }

    /// `sun_path` of unix(7), its closing zero included.
    private static let localPathBytesMax = 108

    /// Binds the socket, or tries with another one whether somebody answers there; gives errno.
    private static func bind(_ descriptor: Int32, path: String, connecting: Bool) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < Self.localPathBytesMax else { return ENAMETOOLONG }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard connecting else {
                    return unsafe Glibc.bind(descriptor, pointer, length) == 0 ? 0 : errno
                }
                let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
                defer { close(probe) }
                return unsafe connect(probe, pointer, length) == 0 ? 0 : errno
            }
        }
    }

    /// Who connected to a Unix socket.
    static func localPeer(_ descriptor: Int32) -> Peer {
        var credentials = PeerCredentials()
        var length = socklen_t(MemoryLayout<PeerCredentials>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0
        else { return .local(user: .max, process: 0) }
        return .local(user: credentials.user, process: credentials.process)
    }

    /// `struct ucred` of unix(7), which glibc's header hides from Swift.
    private struct PeerCredentials {
        var process: Int32 = 0
        var user: UInt32 = .max
        var group: UInt32 = .max
    }
}

extension Peer {
    /// Reads what accept(2) or getsockname(2) filled in; nil for other families.
    init?(_ pointer: UnsafePointer<sockaddr>) {
        switch Int32(unsafe pointer.pointee.sa_family) {
        case AF_INET:
            let address = unsafe UnsafeRawPointer(pointer).load(as: sockaddr_in.self)
            self = .address(
                IPAddress(v4: UInt32(bigEndian: address.sin_addr.s_addr)),
                port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = unsafe UnsafeRawPointer(pointer).load(as: sockaddr_in6.self)
            let (high, low) = unsafe withUnsafeBytes(of: address.sin6_addr) { bytes in
                unsafe (
                    bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                    bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                )
            }
            self = .address(
                IPAddress(v6High: UInt64(bigEndian: high), low: UInt64(bigEndian: low)),
                port: UInt16(bigEndian: address.sin6_port))
        default:
            return nil
        }
    }
}

extension IPAddress {
    fileprivate func withSocketAddress<Result>(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var storage = sockaddr_storage()
        let length: Int
        if isV4 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = v4Bits.bigEndian
            length = MemoryLayout<sockaddr_in>.size
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.storeBytes(of: address, as: sockaddr_in.self)
            }
        } else {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            let halves = (v6Bits.high.bigEndian, v6Bits.low.bigEndian)
            unsafe withUnsafeMutableBytes(of: &address.sin6_addr) {
                unsafe $0.storeBytes(of: halves, as: (UInt64, UInt64).self)
            }
            length = MemoryLayout<sockaddr_in6>.size
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.storeBytes(of: address, as: sockaddr_in6.self)
            }
        }
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, socklen_t(length))
            }
        }
    }
}

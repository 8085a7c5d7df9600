import Glibc

/// Blocking sockets on 127.0.0.1.
package enum TCP {
    /// What could not be done.
    package struct Failure: Error {
        /// The call that failed.
        package let operation: String
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func make() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    /// A socket that listens on a free port.
    package static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = make()
        var own = address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafeMutablePointer(to: &own) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard unsafe bind(descriptor, generic, size) == 0,
                    Glibc.listen(descriptor, 128) == 0
                else { return Int32(-1) }
                return unsafe getsockname(descriptor, generic, &size)
            }
        }
        guard status == 0 else { throw Failure(operation: "listen") }
        return (descriptor, UInt16(bigEndian: own.sin_port))
    }

    /// A socket that is connected to a port.
    package static func connect(to port: UInt16) throws -> Int32 {
        let descriptor = make()
        var target = address(port)
        let status = unsafe withUnsafePointer(to: &target) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.connect(
                    descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw Failure(operation: "connect")
        }
        return descriptor
    }

    /// What has arrived, at most 16 KiB; nil at the end.
    package static func receive(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    /// Sends all of it.
    /// - Returns: false where the peer is gone.
    package static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Makes closing send a reset instead of an orderly end.
    package static func resetAtClose(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

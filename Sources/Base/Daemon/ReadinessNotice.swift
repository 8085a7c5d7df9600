import Glibc

/// Tells the service manager that started this daemon how it stands.
///
/// The manager listens on the datagram socket named by `NOTIFY_SOCKET`; where there is none, nothing
/// happens. A path that begins with `@` is an abstract socket.
/// - Source: sd_notify(3), systemd 252.
package enum ReadinessNotice: String, Sendable {
    /// Every socket is open and the store is writable.
    case ready = "READY=1"
    /// The daemon was asked to end and no longer accepts work.
    case stopping = "STOPPING=1"

    /// Sends this notice once, without waiting; the manager's absence is no fault of the daemon.
    /// - Parameter socketPath: the value of `NOTIFY_SOCKET`, at most 107 bytes; longer is ignored.
    package func send(to socketPath: String?) {
        guard let socketPath, var address = Self.address(of: socketPath) else { return }
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let pathOffset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let length = socklen_t(pathOffset + socketPath.utf8.count)
        let text = Array(rawValue.utf8)
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe sendto(
                    descriptor, text, text.count, Int32(MSG_NOSIGNAL), generic, length)
            }
        }
    }

    private static func address(of path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard !bytes.isEmpty, bytes.count < capacity else { return nil }
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return address
    }
}

import Glibc

/// Finds TCP ports on 127.0.0.1 that nobody uses, for programs that need to know theirs beforehand.
package enum FreePort {
    /// A port that was free a moment ago; 1024...65535.
    package static func pick() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else {
            throw Program.Fault(description: "cannot open a socket: error \(errno)")
        }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, length) == 0
                    ? unsafe getsockname(descriptor, generic, &length) : -1
            }
        }
        guard status == 0 else {
            throw Program.Fault(description: "cannot find a free port: error \(errno)")
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

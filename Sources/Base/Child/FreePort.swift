import Glibc
import Synchronization

/// Finds TCP ports on 127.0.0.1 that nobody uses, for programs that need to know theirs beforehand.
///
/// They lie below the range from which Linux takes ports for connections that go out (32768 and
/// above), or one of those could take the port before the program listens on it.
package enum FreePort {
    private static let range: Range<UInt32> = 20_000..<32_000
    private static let next = Atomic(UInt32(truncatingIfNeeded: getpid()) &* 61)

    /// A port that was free a moment ago, never the same twice in a row.
    package static func pick() throws -> Int {
        for _ in range {
            let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
            let port = UInt16(range.lowerBound + number % UInt32(range.count))
            if try isFree(port) { return Int(port) }
        }
        throw Program.Fault(description: "no port from 20000 to 31999 is free")
    }

    private static func isFree(_ port: UInt16) throws -> Bool {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw Program.Fault(description: "cannot open a socket: error \(errno)")
        }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

import Glibc
import Synchronization

/// The datagram socket on which a child says that it is ready (sd_notify); abstract, so it leaves no file.
final class NoticeSocket: Sendable {
    let path: String
    private let descriptor: Int32

    init() throws {
        let number = Self.made.add(1, ordering: .relaxed).newValue
        path = "@convey-notice-\(getpid())-\(number)"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, bindToPath() == 0 else {
            throw Program.Fault(description: "cannot open the notification socket: error \(errno)")
        }
    }

    deinit { close(descriptor) }

    /// Waits for a message that contains `text`; false when the child ends or the time is over.
    func receive(_ text: String, within limit: Duration, from child: pid_t) -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if let message = next(), message.contains(text) { return true }
            if Spawn.hasEnded(child) { return false }
        }
        return false
    }

    private static let made = Atomic<Int>(0)

    /// The next message, or nil after a tenth of a second without one.
    private func next() -> String? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waiting, 1, 100) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }

    private func bindToPath() -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = [0] + Array(path.utf8.dropFirst())
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(descriptor, generic, socklen_t(offset + name.count))
            }
        }
    }
}

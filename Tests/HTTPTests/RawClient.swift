import Foundation

@testable import HTTP

/// A client that sends exactly the bytes it is given, over a plain socket, and blocks: for use on a
/// thread of its own. No call waits longer than ten seconds.
final class RawClient {
    struct Failure: Error { let what: String }

    struct Reply {
        let status: Int
        let head: String
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(what: "connect") }
        limitWaiting()
    }

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: Array(path.utf8))
        }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw Failure(what: "connect") }
        limitWaiting()
    }

    deinit { close(descriptor) }

    private func limitWaiting() {
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let rest = Array(bytes[start...])
            let count = unsafe Glibc.send(
                descriptor, rest, rest.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return }
            start += count
        }
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Makes closing send a reset instead of an orderly end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// One answer; the rest stays for the next call.
    func reply(toHead: Bool = false) throws -> Reply {
        let end = try until { self.headEnd() }
        let head = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end)
        let lines = head.split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw Failure(what: "status line") }
        let length = lines.first { $0.lowercased().hasPrefix("content-length: ") }
            .flatMap { Int($0.dropFirst("content-length: ".count)) }
        let bodyLength = toHead ? 0 : length ?? 0
        _ = try until { self.buffer.count >= bodyLength ? 0 : nil }
        defer { buffer.removeFirst(bodyLength) }
        return Reply(status: status, head: head, body: Array(buffer[..<bodyLength]))
    }

    /// Whether the server ends the connection, saying nothing more.
    func isEnded() -> Bool {
        guard buffer.isEmpty else { return false }
        return receive() == false && buffer.isEmpty
    }

    private func until(_ ready: () -> Int?) throws -> Int {
        while true {
            if let result = ready() { return result }
            guard receive() else { throw Failure(what: "the server said no more") }
        }
    }

    private func headEnd() -> Int? {
        guard let start = Data(buffer).range(of: Data("\r\n\r\n".utf8)) else { return nil }
        return start.upperBound
    }

    /// False at the end of the stream, a reset included; a time-out is a failed test's end as well.
    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
        if count < 0, errno == EAGAIN { fatalError("The server kept silent for a minute.") }
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }
}

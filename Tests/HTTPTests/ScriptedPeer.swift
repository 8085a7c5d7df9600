import Foundation
import Glibc
import HTTP
import Synchronization

/// A server that does what a test tells it, well-behaved or not, over plain sockets.
final class ScriptedPeer: Sendable {
    /// What it does with one request.
    enum Step: Sendable {
        case answer(String)
        case close
        case reset
        /// Says nothing until the peer is stopped.
        case stall
    }

    let port: UInt16
    private let listener: Int32
    private let state: Mutex<State>

    private struct State {
        var steps: [Step]
        var requests: [String] = []
        var connectionCount = 0
        var open: Set<Int32> = []
    }

    /// Takes one step for each request, in the order in which they come.
    init(_ steps: [Step], socketPath: String? = nil) throws {
        state = Mutex(State(steps: steps))
        (listener, port) = try Self.listen(socketPath)
        let peer = self
        Thread.detachNewThread { peer.acceptAll() }
    }

    /// Must be called, or the peer's thread lives on.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        state.withLock { state in
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    var origin: Origin { Origin("http://127.0.0.1:\(port)")! }
    var requests: [String] { state.withLock { $0.requests } }
    var connectionCount: Int { state.withLock { $0.connectionCount } }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            state.withLock { state in
                state.connectionCount += 1
                state.open.insert(connection)
            }
            let peer = self
            Thread.detachNewThread { peer.serve(connection) }
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        defer {
            // Forgotten and closed in one step: the number is soon another connection's.
            state.withLock { state in
                state.open.remove(connection)
                close(connection)
            }
        }
        while let request = Self.readRequest(connection) {
            let step = state.withLock { state in
                state.requests.append(request)
                return state.steps.isEmpty ? .close : state.steps.removeFirst()
            }
            switch step {
            case .answer(let text):
                let bytes = Array(text.utf8)
                guard unsafe send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) >= 0
                else { return }
            case .close: return
            case .reset:
                var option = linger(l_onoff: 1, l_linger: 0)
                unsafe setsockopt(
                    connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size)
                )
                return
            case .stall:
                var byte: UInt8 = 0
                while unsafe recv(connection, &byte, 1, 0) > 0 {}
                return
            }
        }
    }

    private static func readRequest(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard unsafe recv(connection, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        let head = String(decoding: bytes, as: UTF8.self)
        let length = head.lowercased().firstMatch(of: /content-length: ([0-9]+)/)
        for _ in 0..<(length.flatMap { Int($0.output.1) } ?? 0) {
            guard unsafe recv(connection, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func listen(_ socketPath: String?) throws -> (Int32, UInt16) {
        let isLocal = socketPath != nil
        let listener = socket(isLocal ? AF_UNIX : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var result: Int32
        if let socketPath {
            var address = sockaddr_un(
                sun_family: sa_family_t(AF_UNIX), sun_path: sockaddr_un().sun_path)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
                unsafe target.copyBytes(from: socketPath.utf8)
            }
            result = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        } else {
            result = bindLoopback(listener)
        }
        guard result == 0, Glibc.listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
        return (listener, isLocal ? 0 : boundPort(listener))
    }

    private static func bindLoopback(_ listener: Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func boundPort(_ listener: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe getsockname(listener, $0, &size)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}

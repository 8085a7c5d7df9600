import Foundation
import Synchronization

/// A TCP relay between a program and its peers that can be told to misbehave, as bad networks do.
///
/// It knows nothing of TLS: what it alters breaks the record's code, and both ends must cope. Where it
/// leads to several ports it is a balancer: each new connection goes to the next port that listens.
/// Each connection has two blocking threads; all end when the wire is cut.
package final class BadWire: Sendable {
    /// What happens to connections and to what passes, from now on.
    package enum Trouble: Sendable, Equatable {
        /// Everything passes.
        case none
        /// The connection is reset once so many bytes of answers have passed.
        case reset(after: Int)
        /// Connections are accepted; nothing ever passes, and nobody says so.
        case halfOpen
        /// Nothing passes any more once so many bytes of requests have.
        case stall(after: Int)
        /// Answers come one byte at a time.
        case drip
        /// The connection ends in good order once so many bytes of answers have passed.
        case truncate(after: Int)
        /// One bit is turned over, of the byte at this place of what is asked or answered.
        case flip(at: Int, ofAnswers: Bool)
        /// What is asked is sent twice.
        case double
    }

    /// Where it listens.
    package let port: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    private struct State {
        var trouble = Trouble.none
        var targets: [UInt16] = []
        /// Which of them is asked first for the next connection.
        var turn = 0
        var descriptors: Set<Int32> = []
        var made = 0
        /// Connections up to this one are silent for good.
        var forsaken = 0
        var troubled = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// Listens on a free port of 127.0.0.1.
    package init() throws {
        (listener, port) = try TCP.listen()
        Thread.detachNewThread { [self] in accept() }
    }

    deinit { close(listener) }

    /// Leads new connections to these ports from now on, in turn.
    package func lead(to ports: UInt16...) { lead(to: ports) }

    /// Leads new connections to these ports from now on, in turn.
    package func lead(to ports: [UInt16]) { state.withLock { $0.targets = ports } }

    /// Begins a trouble, or ends it; connections that are open suffer it, too.
    package func set(_ trouble: Trouble) {
        state.withLock { state in
            state.trouble = trouble
            state.troubled = 0
        }
    }

    /// Returns once the trouble has come so often.
    package func troubled(times: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.troubled < times else { return true }
                state.watchers.append((times, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Cuts every connection and takes no more.
    package func cut() {
        shutdown(listener, Int32(SHUT_RDWR))
        hangUp()
    }

    /// Cuts the connections that are open, as a restarted router does.
    package func hangUp() {
        // Under the lock, so that none is closed and its number given to another meanwhile.
        state.withLock { state in
            for descriptor in state.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Lets nothing pass any more on the connections that are open, and nobody says so; new ones are
    /// as the trouble has it.
    package func forsake() { state.withLock { $0.forsaken = $0.made } }

    private func isForsaken(_ pair: Pair) -> Bool {
        state.withLock { pair.number <= $0.forsaken }
    }

    private var trouble: Trouble { state.withLock { $0.trouble } }

    /// Counts an occurrence and wakes who waits for it.
    private func suffered() {
        let woken = state.withLock { state in
            state.troubled += 1
            let ready = state.watchers.filter { $0.count <= state.troubled }
            state.watchers.removeAll { $0.count <= state.troubled }
            return ready.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    // MARK: Passing on

    private func accept() {
        while true {
            let near = Glibc.accept(listener, nil, nil)
            guard near >= 0 else { return }
            guard let far = connect() else {
                close(near)
                continue
            }
            let number = state.withLock { state in
                state.descriptors.formUnion([near, far])
                state.made += 1
                return state.made
            }
            let pair = Pair(near: near, far: far, number: number)
            Thread.detachNewThread { [self] in
                pass(pair, areAnswers: false)
                leave(pair)
            }
            Thread.detachNewThread { [self] in
                pass(pair, areAnswers: true)
                leave(pair)
            }
        }
    }

    /// A connection to the next port that listens; nil where none does.
    private func connect() -> Int32? {
        let ports = state.withLock { state in
            state.turn += 1
            let first = state.targets.isEmpty ? 0 : state.turn % state.targets.count
            return Array(state.targets[first...] + state.targets[..<first])
        }
        for port in ports { if let far = try? TCP.connect(to: port) { return far } }
        return nil
    }

    private func pass(_ pair: Pair, areAnswers: Bool) {
        let source = areAnswers ? pair.far : pair.near
        let sink = areAnswers ? pair.near : pair.far
        var passed = 0
        while var bytes = TCP.receive(source) {
            if isForsaken(pair) { continue }
            switch effect(on: &bytes, passed, areAnswers) {
            case .pass:
                guard TCP.send(bytes, to: sink) else { return end(pair) }
            case .passSlowly:
                for byte in bytes { guard TCP.send([byte], to: sink) else { return end(pair) } }
            case .swallow: break
            case .end:
                _ = TCP.send(bytes, to: sink)
                return end(pair)
            case .reset:
                TCP.resetAtClose(pair.near)
                return end(pair)
            }
            passed += bytes.count
        }
        shutdown(sink, Int32(SHUT_WR))
    }

    private enum Effect { case pass, passSlowly, swallow, end, reset }

    private func effect(on bytes: inout [UInt8], _ passed: Int, _ areAnswers: Bool) -> Effect {
        let trouble = trouble
        switch trouble {
        case .none: return .pass
        case .reset(let limit):
            guard areAnswers, passed + bytes.count > limit else { return .pass }
            suffered()
            return .reset
        case .halfOpen:
            suffered()
            return .swallow
        case .stall(let limit):
            guard !areAnswers, passed + bytes.count > limit else { return .pass }
            suffered()
            return .swallow
        case .drip:
            guard areAnswers else { return .pass }
            suffered()
            return .passSlowly
        case .truncate(let limit):
            guard areAnswers, passed + bytes.count > limit else { return .pass }
            bytes = Array(bytes.prefix(max(0, limit - passed)))
            suffered()
            return .end
        case .flip(let place, let ofAnswers):
            guard areAnswers == ofAnswers, (passed..<passed + bytes.count).contains(place) else {
                return .pass
            }
            bytes[place - passed] ^= 0x10
            suffered()
            return .pass
        case .double:
            guard !areAnswers else { return .pass }
            bytes += bytes
            suffered()
            return .pass
        }
    }

    /// Wakes the other direction's thread.
    private func end(_ pair: Pair) {
        shutdown(pair.near, Int32(SHUT_RDWR))
        shutdown(pair.far, Int32(SHUT_RDWR))
    }

    /// The second thread to leave closes both ends.
    private func leave(_ pair: Pair) {
        guard pair.isSecondToLeave() else { return }
        state.withLock { $0.descriptors.subtract([pair.near, pair.far]) }
        close(pair.near)
        close(pair.far)
    }
}

/// The two sockets of one connection through the wire.
private final class Pair: Sendable {
    let near: Int32
    let far: Int32
    let number: Int
    private let left = Atomic(0)

    init(near: Int32, far: Int32, number: Int) {
        (self.near, self.far, self.number) = (near, far, number)
    }

    func isSecondToLeave() -> Bool {
        left.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == 2
    }
}

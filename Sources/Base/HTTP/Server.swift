package import Daemon
import Synchronization
package import Time

/// An HTTP/1.1 server on libevent's loops: each on its own thread with its own listening sockets,
/// requests parsed strictly, answers held as long as a handler needs, everything bounded.
package final class Server: Sendable {
    private let state: ServerState
    private let running = Mutex(Running())

    private struct Running {
        var loops: [EventLoop] = []
        var ports: [UInt16] = []
        var remaining = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Serves nothing until `start`.
    /// - Parameters:
    ///   - routes: two for one method and path are a bug.
    ///   - clock: fills in the `Date` field.
    package init(
        _ routes: [Route], settings: ServerSettings = ServerSettings(),
        clock: any WallClock = SystemClock()
    ) {
        state = ServerState(router: Router(routes), settings: settings, clock: clock)
    }

    /// What the server has counted so far.
    package var counters: ServerCounters { state.counters }

    /// The ports in the order of the listeners given to `start`; 0 for a Unix socket.
    package var ports: [UInt16] { running.withLock { $0.ports } }

    /// Opens every socket, then starts the loops; when one socket cannot be opened, none is.
    package func start(_ listeners: [Listener]) throws(SystemFault) {
        var sockets: [[ListeningSocket]] = Array(repeating: [], count: state.settings.loops)
        var ports: [UInt16] = []
        for listener in listeners {
            ports.append(try Self.open(listener, into: &sockets))
        }
        var loops: [EventLoop] = []
        for (index, sockets) in sockets.enumerated() {
            loops.append(
                try EventLoop(name: "http-\(index)", shared: state, sockets: sockets))
        }
        state.loops.withLock { $0 = loops }
        running.withLock { running in
            precondition(running.loops.isEmpty, "A server is started once.")
            running.loops = loops
            running.ports = ports
            running.remaining = loops.count
        }
        for loop in loops { loop.start { [self] in loopEnded() } }
    }

    /// Stops accepting, lets every request that has arrived have its answer, and returns when the
    /// last connection is closed, at the latest after `within`.
    package func stop(within: Duration = .seconds(10)) async {
        let loops = running.withLock { $0.loops }
        for loop in loops { loop.post(.drain(within: within)) }
        await ended()
        await state.tasks.stop()
        state.loops.withLock { $0 = [] }
        running.withLock { $0.loops = [] }
    }

    /// Returns when all loops have ended.
    private func ended() async {
        await withCheckedContinuation { continuation in
            let isOver = running.withLock { running in
                guard running.remaining > 0 else { return true }
                running.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private func loopEnded() {
        let waiting = running.withLock { running in
            running.remaining -= 1
            guard running.remaining == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { running.waiting = [] }
            return running.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private static func open(
        _ listener: Listener, into sockets: inout [[ListeningSocket]]
    ) throws(SystemFault) -> UInt16 {
        switch listener {
        case .plain(let address, let port):
            try open(address, port, nil, into: &sockets)
        case .tls(let address, let port, let context):
            try open(address, port, context, into: &sockets)
        case .unix(let path):
            try openLocal(path, into: &sockets)
        }
    }

    private static func open(
        _ address: IPAddress, _ port: UInt16, _ tls: TLSContext?,
        into sockets: inout [[ListeningSocket]]
    ) throws(SystemFault) -> UInt16 {
        let (first, bound) = try Socket.listen(address, port: port)
        sockets[0].append(ListeningSocket(descriptor: first, tls: tls, isLocal: false))
        for index in sockets.indices.dropFirst() {
            let next = try Socket.join(address, port: bound)
            sockets[index].append(ListeningSocket(descriptor: next, tls: tls, isLocal: false))
        }
        return bound
    }

    private static func openLocal(
        _ path: String, into sockets: inout [[ListeningSocket]]
    ) throws(SystemFault) -> UInt16 {
        let descriptor = try Socket.listen(path: path)
        sockets[0].append(ListeningSocket(descriptor: descriptor, tls: nil, isLocal: true))
        return 0
    }
}

/// What all loops of a server share.
final class ServerState: Sendable {
    let router: Router
    let settings: ServerSettings
    let clock: any WallClock
    let counters = ServerCounters()
    let tasks: RequestTasks
    let requestPrefix: UInt64
    let sweepPeriod: Duration
    let loops = Mutex<[EventLoop]>([])
    private let isPaused = Atomic(false)
    private let seeds: Atomic<UInt64>

    init(router: Router, settings: ServerSettings, clock: any WallClock) {
        self.router = router
        self.settings = settings
        self.clock = clock
        tasks = RequestTasks(limit: settings.tasksMax)
        var random = SystemRandomNumberGenerator()
        requestPrefix = random.next()
        seeds = Atomic(random.next())
        let shortest = min(
            settings.requestWithin, settings.handshakeWithin, settings.idleWithin,
            settings.answerSentWithin)
        sweepPeriod = min(max(shortest / 8, .milliseconds(5)), .milliseconds(500))
    }

    /// Where a loop's numbering of its requests begins; loops are 2^40 requests apart.
    func requestSeed() -> UInt64 { seeds.wrappingAdd(1 << 40, ordering: .relaxed).newValue }

    /// Whether one more connection may be accepted.
    var hasRoom: Bool { counters.openConnections < settings.connectionsMax }

    func pauseAccepting() {
        isPaused.store(true, ordering: .sequentiallyConsistent)
        for loop in loops.withLock({ $0 }) { loop.post(.pauseAccepting) }
    }

    func connectionClosed() {
        let open = counters.connectionClosed()
        guard open < settings.connectionsMax,
            isPaused.exchange(false, ordering: .sequentiallyConsistent)
        else { return }
        for loop in loops.withLock({ $0 }) { loop.post(.resumeAccepting) }
    }
}

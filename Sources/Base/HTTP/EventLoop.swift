private import CEvent
import Daemon
private import Glibc
import Synchronization
import Time

/// One libevent base on one thread, with its listening sockets and its connections.
///
/// `@unchecked Sendable`: everything but `inbox` (under its mutex) and what is constant is touched on
/// the loop's own thread only. libevent runs without locks; other threads wake it by an eventfd.
@safe final class EventLoop: @unchecked Sendable {
    /// What other threads ask of the loop.
    enum Message: Sendable {
        case respond(Connection, Response, Answer)
        case abandon(Connection, Answer)
        case pauseAccepting, resumeAccepting
        case drain(within: Duration)
    }

    let shared: ServerState
    private let executor: ThreadExecutor
    private let base: OpaquePointer
    /// Nil once the loop is over: what comes then is dropped.
    private let inbox = Mutex<[Message]?>([])
    private let wakeDescriptor: Int32
    private var wakeEvent: OpaquePointer?
    private var sweepEvent: OpaquePointer?
    private var listeners: [ListeningSocket] = []
    private var connections: [Int32: Connection] = [:]
    private var isSweeping = false
    private var isPaused = false
    private var drainDeadline: MonotonicTime?
    private var nextRequest: UInt64
    private var dateSecond: Int64 = .min
    private var dateBytes: [UInt8] = []
    /// Where reads land first; what a connection must keep, it copies.
    var scratch = [UInt8](repeating: 0, count: 65_536)
    /// Where answers are put together.
    var output: [UInt8] = []

    init(name: String, shared: ServerState, sockets: [ListeningSocket]) throws(SystemFault) {
        guard let base = unsafe Self.makeBase() else {
            throw SystemFault("start an event loop", code: errno)
        }
        let wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeDescriptor >= 0 else {
            unsafe event_base_free(base)
            throw SystemFault("start an event loop", code: errno)
        }
        unsafe self.base = base
        self.wakeDescriptor = wakeDescriptor
        self.shared = shared
        executor = ThreadExecutor(name: name)
        nextRequest = shared.requestSeed()
        listeners = sockets
    }

    deinit {
        unsafe event_base_free(base)
        close(wakeDescriptor)
    }

    /// Whether the caller is on the loop's thread.
    var isCurrent: Bool { executor.isIsolatingCurrentContext() == true }

    /// Serves until drained, then calls `ended` on the loop's thread.
    func start(ended: @escaping @Sendable () -> Void) {
        executor.perform { [self] in
            run()
            ended()
        }
    }

    /// Hands a message in, from any thread; one wake-up serves all that wait.
    func post(_ message: Message) {
        let wasEmpty = inbox.withLock { inbox in
            inbox?.append(message)
            return inbox?.count == 1
        }
        if wasEmpty { _ = eventfd_write(wakeDescriptor, 1) }
    }

    /// A name for the next request.
    func makeRequestID() -> RequestID {
        nextRequest &+= 1
        return RequestID(high: shared.requestPrefix, low: nextRequest)
    }

    /// The `Date` field's value, made once a second.
    var date: [UInt8] {
        let now = shared.clock.now()
        let second = now.microseconds / 1_000_000
        if second != dateSecond {
            dateSecond = second
            dateBytes = Array(now.httpDate.utf8)
        }
        return dateBytes
    }

    var isDraining: Bool { drainDeadline != nil }

    private static func makeBase() -> OpaquePointer? {
        guard let config = unsafe event_config_new() else { return nil }
        defer { unsafe event_config_free(config) }
        let flags = EVENT_BASE_FLAG_NOLOCK.rawValue | EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST.rawValue
        unsafe event_config_set_flag(config, Int32(flags))
        return unsafe event_base_new_with_config(config)
    }
}

// MARK: Running

extension EventLoop {
    private func run() {
        let this = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe wakeEvent = event_new(
            base, wakeDescriptor, Int16(EV_READ | EV_PERSIST),
            { _, _, this in unsafe EventLoop.from(this).drainInbox() }, this)
        unsafe sweepEvent = event_new(
            base, -1, Int16(EV_PERSIST), { _, _, this in unsafe EventLoop.from(this).sweep() }, this
        )
        unsafe event_add(wakeEvent, nil)
        for listener in listeners { unsafe listener.start(base: base, loop: self) }
        unsafe event_base_dispatch(base)
        unsafe event_free(wakeEvent)
        unsafe event_free(sweepEvent)
        // Messages hold connections, which hold this loop.
        inbox.withLock { $0 = nil }
    }

    fileprivate static func from(_ context: UnsafeMutableRawPointer?) -> EventLoop {
        guard let context = unsafe context else { preconditionFailure("An event has its loop.") }
        return unsafe Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue()
    }

    private func drainInbox() {
        var count: eventfd_t = 0
        unsafe _ = eventfd_read(wakeDescriptor, &count)
        let messages = inbox.withLock { inbox in
            defer { inbox = [] }
            return inbox ?? []
        }
        for message in messages {
            switch message {
            case .respond(let connection, let response, let answer):
                connection.deliver(response, for: answer)
            case .abandon(let connection, let answer): connection.closeUnanswered(answer)
            case .pauseAccepting: pauseAccepting()
            case .resumeAccepting: resumeAccepting()
            case .drain(let within): drain(within: within)
            }
        }
    }

    /// Looks for missed deadlines. One timer for all connections, which runs only while there are
    /// any: a deadline is met to within the sweep's period, and costs nothing to set.
    private func sweep() {
        let now = MonotonicTime.now()
        let isOver = drainDeadline.map { $0 <= now } ?? false
        for connection in Array(connections.values) {
            if isOver { connection.close() } else { connection.check(now) }
        }
        if isPaused, shared.hasRoom { resumeAccepting() }
        if connections.isEmpty, !isPaused, !isDraining {
            unsafe event_del(sweepEvent)
            isSweeping = false
        }
    }

    private func startSweeping() {
        guard !isSweeping else { return }
        isSweeping = true
        let period = shared.sweepPeriod.nanoseconds / 1_000
        var interval = timeval(tv_sec: Int(period / 1_000_000), tv_usec: Int(period % 1_000_000))
        unsafe event_add(sweepEvent, &interval)
    }
}

// MARK: Connections

extension EventLoop {
    /// Takes a connection from a listening socket.
    fileprivate func accept(_ descriptor: Int32, _ peer: Peer, _ tls: TLSContext?) {
        let open = shared.counters.connectionOpened()
        guard open <= shared.settings.connectionsMax else {
            close(descriptor)
            shared.connectionClosed()
            return pauseAllLoops()
        }
        let connection = unsafe Connection(
            descriptor: descriptor, peer: peer, tls: tls, loop: self, base: base)
        guard let connection else {
            close(descriptor)
            return shared.connectionClosed()
        }
        connections[descriptor] = connection
        startSweeping()
        if open == shared.settings.connectionsMax { pauseAllLoops() }
        connection.start()
    }

    /// Forgets a connection that has closed its socket.
    func remove(_ descriptor: Int32) {
        connections[descriptor] = nil
        shared.connectionClosed()
        endIfDrained()
    }

    /// Accepting failed, for want of descriptors or memory: wait for the next sweep.
    fileprivate func acceptFailed() {
        pauseAccepting()
    }

    private func pauseAllLoops() {
        shared.counters.paused()
        shared.pauseAccepting()
        pauseAccepting()
    }

    private func pauseAccepting() {
        guard !isPaused, !isDraining else { return }
        isPaused = true
        for listener in listeners { listener.pause() }
        startSweeping()
    }

    private func resumeAccepting() {
        guard isPaused, !isDraining, shared.hasRoom else { return }
        isPaused = false
        for listener in listeners { listener.resume() }
    }
}

// MARK: Draining

extension EventLoop {
    private func drain(within: Duration) {
        guard !isDraining else { return }
        drainDeadline = MonotonicTime.now() + within
        isSweeping = false
        startSweeping()
        // A timer of zero fires after what is ready now: clients in the backlog are still served.
        var zero = timeval()
        let this = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe event_base_once(
            base, -1, Int16(EV_TIMEOUT),
            { _, _, this in unsafe EventLoop.from(this).closeDoors() }, this, &zero)
    }

    private func closeDoors() {
        for listener in listeners { listener.stop() }
        listeners = []
        for connection in Array(connections.values) { connection.drain() }
        endIfDrained()
    }

    private func endIfDrained() {
        guard isDraining, listeners.isEmpty, connections.isEmpty else { return }
        unsafe event_base_loopbreak(base)
    }
}

/// A socket on which one loop accepts. Touched on that loop's thread only once it is started.
@safe final class ListeningSocket {
    private var descriptor: Int32
    private let tls: TLSContext?
    private let isLocal: Bool
    private var listener: OpaquePointer?
    private unowned(unsafe) var loop: EventLoop?

    init(descriptor: Int32, tls: TLSContext?, isLocal: Bool) {
        self.descriptor = descriptor
        self.tls = tls
        self.isLocal = isLocal
    }

    deinit { stop() }

    fileprivate func start(base: OpaquePointer, loop: EventLoop) {
        unsafe self.loop = loop
        let this = unsafe Unmanaged.passUnretained(self).toOpaque()
        let listensAlready: Int32 = 0
        unsafe listener = evconnlistener_new(
            base, accepted, this, UInt32(LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC),
            listensAlready,
            descriptor)
        precondition(unsafe listener != nil, "A bound socket can listen.")
        descriptor = -1
        unsafe evconnlistener_set_error_cb(listener) { _, this in
            guard let this = unsafe this else { return }
            let socket = unsafe Unmanaged<ListeningSocket>.fromOpaque(this).takeUnretainedValue()
            unsafe socket.loop?.acceptFailed()
        }
    }

    fileprivate func pause() { unsafe evconnlistener_disable(listener) }

    fileprivate func resume() { unsafe evconnlistener_enable(listener) }

    fileprivate func stop() {
        if let listener = unsafe listener { unsafe evconnlistener_free(listener) }
        if descriptor >= 0 { close(descriptor) }
        unsafe listener = nil
        descriptor = -1
    }

    fileprivate func accept(_ client: Int32, _ address: UnsafePointer<sockaddr>?) {
        let peer =
            isLocal ? Socket.localPeer(client) : unsafe address.flatMap { unsafe Peer($0) }
        guard let peer, let loop = unsafe loop else {
            close(client)
            return
        }
        loop.accept(client, peer, tls)
    }
}

/// A free function, since a closure given to C may inherit an actor's check.
private func accepted(
    _: OpaquePointer?, client: Int32, address: UnsafeMutablePointer<sockaddr>?, _: Int32,
    this: UnsafeMutableRawPointer?
) {
    guard let this = unsafe this else { return }
    let socket = unsafe Unmanaged<ListeningSocket>.fromOpaque(this).takeUnretainedValue()
    unsafe socket.accept(client, address.map { unsafe UnsafePointer($0) })
}

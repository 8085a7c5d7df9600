private import CEvent
private import Glibc

/// One client's connection: reads requests one after another, gives them to handlers, writes the
/// answers in order. A state machine driven by its loop.
///
/// `@unchecked Sendable`: touched on its loop's thread only; other threads hold it merely to name it
/// in a message to that loop.
@safe final class Connection: AnswerReceiver, @unchecked Sendable {
    enum Phase {
        case handshaking
        /// Between requests.
        case idle
        case head
        case body(OpenRequest)
        /// A handler has the request.
        case waiting(HeldRequest)
        case sending
        /// Everything is said; what the client still sends is read and dropped, so that a reset does
        /// not destroy our last answer on its way.
        case lingering
        case closed
    }

    /// A request whose body is still coming.
    struct OpenRequest {
        let head: RequestHead
        let id: RequestID
        let route: Route
        let parameters: [String: String]
        var body: [UInt8] = []
        var chunks = ChunkReader()
    }

    /// What a connection holds of the server's queue.
    private struct Queued {
        var request = 0
        var pending = 0
        var unsent = 0
    }

    /// While an answer is under way, so much of what follows is read: enough to see the client go.
    private static let readAheadBytesMax = 4_096

    /// A request whose answer is still to come.
    struct HeldRequest {
        let answer: Answer
        let id: RequestID
        let isHead: Bool
        let isVersion11: Bool
        let refusalForm: @Sendable (Problem, RequestID) -> Response
    }

    /// Strong: an answer that is kept somewhere keeps the connection, and this its loop. The loop lets
    /// go of a connection when it closes.
    let loop: EventLoop
    let descriptor: Int32
    let peer: Peer
    let tls: TLSSession?
    var phase: Phase
    /// Bytes received and not yet understood.
    var pending: [UInt8] = []
    var scanner = HeadScanner()
    /// The part of an answer that the socket did not take at once.
    var unsent: [UInt8] = []
    var unsentStart = 0
    var deadline: MonotonicTime
    var closesAfterAnswer = false
    var lingersAfterAnswer = false
    var isConsuming = false
    var hasPeerEnded = false
    /// Bytes counted in the server's queue: the request at hand, what is not understood yet, and the
    /// answer that the client does not take.
    private var queued = Queued()
    private var discarded = 0
    private let bornAt: MonotonicTime
    private var isReading = false
    private var isWriting = false
    private var readEvent: OpaquePointer?
    private var writeEvent: OpaquePointer?

    init?(
        descriptor: Int32, peer: Peer, tls context: TLSContext?, loop: EventLoop,
        base: OpaquePointer
    ) {
        guard let readEvent = unsafe event_new(base, descriptor, 0, nil, nil) else { return nil }
        guard let writeEvent = unsafe event_new(base, descriptor, 0, nil, nil) else {
            unsafe event_free(readEvent)
            return nil
        }
        unsafe self.readEvent = readEvent
        unsafe self.writeEvent = writeEvent
        self.loop = loop
        self.descriptor = descriptor
        self.peer = peer
        tls = context?.makeSession(descriptor: descriptor)
        bornAt = MonotonicTime.now()
        let settings = loop.shared.settings
        phase = context == nil ? .idle : .handshaking
        deadline = bornAt + (context == nil ? settings.idleWithin : settings.handshakeWithin)
        if context != nil, tls == nil { return nil }
        let this = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe event_assign(
            readEvent, base, descriptor, Int16(EV_READ | EV_PERSIST),
            { _, _, this in unsafe Connection.from(this).readable() }, this)
        unsafe event_assign(
            writeEvent, base, descriptor, Int16(EV_WRITE | EV_PERSIST),
            { _, _, this in unsafe Connection.from(this).writable() }, this)
    }

    deinit { freeEvents() }

    /// On the loop's thread, unless the connection was never used: the last reference may be an
    /// answer's, on any thread, and libevent runs without locks.
    private func freeEvents() {
        if let event = unsafe readEvent { unsafe event_free(event) }
        if let event = unsafe writeEvent { unsafe event_free(event) }
        unsafe (readEvent, writeEvent) = (nil, nil)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Connection {
        guard let context = unsafe context else {
            preconditionFailure("An event has its connection.")
        }
        return unsafe Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
    }

    var settings: ServerSettings { loop.shared.settings }

    var isClosed: Bool {
        if case .closed = phase { return true }
        return false
    }

    /// Begins to read; data that came with the connection is read at once.
    func start() {
        setReading(true)
        readable()
    }

    // MARK: Events

    private func readable() {
        switch phase {
        case .closed: return
        case .handshaking: handshake()
        case .sending where tls != nil && !isWriting: continueSending()
        default: break
        }
        // A plain socket that has more says so again; TLS may hold decrypted bytes itself.
        var reads = 0
        while isReading, !isClosed, readOnce() {
            reads += 1
            if tls == nil || reads >= 64 { break }
        }
    }

    private func writable() {
        switch phase {
        case .handshaking: handshake()
        case .sending: continueSending()
        default: setWriting(false)
        }
    }

    private func handshake() {
        guard let tls else { return }
        switch tls.handshake() {
        case .moved:
            setWriting(false)
            phase = .idle
            deadline = MonotonicTime.now() + settings.idleWithin
        case .blocked(let onWrite): setWriting(onWrite)
        case .ended, .failed:
            loop.shared.counters.handshakeFailed()
            close()
        }
    }

    /// Reads what one call gives; true when there may be more.
    private func readOnce() -> Bool {
        if case .handshaking = phase { return false }
        let room = readableBytesMax
        let step = unsafe loop.scratch.withUnsafeMutableBytes { buffer in
            let buffer = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(room))
            if let tls { return unsafe tls.read(into: buffer) }
            return unsafe Socket.read(descriptor, into: buffer)
        }
        switch step {
        case .moved(let count):
            received(count)
            return true
        case .blocked: return false
        case .ended:
            peerEnded()
            return false
        case .failed:
            close()
            return false
        }
    }

    private var readableBytesMax: Int {
        switch phase {
        case .waiting, .sending: Self.readAheadBytesMax
        default: loop.scratch.count
        }
    }

    private func received(_ count: Int) {
        defer { countPending() }
        switch phase {
        case .lingering:
            discarded += count
            if discarded > 1_048_576 { close() }
        case .waiting, .sending:
            pending.append(contentsOf: loop.scratch[..<count])
            // A client may pipeline, but not without end: the rest waits in the kernel.
            if pending.count >= Self.readAheadBytesMax { setReading(false) }
        default:
            if pending.isEmpty {
                // The loop's own array is lent out, so that no handler can find it in use.
                var bytes: [UInt8] = []
                swap(&bytes, &loop.scratch)
                let used = consume(bytes.span.extracting(0..<count))
                if used < count, !isClosed { pending.append(contentsOf: bytes[used..<count]) }
                swap(&bytes, &loop.scratch)
            } else {
                pending.append(contentsOf: loop.scratch[..<count])
                consumePending()
            }
        }
    }

    /// The client has sent its last byte. A request that is complete still gets its answer: the
    /// client may have closed one direction only.
    private func peerEnded() {
        hasPeerEnded = true
        setReading(false)
        switch phase {
        case .waiting, .sending: break
        default: close()
        }
    }

    // MARK: Deadlines

    /// Called by the loop's sweep.
    func check(_ now: MonotonicTime) {
        guard now >= deadline else {
            if case .idle = phase, isOld(now) { close() }
            return
        }
        switch phase {
        case .idle, .handshaking, .lingering, .closed: close()
        case .sending:
            loop.shared.counters.deadlineMissed()
            close()
        case .head, .body:
            loop.shared.counters.deadlineMissed()
            refuse(Problem(408, "request_too_slow", "The request took too long to arrive."))
        case .waiting(let held):
            guard held.answer.void() else { return }
            loop.shared.counters.deadlineMissed()
            let late = Problem(503, "too_busy", "The answer took too long; try again.")
            deliverNow(held.refusalForm(late, held.id).with("Retry-After", "1"), held)
        }
    }

    /// Whether the connection has lived long enough to be closed after its current answer.
    func isOld(_ now: MonotonicTime) -> Bool { now - bornAt > settings.connectionWithin }

    /// Nothing new is wanted: an idle connection closes, a busy one after its answer.
    func drain() {
        if case .idle = phase { readable() }
        switch phase {
        case .idle, .handshaking: close()
        default: break
        }
    }

    // MARK: Events on and off

    func setReading(_ on: Bool) {
        guard on != isReading, !isClosed else { return }
        isReading = on
        _ = unsafe on ? event_add(readEvent, nil) : event_del(readEvent)
    }

    func setWriting(_ on: Bool) {
        guard on != isWriting, !isClosed else { return }
        isWriting = on
        _ = unsafe on ? event_add(writeEvent, nil) : event_del(writeEvent)
    }

    /// Reads on after a pause; what TLS had decrypted already would raise no event.
    func resumeReading() {
        guard !isReading, !hasPeerEnded, !isClosed else { return }
        setReading(true)
        if tls != nil, !isConsuming { readable() }
    }

    // MARK: The end

    /// Says on the wire that we send nothing more, and waits for the client to see it.
    func linger() {
        guard !hasPeerEnded else { return close() }
        tls?.shutdown()
        shutdown(descriptor, Int32(SHUT_WR))
        phase = .lingering
        pending = []
        countPending()
        deadline = MonotonicTime.now() + min(.seconds(2), settings.idleWithin)
        setReading(true)
    }

    /// Ends the connection now and voids the answer it was waiting for.
    func close() {
        guard !isClosed else { return }
        switch phase {
        case .waiting(let held):
            held.answer.void()
            loop.shared.counters.clientVanished()
        case .sending: loop.shared.counters.clientVanished()
        default: break
        }
        setReading(false)
        setWriting(false)
        freeEvents()
        phase = .closed
        pending = []
        unsent = []
        countRequest(0)
        countPending()
        countUnsent()
        Glibc.close(descriptor)
        loop.remove(descriptor)
    }

    // MARK: The server's queue

    /// Counts the bytes of the request at hand; false when the server holds too many already.
    @discardableResult
    func countRequest(_ bytes: Int) -> Bool { queue(&queued.request, bytes) }

    /// Counts what waits to be understood. A head that finds no room is refused; behind an answer
    /// that is under way there is never much.
    func countPending() {
        guard !queue(&queued.pending, pending.count), case .head = phase else { return }
        loop.shared.counters.requestShed()
        refuse(Self.tooBusy)
    }

    func countUnsent() { _ = queue(&queued.unsent, unsent.count) }

    /// Sets one part of what is queued; false when it grew and the server holds too much.
    private func queue(_ part: inout Int, _ bytes: Int) -> Bool {
        let change = bytes - part
        guard change != 0 else { return true }
        part = bytes
        return loop.shared.counters.queue(change) <= settings.queuedBytesMax || change < 0
    }

    static let tooBusy = Problem(503, "too_busy", "Too much is waiting already; try again.")
}

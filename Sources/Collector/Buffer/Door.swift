import ConveyProtocol

/// Where requests leave their events and the writer takes them up: decides who is let in. Pure.
struct Door {
    /// Called once, with why each lane's events were turned away; nil is stored, on the disk.
    typealias Completion = @Sendable (PerLane<BufferRefusal?>) -> Void

    /// What one commit takes up.
    struct Waiting {
        var segments = PerLane<[Segment]>(repeating: [])
        var requests: [Request] = []
        var byteCount = 0

        var isEmpty: Bool { requests.isEmpty }
    }

    /// A request that waits for the commit; lanes that were turned away at the door have a reason.
    struct Request {
        let refusals: PerLane<BufferRefusal?>
        let counts: PerLane<Int>
        let completion: Completion
    }

    /// What became of a request at the door.
    enum Admission {
        /// It waits; the writer must be woken where it is the first.
        case waits(isFirst: Bool)
        /// Nothing of it was taken.
        case refused(PerLane<BufferRefusal?>)
    }

    var limits: BufferLimits
    /// Bytes in use on the disk after the last commit.
    var usedBytes: Int64 = 0
    /// Why nothing at all is taken; nil when open.
    var closed: BufferRefusal?
    private var waiting = Waiting()
    /// Bytes of the commit that is being made.
    private var committingBytes = 0
    /// Turned away since the last commit that wrote it down.
    private(set) var refused = PerLane<[String: Int64]>(repeating: [:])

    init(limits: BufferLimits, closed: BufferRefusal?) {
        self.limits = limits
        self.closed = closed
    }

    /// Lets events in, lane by lane; those of one request and lane together or not at all.
    mutating func admit(
        _ events: IncomingEvents, _ completion: @escaping Completion
    ) -> Admission {
        let counts = PerLane<Int> { events.count($0) }
        let refusals = PerLane<BufferRefusal?> { counts[$0] == 0 ? nil : refusal(for: $0, events) }
        for lane in Lane.allCases {
            if let refusal = refusals[lane] { count(refusal, lane, counts[lane]) }
        }
        guard Lane.allCases.contains(where: { counts[$0] > 0 && refusals[$0] == nil }) else {
            return .refused(refusals)
        }
        for lane in Lane.allCases where refusals[lane] == nil {
            waiting.byteCount += events.byteCount(lane)
            for segment in events.segments[lane] { enqueue(segment, lane) }
        }
        waiting.requests.append(
            Request(refusals: refusals, counts: counts, completion: completion))
        return .waits(isFirst: waiting.requests.count == 1)
    }

    private func refusal(for lane: Lane, _ events: IncomingEvents) -> BufferRefusal? {
        if let closed { return closed }
        let bytes = events.byteCount(lane)
        let waitingBytes = waiting.byteCount + committingBytes
        guard waitingBytes == 0 || waitingBytes + bytes <= limits.waitingBytesMax else {
            return .busy
        }
        let used = usedBytes + Int64(waitingBytes + bytes)
        return limits.refuses(lane, usedBytes: used) ? .budget : nil
    }

    private mutating func enqueue(_ segment: Segment, _ lane: Lane) {
        let last = waiting.segments[lane].count - 1
        if last >= 0, waiting.segments[lane][last].append(segment) { return }
        waiting.segments[lane].append(segment)
    }

    private mutating func count(_ refusal: BufferRefusal, _ lane: Lane, _ count: Int) {
        self.count(refusal.rawValue, lane, count)
    }

    /// Counts events that were turned away, here or before they came here.
    mutating func count(_ reason: String, _ lane: Lane, _ count: Int) {
        refused[lane][reason, default: 0] += Int64(count)
    }

    /// Hands over all that waits.
    mutating func take() -> Waiting {
        defer { waiting = Waiting() }
        committingBytes = waiting.byteCount
        return waiting
    }

    /// Ends a commit that failed: its events are turned away after all.
    mutating func failed(_ commit: Waiting, _ refusal: BufferRefusal) {
        committingBytes = 0
        for request in commit.requests {
            for lane in Lane.allCases where request.refusals[lane] == nil {
                count(refusal, lane, request.counts[lane])
            }
        }
    }

    /// Ends a commit that holds.
    mutating func committed(usedBytes: Int64) {
        committingBytes = 0
        self.usedBytes = usedBytes
    }

    /// Forgets the counts that a commit has written down.
    mutating func wroteDown(_ counts: PerLane<[String: Int64]>) {
        for lane in Lane.allCases {
            for (reason, count) in counts[lane] {
                refused[lane][reason, default: 0] -= count
                if refused[lane][reason] == 0 { refused[lane][reason] = nil }
            }
        }
    }
}

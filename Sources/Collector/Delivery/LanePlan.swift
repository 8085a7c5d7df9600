import ConveyProtocol
import Daemon

/// Where one lane stands in the plan.
struct LanePlan: Sendable {
    private var ceiling: BatchLimits
    /// Less than the ceiling, after a batch that was too large; grows again with each receipt.
    private var narrowed: BatchLimits?
    private var backoff = Backoff()
    private(set) var heldUntil: Duration = .zero
    private(set) var lastStart: Duration = .zero
    var isInFlight = false
    /// Batches that the lanes above sent since this one did.
    var credit = 0
    /// Whether its last batch was far from full.
    private(set) var lastWasSmall = false
    /// Remedies since the last receipt.
    var remedies = 0

    init(limits: BatchLimits) { ceiling = limits }

    /// What the next batch may hold.
    var limits: BatchLimits { narrowed ?? ceiling }

    mutating func start(at now: Duration) {
        isInFlight = true
        lastStart = now
        credit = 0
    }

    mutating func failed(random: Double, now: Duration) {
        lastWasSmall = false
        heldUntil = now + backoff.failed(random: random)
    }

    mutating func succeeded(_ flight: Flight, smallBelow eventsMax: Int) {
        lastWasSmall =
            flight.count > 0 && flight.count < min(eventsMax, limits.eventsMax)
            && flight.decodedByteCount < limits.bytesMax / 2
        backoff.succeeded()
        heldUntil = .zero
        remedies = 0
        guard let narrowed else { return }
        let doubled = BatchLimits(
            eventsMax: min(narrowed.eventsMax * 2, ceiling.eventsMax),
            bytesMax: min(narrowed.bytesMax * 2, ceiling.bytesMax))
        self.narrowed = doubled == ceiling ? nil : doubled
    }

    /// Takes the aggregator's word on how much it takes; where the batch kept to that, halves it.
    mutating func narrow(below flight: Flight, stated: BatchLimits) {
        ceiling = BatchLimits(
            eventsMax: min(ceiling.eventsMax, stated.eventsMax),
            bytesMax: min(ceiling.bytesMax, stated.bytesMax))
        let keptToIt =
            flight.count <= stated.eventsMax && flight.decodedByteCount <= stated.bytesMax
        if keptToIt { narrow(below: flight, atLeast: 1) } else { narrowed = nil }
    }

    /// Halves what the batch held: an answer that never comes may be one that the way cannot carry.
    mutating func narrow(below flight: Flight, atLeast eventsMin: Int) {
        guard flight.count > eventsMin else { return }
        narrowed = BatchLimits(
            eventsMax: max(flight.count / 2, eventsMin),
            bytesMax: min(max(flight.decodedByteCount / 2, 1), ceiling.bytesMax))
    }
}

/// A batch on its way, as far as the plan must know it.
struct Flight: Sendable, Equatable {
    let lane: Lane
    /// A reading of uptime.
    let startedAt: Duration
    /// Events; gaps are not counted.
    let count: Int
    let decodedByteCount: Int

    init(_ batch: SealedBatch, startedAt: Duration) {
        self.init(
            lane: batch.header.coverage.lane, startedAt: startedAt,
            count: batch.header.coverage.count, decodedByteCount: batch.decodedByteCount)
    }

    init(lane: Lane, startedAt: Duration, count: Int, decodedByteCount: Int) {
        self.lane = lane
        self.startedAt = startedAt
        self.count = count
        self.decodedByteCount = decodedByteCount
    }
}

import ConveyProtocol
import Daemon

/// Decides which lane sends when, and how much. Knows no clock, socket or database; times are
/// readings of uptime.
///
/// Each lane has at most one batch on its way. Lanes that wait go in order of priority; a lower one
/// gets one batch for every four of those above it, so that none starves. After a failure of the
/// network one lane at a time tries until an answer comes.
/// - Source: protocol/SPEC.md, sections 7 and 8.
struct DeliveryPlan: Sendable {
    /// What a lane does next.
    enum Step: Equatable {
        case send(BatchLimits)
        /// Ask again after this time, at most `pollInterval`.
        case wait(Duration)
        /// Nothing waits: ask again at new events, at the end of a batch, or after this time.
        case rest(Duration)
    }

    /// How long a lane waits before it looks again while something holds it.
    static let pollInterval: Duration = .milliseconds(250)
    /// After this long without any batch an empty one is sent, by the lanes in turn.
    static let idleInterval: Duration = .seconds(30)
    /// After this long without a batch a lane sends an empty one, however busy the others are: only
    /// so does it hear that the ledger went back.
    static let laneIdleInterval: Duration = .seconds(90)
    /// How long everything rests after an answer that only a person can mend.
    static let alertInterval: Duration = .seconds(300)
    /// A lane whose last batch was small gathers events for so long since that began.
    static let gatherInterval: Duration = .milliseconds(250)
    /// So many events are worth a batch at once.
    static let gatheredMax = 500
    /// Batches of the lanes above for one of a lower lane that waits.
    static let share = 4
    /// Remedies in a row, without a receipt between them, before a lane backs off as well.
    private static let remediesMax = 4

    private var lanes: PerLane<LanePlan>
    private var network = Backoff()
    private var networkHeldUntil: Duration = .zero
    private var askedHeldUntil: Duration = .zero
    private var lastFailureAt: Duration?
    private var lastSentAt: Duration?
    private var hasAnswer = false

    /// - Parameter limits: what a batch may hold at most, before the aggregator says less.
    init(limits: BatchLimits = .standard) {
        lanes = PerLane(repeating: LanePlan(limits: limits))
    }

    // MARK: Before

    /// Decides for a lane that has no batch on its way.
    /// - Parameter waiting: events of each lane without a receipt.
    mutating func step(_ lane: Lane, waiting: PerLane<Int64>, now: Duration) -> Step {
        let held = max(networkHeldUntil, askedHeldUntil, lanes[lane].heldUntil)
        guard held <= now else { return .wait(min(held - now, Self.pollInterval)) }
        if let rest = gathering(lane, waiting: waiting, now: now) { return .wait(rest) }
        guard isTurn(of: lane, waiting: waiting, now: now) else {
            return waiting[lane] > 0 || !hasAnswer || network.failures > 0
                ? .wait(Self.pollInterval) : .rest(untilIdle(lane, now: now))
        }
        lastSentAt = now
        lanes[lane].start(at: now)
        for lower in Lane.allCases where lower > lane { lanes[lower].credit += 1 }
        return .send(lanes[lane].limits)
    }

    private func isTurn(of lane: Lane, waiting: PerLane<Int64>, now: Duration) -> Bool {
        guard hasAnswer else { return lane == .conversion }
        guard network.failures == 0 else {
            return !Lane.allCases.contains { lanes[$0].isInFlight }
                && lane == probe(waiting: waiting, now: now)
        }
        guard waiting[lane] > 0 else { return isIdle(lane, now: now) }
        let isBehindOthers = Lane.allCases.contains { higher in
            higher < lane && waiting[higher] > 0 && lanes[higher].heldUntil <= now
                && gathering(higher, waiting: waiting, now: now) == nil
        }
        return !isBehindOthers || lanes[lane].credit >= Self.share
    }

    /// How long a lane still gathers events; nil when it does not. One that was at rest sends its first
    /// event at once; batch after batch of a few events would cost both sides more than they bring.
    private func gathering(
        _ lane: Lane, waiting: PerLane<Int64>, now: Duration
    ) -> Duration? {
        let end = lanes[lane].lastStart + Self.gatherInterval
        guard lanes[lane].lastWasSmall, now < end, waiting[lane] > 0,
            waiting[lane] < Self.gatheredMax
        else { return nil }
        return end - now
    }

    /// When an empty batch of this lane may be due next.
    private func untilIdle(_ lane: Lane, now: Duration) -> Duration {
        let own = lanes[lane].lastStart + Self.laneIdleInterval - now
        let all = (lastSentAt ?? now) + Self.idleInterval - now
        // A turn that is another lane's becomes this one's when that has sent: then it is told.
        return max(Self.pollInterval, min(own, all > .zero ? all : Self.idleInterval))
    }

    /// Whether it is time for an empty batch of this lane.
    private func isIdle(_ lane: Lane, now: Duration) -> Bool {
        if now - lanes[lane].lastStart >= Self.laneIdleInterval { return true }
        let isNext = Lane.allCases.allSatisfy { other in
            (lanes[lane].lastStart, lane) <= (lanes[other].lastStart, other)
        }
        return isNext && lastSentAt.map { now - $0 >= Self.idleInterval } ?? true
    }

    /// The lane that tries alone: the first in priority, but every fourth time the one that tried
    /// longest ago, should it be a batch of the first lane that does not get through.
    private func probe(waiting: PerLane<Int64>, now: Duration) -> Lane {
        let ready = Lane.allCases.filter { waiting[$0] > 0 && lanes[$0].heldUntil <= now }
        guard network.failures.isMultiple(of: Self.share) else { return ready.first ?? .conversion }
        return ready.min { lanes[$0].lastStart < lanes[$1].lastStart } ?? .conversion
    }

    // MARK: Afterwards

    /// Takes what became of a lane's batch.
    /// - Parameter random: drawn evenly from 0 to 1 for this call.
    mutating func ended(_ flight: Flight, _ outcome: Outcome, random: Double, now: Duration) {
        lanes[flight.lane].isInFlight = false
        switch outcome {
        case .receipt(let pace):
            answered()
            lanes[flight.lane].succeeded(flight, smallBelow: Self.gatheredMax)
            rest(after: flight, pace: pace, now: now)
        case .problem(let remedy):
            answered()
            remedied(flight, remedy, random: random, now: now)
        case .noAnswer(let wasPerhapsTooLarge):
            if wasPerhapsTooLarge { lanes[flight.lane].narrow(below: flight, atLeast: 64) }
            failed(flight, random: random, now: now)
        case .fault:
            lanes[flight.lane].failed(random: random, now: now)
        case .stopped:
            break
        }
    }

    private mutating func answered() {
        hasAnswer = true
        network.succeeded()
        networkHeldUntil = .zero
    }

    /// Counts a failure of the network once, however many lanes it hit.
    private mutating func failed(_ flight: Flight, random: Double, now: Duration) {
        if let lastFailureAt, flight.startedAt < lastFailureAt { return }
        lastFailureAt = now
        networkHeldUntil = now + network.failed(random: random)
    }

    private mutating func rest(after flight: Flight, pace: Int64, now: Duration) {
        guard pace > 0, flight.count > 0 else { return }
        let seconds = min(Double(flight.count) / Double(pace), 60)
        askedHeldUntil = max(askedHeldUntil, flight.startedAt + .seconds(seconds))
    }

    private mutating func remedied(
        _ flight: Flight, _ remedy: Remedy, random: Double, now: Duration
    ) {
        let lane = flight.lane
        switch remedy {
        case .backOff:
            lanes[lane].failed(random: random, now: now)
        case .wait(let duration):
            askedHeldUntil = max(askedHeldUntil, now + max(duration, .seconds(1)))
        case .alert:
            askedHeldUntil = max(askedHeldUntil, now + Self.alertInterval)
        case .again, .rewind, .newEpoch, .split, .quarantine:
            if case .split(let stated) = remedy {
                lanes[lane].narrow(below: flight, stated: stated)
            }
            lanes[lane].remedies += 1
            if lanes[lane].remedies > (remedy == .again ? 1 : Self.remediesMax) {
                lanes[lane].failed(random: random, now: now)
            }
        }
    }

    /// Says why nothing is sent now and until when; nil when lanes may send.
    func heldUntil(now: Duration) -> Duration? {
        let held = max(networkHeldUntil, askedHeldUntil)
        return held > now ? held : nil
    }
}

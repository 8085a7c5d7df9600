import ConveyProtocol
import Crypto
import HTTP
import Settings
import Stage
import Synchronization
import Time

/// A collector of the load with all three lanes: every so often each lane sends what came meanwhile,
/// in one sealed batch, whether or not the aggregator is quick.
actor VisitCollector {
    private let exchange: SignedExchange
    private var visits: ShopVisits
    private var sources: [BatchSource]
    private let eventsPerTick: Int
    private let interval: Duration

    /// How much a collector has to send.
    struct Pace {
        /// Events a second, all lanes together.
        let rate: Int
        /// From batch to batch of a lane.
        let interval: Duration
    }

    /// What was sent and what came back.
    struct Report: Sendable {
        /// Events of a batch, and milliseconds from when it was due to its receipt.
        var answers: [(lane: Lane, events: Int, milliseconds: Double)] = []
        /// When the first part of an order was due to be sent, by what the order is known by.
        var told: [String: ContinuousClock.Instant] = [:]
        /// When its first webhook was.
        var confirmed: [String: ContinuousClock.Instant] = [:]
        var events = 0

        mutating func add(_ other: Report) {
            answers += other.answers
            told.merge(other.told) { min($0, $1) }
            confirmed.merge(other.confirmed) { min($0, $1) }
            events += other.events
        }
    }

    /// - Parameters:
    ///   - merchant: enrolled; its collector's program does not run.
    ///   - transport: the network where nil.
    init(
        _ merchant: Merchant, number: Int, pace: Pace, over transport: (any Transport)? = nil
    ) throws {
        guard let identity = try IdentityPlace(directory: merchant.dataDirectory).read() else {
            throw BenchFault("the collector is not enrolled")
        }
        exchange = identity.exchange(
            over: transport ?? Client(identity.clientSettings, name: "visits"))
        visits = ShopVisits(
            site: merchant.shops[0].siteID, seed: UInt64(number),
            firstOrder: number * 10_000_000)
        let epoch = EpochID(at: SystemClock().now(), random: RandomBytes())
        sources = Lane.allCases.map {
            BatchSource(collector: identity.collector, epoch: epoch, lane: $0)
        }
        interval = pace.interval
        eventsPerTick = Int(Double(pace.rate) * (interval / .seconds(1)))
    }

    /// Batches that are sent at one time, and what is in them.
    private struct Tick: Sendable {
        let due: ContinuousClock.Instant
        var batches: [(lane: Lane, events: Int, batch: SealedBatch)] = []
        var told: [String] = []
        var confirmed: [String] = []
    }

    /// Sends at an even pace.
    func run(from start: ContinuousClock.Instant, ticks: Int) async throws -> Report {
        var report = Report()
        var tick = try make(due: start)
        for number in 1...ticks {
            try await ContinuousClock().sleep(until: tick.due)
            let current = tick
            async let answers = send(current)
            let following = try make(due: start + interval * number)
            report.answers += try await answers
            for order in tick.told { report.told[order] = report.told[order] ?? tick.due }
            for order in tick.confirmed {
                report.confirmed[order] = report.confirmed[order] ?? tick.due
            }
            report.events += tick.batches.reduce(0) { $0 + $1.events }
            tick = following
        }
        // What was made ahead must be sent, or the next run would leave a hole.
        _ = try await send(tick)
        return report
    }

    /// Sends as fast as receipts come.
    /// - Parameter events: at a time; as many as at its pace where nil.
    /// - Returns: how many it sent.
    @discardableResult
    func fill(ticks: Int, of events: Int? = nil) async throws -> Int {
        var sent = 0
        for _ in 0..<ticks {
            let tick = try make(due: ContinuousClock.now, of: events)
            _ = try await send(tick)
            sent += tick.batches.reduce(0) { $0 + $1.events }
        }
        return sent
    }

    /// Sends some events at once.
    func send(
        _ make: @Sendable (inout ShopVisits, Timestamp) throws -> [ShopVisits.Told]
    ) async throws {
        let now = SystemClock().now().roundedDownToMilliseconds
        let events = try make(&visits, now)
        _ = try await send(try seal(events, due: ContinuousClock.now, at: now))
    }

    /// Some of the orders whose webhook has come.
    func finished(_ count: Int) throws -> [ShopVisits.Message] {
        guard visits.finished.count >= count else { throw BenchFault("there are too few orders") }
        return Array(visits.finished.prefix(count))
    }

    /// Sends everything of one regular customer, whose order is the last.
    func sendRegular(facts: Int, number: Int) async throws -> ShopVisits.Message {
        let now = SystemClock().now().roundedDownToMilliseconds
        let regular = visits.regular(facts: facts, number: number, at: now)
        _ = try await send(try seal(regular.lines, due: ContinuousClock.now, at: now))
        return regular.order
    }

    private nonisolated func send(
        _ tick: Tick
    ) async throws -> [(lane: Lane, events: Int, milliseconds: Double)] {
        try await withThrowingTaskGroup(
            of: (lane: Lane, events: Int, milliseconds: Double).self
        ) { group in
            for (lane, events, batch) in tick.batches {
                group.addTask {
                    try await self.send(batch)
                    return (lane, events, (ContinuousClock.now - tick.due) / .milliseconds(1))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private nonisolated func send(_ batch: SealedBatch) async throws {
        let message = SignedExchange.Message(
            .post, "/v1/batches",
            headers: [
                "Content-Type": SealedBatch.mediaType,
                "Content-Encoding": batch.coding.rawValue,
            ], body: batch.body, digest: batch.digest)
        let answer = try await exchange.send(message, at: SystemClock().now())
        guard answer.status == 200 else {
            throw BenchFault("a batch was answered \(answer.status)")
        }
        let receipt = try Receipt(json: answer.body)
        guard receipt.rejected.isEmpty, receipt.position.chainMatches else {
            throw BenchFault("the aggregator rejected sample events")
        }
    }

    /// What the edge took in the time before.
    private func make(due: ContinuousClock.Instant, of count: Int? = nil) throws -> Tick {
        let now = SystemClock().now()
        let count = count ?? eventsPerTick
        let events = (0..<count).map { number in
            let age = interval * (count - number) / count
            return visits.next(receivedAt: (now - age).roundedDownToMilliseconds)
        }
        return try seal(events, due: due, at: now)
    }

    private func seal(
        _ events: [ShopVisits.Told], due: ContinuousClock.Instant, at now: Timestamp
    ) throws -> Tick {
        var tick = Tick(due: due)
        var lines = PerLane<[[UInt8]]>(repeating: [])
        for told in events {
            lines[told.lane].append(told.line)
            if let order = told.order {
                tick.told.append(order)
                if told.isWebhook { tick.confirmed.append(order) }
            }
        }
        for (place, lane) in Lane.allCases.enumerated() where !lines[lane].isEmpty {
            var assigned = PerLane<Int64>(repeating: 0)
            for source in sources { assigned[source.lane] = source.nextSeq - 1 }
            let batch = try sources[place].batch(of: lines[lane], at: now, others: assigned)
            tick.batches.append((lane, lines[lane].count, batch))
        }
        return tick
    }
}

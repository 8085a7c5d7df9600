import ConveyProtocol
import Crypto
import HTTP
import Settings
import Stage
import Time

/// One collector of the load: makes sealed batches of one lane and sends them one after another, the
/// next made while the last is on its way.
actor IngestStream {
    static let batchSize = 1_000

    private let exchange: SignedExchange
    private let lines: [Template]
    private var ids: EventIDs
    private var source: BatchSource
    private var random: SeededGenerator
    /// Sealed ahead, so that measuring is not making.
    private var prepared: ArraySlice<SealedBatch> = []
    /// A canonical line, and where its times stand; its id stands at 7.
    private struct Template {
        let bytes: [UInt8]
        let occurredAt: Int
        let receivedAt: Int

        init(_ bytes: [UInt8]) throws {
            let text = String(decoding: bytes, as: UTF8.self)
            guard let occurred = text.firstRange(of: #""occurred_at":""#),
                let received = text.firstRange(of: #""received_at":""#)
            else { throw BenchFault("a sample line has no times") }
            self.bytes = bytes
            occurredAt = text.utf8.distance(from: text.startIndex, to: occurred.upperBound)
            receivedAt = text.utf8.distance(from: text.startIndex, to: received.upperBound)
        }
    }

    /// What a stream got through.
    struct Yield: Sendable {
        var accepted = 0
        var duplicate = 0
        /// Milliseconds from sending a batch to its receipt.
        var latencies: [Double] = []
        var bytes = 0

        static func + (left: Yield, right: Yield) -> Yield {
            Yield(
                accepted: left.accepted + right.accepted,
                duplicate: left.duplicate + right.duplicate,
                latencies: left.latencies + right.latencies, bytes: left.bytes + right.bytes)
        }
    }

    /// - Parameter merchant: enrolled; its collector's program does not run.
    init(_ merchant: Merchant, _ kind: IDKind, seed: UInt64) throws {
        guard let identity = try IdentityPlace(directory: merchant.dataDirectory).read() else {
            throw BenchFault("the collector is not enrolled")
        }
        try self.init(
            identity.exchange(over: Client(identity.clientSettings, name: "stream")),
            of: identity.collector, site: merchant.shops[0].siteID, kind, seed: seed)
    }

    /// - Parameters:
    ///   - exchange: signs for the collector.
    ///   - site: its one site's public id.
    init(
        _ exchange: SignedExchange, of collector: CollectorID, site: String, _ kind: IDKind,
        seed: UInt64
    ) throws {
        self.exchange = exchange
        let context = try SampleSite.context(of: site, at: SystemClock().now())
        lines = try SampleSite.lines(2_000, seed: seed, context).map(Template.init)
        ids = EventIDs(kind, seed: seed)
        random = SeededGenerator(seed: seed)
        source = BatchSource(
            collector: collector,
            epoch: EpochID(at: SystemClock().now(), random: RandomBytes()), lane: .pageview)
    }

    /// Sends batches until the time is over, or until so many events are accepted.
    func run(until end: ContinuousClock.Instant?, accepted enough: Int = .max) async throws -> Yield
    {
        var yield = Yield()
        guard prepared.isEmpty else { return try await runPrepared(until: end) }
        var batch = try make()
        while yield.accepted < enough, end.map({ ContinuousClock.now < $0 }) ?? true {
            let start = ContinuousClock.now
            let current = batch
            async let answer = send(current)
            let following = try make()
            let receipt = try await answer
            yield.latencies.append((ContinuousClock.now - start) / .milliseconds(1))
            yield.accepted += receipt.accepted
            yield.duplicate += receipt.duplicate
            yield.bytes += current.body.count
            batch = following
        }
        try await finish(batch, &yield)
        return yield
    }

    /// Makes batches for the next run, which sends them and no others.
    func prepare(_ count: Int) throws {
        for _ in 0..<count { prepared.append(try make()) }
    }

    /// Sends what is left of the prepared.
    func sendRest() async throws -> Yield { try await runPrepared(until: nil) }

    private func runPrepared(until end: ContinuousClock.Instant?) async throws -> Yield {
        var yield = Yield()
        while let batch = prepared.first, end.map({ ContinuousClock.now < $0 }) ?? true {
            prepared.removeFirst()
            let start = ContinuousClock.now
            try await finish(batch, &yield)
            yield.latencies.append((ContinuousClock.now - start) / .milliseconds(1))
        }
        return yield
    }

    /// Stores a past of so many events. Random ids ascend meanwhile, in three passes; the last come in no
    /// order, since an index that was filled in order has full pages, which all split at first.
    func fill(_ accepted: Int) async throws -> Yield {
        var yield = Yield()
        for share in [50, 30, 17] {
            ids.ascend(through: accepted * share / 100)
            yield = yield + (try await run(until: nil, accepted: accepted * share / 100))
        }
        ids.scatter()
        return yield + (try await run(until: nil, accepted: accepted * 3 / 100))
    }

    /// What was made ahead must be sent, or the next run would leave a hole.
    private func finish(_ batch: SealedBatch, _ yield: inout Yield) async throws {
        let receipt = try await send(batch)
        yield.accepted += receipt.accepted
        yield.duplicate += receipt.duplicate
    }

    private nonisolated func send(_ batch: SealedBatch) async throws -> Receipt {
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
        return receipt
    }

    // MARK: Batches

    /// Events that were received now, and happened within the five seconds before.
    private func make() throws -> SealedBatch {
        let now = SystemClock().now()
        let times = (0..<50).map { Self.text(of: now - .milliseconds($0 * 100)) }
        let events = (0..<Self.batchSize).map { _ in
            let template = lines[random.below(lines.count)]
            var line = template.bytes
            Self.put(ids.next(now), into: &line, at: 7)
            Self.put(times[random.below(times.count)], into: &line, at: template.occurredAt)
            Self.put(times[0], into: &line, at: template.receivedAt)
            return line
        }
        return try source.batch(of: events, at: now)
    }

    private static func text(of time: Timestamp) -> [UInt8] {
        var bytes: [UInt8] = []
        time.appendRFC3339(to: &bytes)
        return bytes
    }

    private static func put(_ bytes: [UInt8], into line: inout [UInt8], at offset: Int) {
        for (index, byte) in bytes.enumerated() { line[offset + index] = byte }
    }
}

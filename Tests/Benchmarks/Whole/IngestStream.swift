import ConveyProtocol
import Crypto
import HTTP
import Settings
import Stage
import Time

/// What ids the events of a stream have.
enum IDKind: String, CaseIterable, Sendable {
    case ordered = "UUIDv7 ids"
    case random = "random ids"
}

/// One collector of the load: makes sealed batches of one lane and sends them one after another, the
/// next made while the last is on its way.
actor IngestStream {
    static let batchSize = 1_000
    private static let duplicatesOfTen = 1

    private let exchange: SignedExchange
    private let lines: [Template]
    private let kind: IDKind
    private var source: BatchSource
    private var random: SeededGenerator
    /// Ids of this stream's last events, from which duplicates are drawn.
    private var recent: [[UInt8]] = []
    private var nextRecent = 0

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
        exchange = identity.exchange(over: Client(identity.clientSettings, name: "stream"))
        let context = try SampleSite.context(
            of: merchant.shops[0].siteID, at: SystemClock().now())
        lines = try SampleSite.lines(2_000, seed: seed, context).map(Template.init)
        self.kind = kind
        random = SeededGenerator(seed: seed)
        source = BatchSource(
            collector: identity.collector,
            epoch: EpochID(at: SystemClock().now(), random: RandomBytes()), lane: .pageview)
    }

    /// Sends batches until the time is over, or until so many events are accepted.
    func run(until end: ContinuousClock.Instant?, accepted enough: Int = .max) async throws -> Yield
    {
        var yield = Yield()
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
            guard receipt.rejected.isEmpty, receipt.position.chainMatches else {
                throw BenchFault("the aggregator rejected sample events")
            }
            batch = following
        }
        try await finish(batch, &yield)
        return yield
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
        return try Receipt(json: answer.body)
    }

    // MARK: Batches

    /// Events that were received now, and happened within the five seconds before.
    private func make() throws -> SealedBatch {
        let now = SystemClock().now()
        let times = (0..<50).map { Self.text(of: now - .milliseconds($0 * 100)) }
        let events = (0..<Self.batchSize).map { _ in
            let template = lines[random.below(lines.count)]
            var line = template.bytes
            Self.put(nextID(now), into: &line, at: 7)
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

    private func nextID(_ now: Timestamp) -> [UInt8] {
        if random.below(10) < Self.duplicatesOfTen, !recent.isEmpty {
            return recent[random.below(recent.count)]
        }
        var bytes = [UInt8](repeating: 0, count: 16)
        var (high, low) = (random.next(), random.next() >> 2 | 0x8000_0000_0000_0000)
        if kind == .ordered {
            high = UInt64(now.milliseconds) << 16 | 0x7000 | high & 0x0FFF
        } else {
            high = high & ~0xF000 | 0x4000
        }
        for index in (0..<8).reversed() {
            bytes[index] = UInt8(truncatingIfNeeded: high)
            bytes[index + 8] = UInt8(truncatingIfNeeded: low)
            (high, low) = (high >> 8, low >> 8)
        }
        let id = Array((Identifier<EventID>(bytes: bytes)?.description ?? Samples.id).utf8)
        remember(id)
        return id
    }

    private func remember(_ id: [UInt8]) {
        if recent.count < 20_000 {
            recent.append(id)
        } else {
            recent[nextRecent] = id
            nextRecent = (nextRecent + 1) % recent.count
        }
    }
}

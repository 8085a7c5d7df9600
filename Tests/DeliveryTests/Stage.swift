import Buffer
import ConveyProtocol
import Crypto
import Daemon
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing
import Time

@testable import Delivery

/// A real buffer, a real sender and a fake aggregator, on clocks that the test moves.
final class DeliveryStage: Sendable {
    static let collector = CollectorID("0192f0c1-2a00-7abc-8def-00000000c011")!
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let key = SigningKey(from: RandomBytes())
    let aggregator: FakeAggregator
    let buffer: Buffer
    let logged = Mutex<[String]>([])
    let settings = Mutex<[Int64]>([])
    private let made = Mutex<Sender?>(nil)
    private let limits: BatchLimits

    struct ClockUptime: Uptime {
        let clock: ManualClock
        func now() -> Duration { .seconds(1000) + clock.now.offset }
    }

    /// The same draw each time.
    struct Draws: RandomSource {
        func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x80, count: count) }
    }

    init(limits: BatchLimits = .standard) async throws {
        self.limits = limits
        directory = try TemporaryDirectory()
        aggregator = FakeAggregator(
            clock, collector: Self.collector, collectorKey: key.verifyingKey)
        buffer = Buffer(
            BufferPlace(
                path: directory.file("buffer.db"),
                limits: BufferLimits(bytesMax: 1 << 28, waitingBytesMax: 1 << 20)),
            clock: EdgeClock(wall: clock.wall, uptime: ClockUptime(clock: clock)), wall: clock.wall,
            log: Log { _ in }, ticks: clock)
        await buffer.open()
        restart()
    }

    var sender: Sender { made.withLock { $0! } }

    /// Puts a fresh sender in place of the one there is, as a restart does.
    func restart(pinned: VerifyingKey? = nil) {
        let origin = Origin("https://\(FakeAggregator.authority)")!
        let fresh = makeSender(over: aggregator, to: origin, ticks: clock, pinned: pinned)
        made.withLock { $0 = fresh }
    }

    func makeSender(
        over transport: any Transport, to origin: Origin, ticks: any Clock<Duration>,
        pinned: VerifyingKey? = nil
    ) -> Sender {
        let exchange = SignedExchange(
            to: origin, over: transport,
            by: MessageSignatureProfile(label: SignatureRule.label, tag: SignatureRule.tag),
            key: key, pinned: pinned ?? aggregator.key.verifyingKey)
        let log = Log(format: .text, clock: clock.wall) { [weak self] bytes in
            self?.logged.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
        }
        return Sender(
            SenderIdentity(collector: Self.collector, exchange: exchange, shipper: "test/1"),
            from: buffer,
            Sender.Tools(
                ticks: ticks, random: Draws(), log: log, limits: limits,
                settingsChanged: { [weak self] version in
                    self?.settings.withLock { $0.append(version) }
                }))
    }

    var status: DeliveryReport { sender.status }
    var pending: Int64 {
        Lane.allCases.reduce(0) { $0 + buffer.statistics.lanes[$1].pending }
    }

    /// Leaves events and returns once they are on the disk.
    func append(_ ids: [String], _ lane: Lane = .conversion, padding: Int = 0) async {
        let stamp = buffer.clock.stamp()
        var events = IncomingEvents(stamp: stamp)
        for id in ids { events.add(Self.event(id, stamp, padding: padding), to: lane) }
        let refusals = await buffer.append(events)
        #expect(refusals[lane] == nil)
    }

    static func event(_ id: String, _ stamp: EdgeClock.Stamp, padding: Int) -> [UInt8] {
        let time = stamp.time.description
        let data = String(repeating: "x", count: padding)
        return Array(
            ("{\"id\":\"\(id)\",\"type\":\"page_view\",\"site\":\"0192f0c1-2a00-7abc-8def-0000000000aa\","
                + "\"source\":\"browser\",\"class\":\"site_key\",\"occurred_at\":\"\(time)\","
                + "\"received_at\":\"\(time)\",\"clock_offset_ms\":\(stamp.offsetMilliseconds),"
                + "\"data\":{\"x\":\"\(data)\"}}").utf8)
    }

    /// Lets every lane act once. Returns the shortest wait; zero where a batch was sent.
    func round() async -> Duration {
        var shortest = Duration.seconds(1)
        for lane in Lane.allCases { shortest = min(shortest, await sender.step(lane)) }
        return shortest
    }

    /// Delivers, moving the clock, for so long.
    func run(for duration: Duration) async {
        let end = clock.now.advanced(by: duration)
        while clock.now < end {
            let wait = await round()
            if wait > .zero { clock.advance(by: wait) }
        }
    }

    /// Delivers, moving the clock, until nothing waits.
    func drain(within limit: Duration = .seconds(3600)) async {
        let end = clock.now.advanced(by: limit)
        while pending > 0, clock.now < end {
            let wait = await round()
            if wait > .zero { clock.advance(by: wait) }
        }
    }

    /// Every event is stored exactly once, none waits, and the buffer's books close.
    func expectDelivered(_ ids: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        let stored = aggregator.seen.stored
        #expect(Set(stored.keys) == Set(ids), sourceLocation: sourceLocation)
        #expect(stored.values.allSatisfy { $0 == 1 }, sourceLocation: sourceLocation)
        #expect(pending == 0, sourceLocation: sourceLocation)
        #expect(buffer.statistics.isBalanced, sourceLocation: sourceLocation)
    }

    func names(_ prefix: String, _ count: Int) -> [String] { (0..<count).map { "\(prefix)\($0)" } }
}

import Buffer
import ConveyProtocol
import Crypto
import Daemon
import Foundation
import Synchronization
import TestSupport
import Time

/// A buffer in a directory of its own, with clocks that stand until the test moves them.
final class Fixture: Sendable {
    static let collector = CollectorID("0192f0c1-2a00-7abc-8def-00000000c011")!
    /// Kept as long as the fixture is; nil where the directory is somebody else's.
    private let directory: TemporaryDirectory?
    let folder: String
    let clock = ManualClock()
    let uptime = ManualUptime()
    let log = LogLines()
    private let opened: Mutex<Buffer>

    var path: String { folder + "/buffer.db" }
    var buffer: Buffer { opened.withLock { $0 } }

    /// Opens a buffer whose clock is known, unless told otherwise.
    init(
        _ directory: TemporaryDirectory? = nil, in folder: String? = nil,
        isClockKnown: Bool = true, limits: BufferLimits = Fixture.limits
    ) async throws {
        let own = try folder == nil ? directory ?? TemporaryDirectory() : nil
        self.directory = own
        self.folder = folder ?? own?.path ?? ""
        opened = Mutex(Self.make(self.folder + "/buffer.db", limits, clock, uptime, log))
        await buffer.open()
        if isClockKnown { learn() }
    }

    /// Small, so that tests need no disk to speak of.
    static let limits = BufferLimits(bytesMax: 1 << 28, waitingBytesMax: 1 << 20)

    private static func make(
        _ path: String, _ limits: BufferLimits, _ clock: ManualClock, _ uptime: ManualUptime,
        _ log: LogLines
    ) -> Buffer {
        Buffer(
            BufferPlace(path: path, limits: limits),
            clock: EdgeClock(wall: clock.wall, uptime: uptime), wall: clock.wall, log: log.log,
            ticks: clock)
    }

    /// An answer tells that the wall clock is right.
    func learn(ahead: Duration = .zero) {
        buffer.clock.learn(clock.wall.now() + ahead, sentAt: buffer.clock.reading())
    }

    /// Closes the buffer in order and opens another on the same file.
    func reopen(isClockKnown: Bool = true, limits: BufferLimits = Fixture.limits) async {
        await buffer.close()
        await replace(isClockKnown: isClockKnown, limits: limits)
    }

    /// Opens another buffer on the file as it is.
    func replace(isClockKnown: Bool = true, limits: BufferLimits = Fixture.limits) async {
        let fresh = Self.make(path, limits, clock, uptime, log)
        await fresh.open()
        opened.withLock { $0 = fresh }
        if isClockKnown { learn() }
    }

    /// Leaves events of one lane and says whether they were stored.
    @discardableResult
    func append(_ ids: [String], _ lane: Lane = .conversion) async -> BufferRefusal? {
        let stamp = buffer.clock.stamp()
        var events = IncomingEvents(stamp: stamp)
        for id in ids { events.add(Self.event(id, stamp), to: lane) }
        return await buffer.append(events)[lane]
    }

    func request(_ lane: Lane, limits: BatchLimits = .standard) -> BatchRequest {
        BatchRequest(
            lane: lane, collector: Self.collector, sentAt: clock.wall.now(), shipper: "test/1",
            limits: limits)
    }

    func batch(
        _ lane: Lane = .conversion, limits: BatchLimits = .standard, after: BatchHeader? = nil
    ) async throws -> SealedBatch {
        try await buffer.nextBatch(request(lane, limits: limits), after: after)
    }

    func figures(_ lane: Lane = .conversion) -> BufferStatistics.LaneFigures {
        buffer.statistics.lanes[lane]
    }

    static func event(_ id: String, _ stamp: EdgeClock.Stamp, padding: Int = 0) -> [UInt8] {
        let time = stamp.time.description
        return Array(
            ("{\"id\":\"\(id)\",\"type\":\"page_view\",\"site\":\"0192f0c1-2a00-7abc-8def-0000000000aa\","
                + "\"source\":\"browser\",\"class\":\"site_key\",\"occurred_at\":\"\(time)\","
                + "\"received_at\":\"\(time)\",\"clock_offset_ms\":\(stamp.offsetMilliseconds)"
                + (padding > 0
                    ? ",\"data\":{\"x\":\"\(String(repeating: "x", count: padding))\"}" : "")
                + "}").utf8)
    }
}

/// Uptime as the test sets it.
final class ManualUptime: Uptime {
    private let reading = Mutex(Duration.seconds(1000))

    func now() -> Duration { reading.withLock { $0 } }
    func advance(by duration: Duration) { reading.withLock { $0 += duration } }
}

/// What was logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var log: Log {
        Log(level: .notice, format: .text) { [weak self] bytes in
            self?.lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
        }
    }

    func contains(_ text: String) -> Bool { lines.withLock { $0.contains { $0.contains(text) } } }
    var all: String { lines.withLock { $0.joined() } }
}

/// Text that does not compress.
func noise(seed: UInt64, byteCount: Int) -> String {
    var random = SeededRandom(seed: seed)
    var bytes = Data(capacity: byteCount)
    while bytes.count < byteCount {
        unsafe withUnsafeBytes(of: random.next()) { unsafe bytes.append(contentsOf: $0) }
    }
    return bytes.base64EncodedString()
        .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "+", with: "-")
}

import Buffer
import ConveyProtocol
import Crypto
import Daemon
import Delivery
import Foundation
import HTTP
import SQLite
import Synchronization
import TestSupport
import Time

/// The wall clock of a collector's machine: the true time, and by how much it is wrong.
final class EdgeWall: WallClock, Uptime {
    private let truth: ManualClock
    private let error = Mutex(Duration.zero)

    init(_ truth: ManualClock) { self.truth = truth }

    func now() -> Timestamp { truth.wall.now() + error.withLock { $0 } }

    func now() -> Duration { truth.now.offset + .seconds(10_000) }

    /// Sets the clock wrong.
    func set(error: Duration) { self.error.withLock { $0 = error } }
}

/// What is true of a collector's file and only the world outside knows: which events it holds, in the
/// order in which they came.
struct FileTruth: Sendable {
    var lines = PerLane<[String]>(repeating: [])
    /// How many of them were given up for space after their receipt.
    var givenUp = PerLane<Int>(repeating: 0)

    /// All events that can still be sent, again or for the first time.
    var ids: Set<String> {
        Lane.allCases.reduce(into: []) { $0.formUnion(lines[$1].dropFirst(givenUp[$1])) }
    }
}

/// Who the collectors of a world are: all are copies of one.
struct Enrolment: Sendable {
    let collector: CollectorID
    let key: SigningKey
    let aggregatorKey: VerifyingKey
    let network: BadNetwork

    var identity: SenderIdentity {
        SenderIdentity(
            collector: collector,
            exchange: SignedExchange(
                to: Center.origin, over: network,
                by: MessageSignatureProfile(label: SignatureRule.label, tag: SignatureRule.tag),
                key: key, pinned: aggregatorKey),
            shipper: "simulation/1")
    }
}

/// A collector of a simulated world: Buffer and Delivery.
final class Edge: Sendable {
    let name: String
    let wall: EdgeWall
    private let truth: ManualClock
    private let enrolment: Enrolment
    private let random: SeededBytes
    private let state: Mutex<State>

    private struct State {
        var directory: TemporaryDirectory
        var process: Process
        var file = FileTruth()
    }

    /// What lives from one start to the next.
    private struct Process {
        let buffer: Buffer
        let sender: Sender

        init(
            _ directory: TemporaryDirectory, _ wall: EdgeWall, _ random: SeededBytes,
            _ enrolment: Enrolment
        ) {
            let limits = BufferLimits(bytesMax: 64 << 20, waitingBytesMax: 1 << 20)
            buffer = Buffer(
                BufferPlace(path: directory.file("buffer.db"), limits: limits),
                clock: EdgeClock(wall: wall, uptime: wall), wall: wall,
                log: Scratch.log, random: random)
            sender = Sender(
                enrolment.identity, from: buffer, .init(random: random, log: Scratch.log))
        }
    }

    init(
        _ name: String, _ enrolment: Enrolment, truth: ManualClock, random: SeededBytes
    ) async throws {
        self.name = name
        self.truth = truth
        self.enrolment = enrolment
        self.random = random
        wall = EdgeWall(truth)
        let directory = try TemporaryDirectory(in: Scratch.root)
        state = Mutex(
            State(
                directory: directory, process: Process(directory, wall, random, enrolment)))
        await buffer.open()
    }

    /// Another collector, made of a copy of this one's files.
    /// - Parameter isImage: the whole disk was copied: the file cannot tell that it is a copy.
    init(
        _ name: String, cloneOf other: Edge, isImage: Bool, random: SeededBytes
    ) async throws {
        self.name = name
        truth = other.truth
        enrolment = other.enrolment
        self.random = random
        wall = EdgeWall(truth)
        let copy = try other.copyFiles()
        if isImage { try Self.pretendToBeOriginal(copy.directory.file("buffer.db")) }
        state = Mutex(
            State(
                directory: copy.directory,
                process: Process(copy.directory, wall, random, enrolment), file: copy.file))
        await buffer.open()
    }

    /// Writes the copy's own identity into it.
    private static func pretendToBeOriginal(_ path: String) throws {
        guard let identity = DiskFile.identity(path) else { return }
        let connection = try Connection(path: path, mode: .owner())
        let statement = try connection.prepare("UPDATE file SET inode = $1")
        try statement.bind(1, identity.inode)
        try statement.run()
    }

    var buffer: Buffer { state.withLock { $0.process.buffer } }
    var sender: Sender { state.withLock { $0.process.sender } }
    var file: FileTruth { state.withLock { $0.file } }
    private var directory: TemporaryDirectory { state.withLock { $0.directory } }

    // MARK: Life and death

    /// A copy of the files as they lie there, and of what is true of them.
    struct Copy: Sendable {
        let directory: TemporaryDirectory
        let file: FileTruth
    }

    func copyFiles() throws -> Copy {
        let copy = try TemporaryDirectory(in: Scratch.root)
        let source = directory
        for name in try FileManager.default.contentsOfDirectory(atPath: source.path)
        where !name.hasSuffix("-shm") && !name.hasSuffix("-ballast") {
            try FileManager.default.copyItem(
                atPath: source.file(name), toPath: copy.file(name))
        }
        return Copy(directory: copy, file: file)
    }

    /// Dies without a word and starts again from what the files hold.
    func crash() async throws { try await restore(copyFiles(), isSameFile: true) }

    /// Starts again from another copy of the files.
    /// - Parameter isSameFile: the bytes are put back into the same files, as `cp` does; else into
    ///   new ones, as most backup programs do.
    func restore(_ copy: Copy, isSameFile: Bool) async throws {
        let old = buffer
        await old.close()
        let directory = isSameFile ? self.directory : try TemporaryDirectory(in: Scratch.root)
        try Self.put(copy.directory, into: directory)
        let process = Process(directory, wall, random, enrolment)
        state.withLock { state in
            state.directory = directory
            state.process = process
            state.file = copy.file
        }
        await buffer.open()
    }

    /// Overwrites a buffer's files; those that are there keep their identity.
    private static func put(
        _ copy: TemporaryDirectory, into directory: TemporaryDirectory
    ) throws {
        let files = FileManager.default
        for suffix in ["-wal", "-shm"] {
            try? files.removeItem(atPath: directory.file("buffer.db" + suffix))
        }
        for name in try files.contentsOfDirectory(atPath: copy.path) {
            let bytes = try Data(contentsOf: URL(filePath: copy.file(name)))
            let target = directory.file(name)
            if !files.fileExists(atPath: target) {
                _ = files.createFile(atPath: target, contents: nil)
            }
            guard let file = FileHandle(forWritingAtPath: target) else { continue }
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: bytes)
            try file.close()
        }
    }

    // MARK: Events

    /// Leaves events; true when they were acknowledged.
    func append(_ ids: [String], to lane: Lane, hasOwnTime: Bool) async -> Bool {
        let stamp = buffer.clock.stamp()
        var events = IncomingEvents(stamp: stamp)
        for id in ids {
            events.add(line(id, lane, stamp, hasOwnTime: hasOwnTime), to: lane)
        }
        let isStored = await buffer.append(events)[lane] == nil
        if !isStored { await buffer.upkeep() }
        takeOver(ids, lane)
        return isStored
    }

    /// After a fault of the disk only the file knows whether events were stored; after an answer it
    /// must be so.
    private func takeOver(_ ids: [String], _ lane: Lane) {
        let figures = buffer.statistics.lanes[lane]
        state.withLock { state in
            if figures.stored == Int64(state.file.lines[lane].count + ids.count) {
                state.file.lines[lane] += ids
            }
        }
    }

    private func line(
        _ id: String, _ lane: Lane, _ stamp: EdgeClock.Stamp, hasOwnTime: Bool
    ) -> [UInt8] {
        let occurred = hasOwnTime ? truth.wall.now().roundedDownToMilliseconds : stamp.time
        let type = ["purchase", "login", "page_view"][lane.number]
        return Array(
            """
            {"id":"\(id)","type":"\(type)","site":"\(Self.site)","source":"server",\
            "class":"server_key","occurred_at":"\(occurred)","received_at":"\(stamp.time)",\
            "clock_offset_ms":\(stamp.offsetMilliseconds),"visitor":"v-\(id)"}
            """.utf8)
    }

    /// The one site of all simulated worlds.
    static let site = "0192f0c1-2a00-7abc-8def-0123456789ab"

    // MARK: What is known afterwards

    /// Takes note of a full disk: what has a receipt makes room.
    func noteFullDisk() {
        let statistics = buffer.statistics
        state.withLock { state in
            for lane in Lane.allCases {
                let receipted =
                    state.file.lines[lane].count - Int(statistics.lanes[lane].pending)
                state.file.givenUp[lane] = max(state.file.givenUp[lane], receipted)
            }
        }
    }
}

/// Random bytes of a seed, for whoever wants a `RandomSource`.
final class SeededBytes: RandomSource {
    private let generator: Mutex<SeededRandom>

    init(seed: UInt64) { generator = Mutex(SeededRandom(seed: seed)) }

    func bytes(_ count: Int) -> [UInt8] {
        generator.withLock { generator in
            (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 32) }
        }
    }
}

import Buffer
import ConveyProtocol
import Foundation
import SQLite
import TestSupport
import Testing
import Time

/// Goal: a damaged file never stops the daemon, never passes for sound, and costs only what cannot be
/// read. Method: bytes of files and rows are changed between two lives of the buffer.
@Suite struct DamageTests {
    /// A closed buffer with events of its own rows, so that damage hits only some.
    private func filled(_ count: Int = 60) async throws -> Fixture {
        let fixture = try await Fixture()
        for number in 0..<count {
            let stamp = fixture.buffer.clock.stamp()
            var events = IncomingEvents(stamp: stamp)
            let noise = noise(seed: UInt64(number), byteCount: 3600)
            events.add(Fixture.event("\(number)", stamp, padding: 10), to: .conversion)
            events.add(Fixture.event("noise-\(number)-\(noise)", stamp), to: .conversion)
            _ = await fixture.buffer.append(events)
        }
        try await fixture.buffer.keep([1, 2, 3], as: "settings")
        return fixture
    }

    private func overwrite(_ path: String, at offset: UInt64, with bytes: [UInt8]) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seek(toOffset: offset)
        try file.write(contentsOf: bytes)
        try file.close()
    }

    private func damagedFiles(_ fixture: Fixture) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: fixture.folder)
            .filter { $0.contains(".damaged-") }
    }

    /// Numbers of the small events that arrive at a ledger.
    private func delivered(_ fixture: Fixture) async throws -> Set<Int> {
        var ledger = TestLedger()
        try await fixture.drain(to: &ledger)
        #expect(ledger.events.values.allSatisfy { $0 == 1 })
        return Set(ledger.events.keys.compactMap { Int($0) })
    }

    @Test func aPageInTheMiddleCostsOnlyItsEvents() async throws {
        let fixture = try await filled()
        let epoch = fixture.buffer.statistics.epoch
        await fixture.buffer.close()
        let size = try Data(contentsOf: URL(filePath: fixture.path)).count
        try overwrite(
            fixture.path, at: UInt64(size / 8192 * 4096), with: Array(repeating: 0xA5, count: 4096))
        await fixture.replace()
        #expect(fixture.buffer.statistics.condition == .open)
        #expect(try damagedFiles(fixture).count >= 1)
        #expect(fixture.buffer.statistics.damagedFiles.count == 1)
        #expect(fixture.buffer.statistics.parent == epoch)
        let figures = fixture.figures()
        #expect(figures.stored == 120)
        #expect(figures.gaps["damaged", default: 0] > 0)
        #expect(figures.gaps["damaged", default: 0] < 60)
        #expect(figures.isBalanced)
        #expect(try await fixture.buffer.kept("settings") == [1, 2, 3])
        #expect(await fixture.append(["1000"]) == nil)
        #expect(try await delivered(fixture).contains(1000))
    }

    @Test(arguments: [0, 1, 4096, 100_000])
    func aFileThatIsNoneIsMovedAside(length: Int) async throws {
        let fixture = try await filled(3)
        await fixture.buffer.close()
        for suffix in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: fixture.path + suffix)
        }
        try Data(repeating: 0x5A, count: length).write(to: URL(filePath: fixture.path))
        await fixture.replace()
        #expect(fixture.buffer.statistics.condition == .open)
        #expect(try damagedFiles(fixture).isEmpty == (length < 512))
        #expect(await fixture.append(["7"]) == nil)
        #expect(try await delivered(fixture) == [7])
    }

    @Test func aFileCutShortKeepsWhatIsLeft() async throws {
        let fixture = try await filled()
        await fixture.buffer.close()
        let file = try FileHandle(forWritingTo: URL(filePath: fixture.path))
        let size = try file.seekToEnd()
        try file.truncate(atOffset: size / 4096 * 2 / 3 * 4096)
        try file.close()
        await fixture.replace()
        #expect(fixture.buffer.statistics.condition == .open)
        #expect(fixture.figures().isBalanced)
        let left = try await delivered(fixture)
        #expect(left.count > 10)
        #expect(left.count < 60)
    }

    @Test func eventsWithAReceiptAreNotSalvaged() async throws {
        let fixture = try await filled()
        var ledger = TestLedger()
        try await fixture.deliver(
            .conversion, to: &ledger, limits: BatchLimits(eventsMax: 61, bytesMax: 1 << 22))
        await fixture.buffer.close()
        let size = try Data(contentsOf: URL(filePath: fixture.path)).count
        try overwrite(
            fixture.path, at: UInt64(size / 4096 * 3 / 4 * 4096),
            with: Array(repeating: 0xA5, count: 4096))
        await fixture.replace()
        try await fixture.drain(to: &ledger)
        #expect(ledger.events.values.allSatisfy { $0 == 1 })
        #expect(ledger.chainMismatches == 0)
        let figures = fixture.figures()
        #expect(figures.isBalanced)
        #expect(figures.receipted + figures.gaps["damaged", default: 0] == 120)
    }

    @Test func aBadRowInASoundFileBecomesAGap() async throws {
        let fixture = try await filled(10)
        await fixture.buffer.close()
        do {
            let connection = try Connection(path: fixture.path, mode: .owner())
            try connection.execute(
                "UPDATE chunk SET body = zeroblob(length(body)) WHERE (place & 0xFFFFFF) = 7")
            try connection.execute("DELETE FROM chunk WHERE (place & 0xFFFFFF) = 11")
        }
        await fixture.replace()
        let left = try await delivered(fixture)
        #expect(left == Set(0..<10).subtracting([3, 5]))
        #expect(fixture.figures().gaps == ["damaged": 4])
        #expect(fixture.figures().isBalanced)
        #expect(fixture.log.contains("given up"))
    }

    @Test func aFileOfANewerProgramIsLeftAlone() async throws {
        let fixture = try await filled(3)
        await fixture.buffer.close()
        do {
            let connection = try Connection(path: fixture.path, mode: .owner())
            try connection.execute("PRAGMA user_version = 99")
        }
        await fixture.replace()
        #expect(fixture.buffer.statistics.condition == .refusing(.diskFault))
        #expect(await fixture.append(["1"]) == .diskFault)
        #expect(try damagedFiles(fixture).isEmpty)
        #expect(fixture.log.contains("newer program"))
        do {
            let connection = try Connection(path: fixture.path, mode: .owner())
            try connection.execute("PRAGMA user_version = 2")
        }
        await fixture.buffer.upkeep()
        #expect(fixture.buffer.statistics.condition == .open)
        #expect(fixture.figures().stored == 6)
    }

    @Test func aFileOfTheVersionBeforeIsTakenOver() async throws {
        let fixture = try await filled(3)
        let epoch = fixture.buffer.statistics.epoch
        await fixture.buffer.close()
        do {
            let connection = try Connection(path: fixture.path, mode: .owner())
            try connection.execute("DROP TABLE quarantine; PRAGMA user_version = 1")
        }
        var inspector = BufferInspector(BufferPlace(path: fixture.path))
        #expect(try inspector.verify().isSound)
        await fixture.replace()
        #expect(fixture.buffer.statistics.epoch == epoch)
        #expect(fixture.figures().stored == 6)
        #expect(await fixture.append(["7"]) == nil)
        #expect(try await delivered(fixture) == [0, 1, 2, 7])
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func randomDamageNeverStopsTheBuffer(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let fixture = try await filled(20)
        await fixture.buffer.close()
        let size = try Data(contentsOf: URL(filePath: fixture.path)).count
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let bytes = (0..<Int.random(in: 1...3000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let offset = Int.random(in: 0..<size - bytes.count, using: &random)
            try overwrite(fixture.path, at: UInt64(offset), with: bytes)
        }
        await fixture.replace()
        await fixture.buffer.upkeep()
        #expect(fixture.buffer.statistics.condition == .open, "seed \(seed)")
        #expect(await fixture.append(["1000"]) == nil, "seed \(seed)")
        var ledger = TestLedger()
        for _ in 0..<30 {
            do {
                try await fixture.drain(to: &ledger)
                break
            } catch is BufferFault {
                await fixture.buffer.upkeep()
            }
        }
        #expect(ledger.events["1000"] == 1, "seed \(seed)")
        #expect(fixture.figures().pending == 0, "seed \(seed)")
        #expect(fixture.buffer.statistics.isBalanced, "seed \(seed)")
    }
}

import Buffer
import ConveyProtocol
import Foundation
import TestSupport
import Testing

/// Goal: damage of the write-ahead log never passes for a short log: what was acknowledged and can
/// still be read comes back under its own numbers, what cannot is a gap, and the books balance.
/// Method: a buffer dies with all its events in the log; bits are turned at drawn places.
@Suite struct LogDamageTests {
    /// Commits of one event each; none was copied into the file.
    private func dead(_ count: Int, noisy: Bool = false) async throws -> Fixture {
        let fixture = try await Fixture()
        for number in 0..<count {
            let id =
                noisy ? "\(number)-\(noise(seed: UInt64(number), byteCount: 6000))" : "\(number)"
            #expect(await fixture.append([id]) == nil)
        }
        return fixture
    }

    private func log(_ fixture: Fixture) throws -> Data {
        try Data(contentsOf: URL(filePath: fixture.path + "-wal"))
    }

    /// The same files as a process that died left them, but for a change of the log.
    private func damage(_ fixture: Fixture, _ change: (inout Data) -> Void) async throws {
        var bytes = try log(fixture)
        change(&bytes)
        let snapshot = try Snapshot(of: fixture.path)
        await fixture.buffer.close()
        try snapshot.restore()
        let file = try FileHandle(forWritingTo: URL(filePath: fixture.path + "-wal"))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: bytes)
        try file.close()
        await fixture.replace()
    }

    private func delivered(_ fixture: Fixture) async throws -> [String: Int] {
        var ledger = TestLedger()
        try await fixture.drain(to: &ledger)
        #expect(ledger.chainMismatches == 0)
        return ledger.events
    }

    @Test func aTurnedBitHidesNoLaterCommit() async throws {
        let fixture = try await dead(40)
        let epoch = fixture.buffer.statistics.epoch
        let frames = try (log(fixture).count - 32) / 4120
        #expect(frames > 80)
        try await damage(fixture) { $0[32 + 4120 * 60 + 2000] ^= 0x10 }
        #expect(fixture.buffer.statistics.condition == .open)
        #expect(fixture.buffer.statistics.epoch == epoch)
        #expect(fixture.figures().isBalanced)
        #expect(fixture.log.contains("log was damaged"))
        #expect(fixture.buffer.statistics.damagedFiles.count == 1)
        #expect(try Set(await delivered(fixture).keys) == Set((0..<40).map(String.init)))
        // The next start finds nothing to do.
        await fixture.reopen()
        #expect(fixture.buffer.statistics.damagedFiles.isEmpty)
        #expect(fixture.figures().stored == 40)
    }

    @Test func aDamagedHeadOfTheLogHidesNothing() async throws {
        let fixture = try await dead(30)
        try await damage(fixture) { $0[17] ^= 1 }
        #expect(fixture.buffer.statistics.condition == .open)
        #expect(try Set(await delivered(fixture).keys) == Set((0..<30).map(String.init)))
        #expect(fixture.figures().isBalanced)
    }

    @Test func whatCannotBeReadIsAGap() async throws {
        // Each event fills pages of its own, which no later frame holds again.
        let fixture = try await dead(20, noisy: true)
        let whole = try log(fixture)
        try await damage(fixture) { bytes in
            // Every third frame in the middle half.
            for frame in stride(from: 40, to: (whole.count - 32) / 4120 - 20, by: 3) {
                bytes[32 + 4120 * frame + 100] ^= 0xFF
            }
        }
        let figures = fixture.figures()
        #expect(figures.isBalanced && figures.stored == 20)
        #expect(figures.gaps["damaged", default: 0] > 0)
        let found = try await delivered(fixture)
        #expect(Int64(found.count) == 20 - figures.gaps["damaged", default: 0])
        #expect(found.count > 5)
    }

    @Test func anUnfinishedCommitIsNoDamage() async throws {
        let fixture = try await dead(10)
        try await damage(fixture) { $0.removeLast(4120 + 7) }
        #expect(fixture.buffer.statistics.damagedFiles.isEmpty)
        #expect(fixture.figures().stored == 9)
        #expect(!fixture.log.contains("damaged"))
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func anyDamageLeavesABufferThatWorks(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let fixture = try await dead(24, noisy: seed % 2 == 0)
        try await damage(fixture) { bytes in
            if seed % 5 == 0 {
                bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))
            }
            for _ in 0..<Int.random(in: 1...5, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            }
        }
        await fixture.buffer.upkeep()
        #expect(fixture.buffer.statistics.condition == .open, "seed \(seed)")
        #expect(await fixture.append(["new"]) == nil, "seed \(seed)")
        #expect(fixture.figures().isBalanced, "seed \(seed)")
        let found = try await delivered(fixture)
        #expect(found["new"] == 1, "seed \(seed)")
        #expect(found.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        #expect(fixture.figures().isBalanced && fixture.figures().pending == 0, "seed \(seed)")
        if fixture.buffer.statistics.damagedFiles.isEmpty || seed % 5 == 0 { return }
        // Of the newest commits nothing tells that they were there, where they are hit themselves.
        #expect(fixture.figures().stored >= 22, "seed \(seed)")
    }
}

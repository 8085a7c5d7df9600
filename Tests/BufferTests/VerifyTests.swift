import Buffer
import ConveyProtocol
import Foundation
import SQLite
import TestSupport
import Testing

/// Goal: a look through the whole buffer names every kind of damage, and nothing else. Method: one
/// thing is broken in a file that is sound otherwise; the same look at the file before finds nothing.
@Suite struct VerifyTests {
    /// Events with receipts, events without, a gap, and another epoch behind them.
    private func filled() async throws -> Fixture {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        for number in 0..<10 { await fixture.append(["\(number)"]) }
        let small = BatchLimits(eventsMax: 3, bytesMax: 1 << 22)
        try await fixture.deliver(.conversion, to: &ledger, limits: small)
        try await fixture.deliver(.conversion, to: &ledger, limits: small)
        let bad = try await fixture.batch(limits: BatchLimits(eventsMax: 2, bytesMax: 1 << 22))
        try await fixture.buffer.quarantine(bad, answer: Array("{}".utf8))
        await fixture.append(["p"], .pageview)
        return fixture
    }

    private func verify(_ fixture: Fixture) throws -> BufferVerification {
        var inspector = BufferInspector(BufferPlace(path: fixture.path))
        return try inspector.verify()
    }

    private func alter(_ fixture: Fixture, _ sql: String) async throws {
        await fixture.buffer.close()
        let connection = try Connection(path: fixture.path, mode: .owner())
        try connection.execute("PRAGMA ignore_check_constraints = ON")
        try connection.execute(sql)
    }

    @Test func aSoundBufferIsSoundWhileItIsWritten() async throws {
        let fixture = try await filled()
        let found = try verify(fixture)
        #expect(found.findings == [])
        #expect(found.events == 11)
        #expect(found.chunks == 11)
        #expect(found.chains == 2)
        #expect(found.storedBytes > 0)
        await fixture.append(["later"])
        #expect(try verify(fixture).isSound)
    }

    @Test func anEpochBehindAnotherIsSound() async throws {
        let fixture = try await filled()
        let epoch = try #require(fixture.buffer.statistics.epoch)
        try await fixture.buffer.startEpoch(afterForkIn: epoch)
        var ledger = TestLedger()
        try await fixture.drain(to: &ledger)
        let found = try verify(fixture)
        #expect(found.findings == [])
        #expect(found.chains == 2)
    }

    struct Damage: CustomTestStringConvertible {
        let testDescription: String
        let sql: String
        let kind: BufferFinding.Kind
        let lane: Lane?
        let seqs: ClosedRange<Int64>?
    }

    @Test(arguments: [
        Damage(
            testDescription: "a frame", sql: "UPDATE chunk SET body = x'28b52ffd' WHERE last = 9",
            kind: .unreadable, lane: .conversion, seqs: 9...9),
        Damage(
            testDescription: "a row that cannot be",
            sql: "UPDATE chunk SET last = -5, line_bytes = -1 WHERE last = 10", kind: .unreadable,
            lane: .conversion, seqs: 10...10),
        Damage(
            testDescription: "a row that is gone", sql: "DELETE FROM chunk WHERE last = 9",
            kind: .missing, lane: .conversion, seqs: 9...9),
        Damage(
            testDescription: "the newest row", sql: "DELETE FROM chunk WHERE last = 10",
            kind: .missing, lane: .conversion, seqs: 10...10),
        Damage(
            testDescription: "a chain",
            sql: "UPDATE receipt SET chain = zeroblob(32) WHERE position = 6",
            kind: .chain, lane: .conversion, seqs: 4...6),
        Damage(
            testDescription: "a figure",
            sql: "UPDATE lane SET stored_count = stored_count + 1 WHERE lane = 2", kind: .accounts,
            lane: .pageview, seqs: nil),
        Damage(
            testDescription: "a rule of the file",
            sql: "UPDATE lane SET base = -1 WHERE lane = 2", kind: .file, lane: nil, seqs: nil),
    ])
    func namesWhatIsWrong(_ damage: Damage) async throws {
        let fixture = try await filled()
        #expect(try verify(fixture).isSound)
        try await alter(fixture, damage.sql)
        let found = try verify(fixture)
        let finding = try #require(found.findings.first)
        #expect(finding.kind == damage.kind)
        #expect(finding.lane == damage.lane)
        #expect(finding.seqs == damage.seqs)
        #expect(!found.isSound)
    }

    @Test func aFileThatIsNoneIsNamedToo() async throws {
        let fixture = try await filled()
        await fixture.buffer.close()
        let handle = try FileHandle(forWritingTo: URL(filePath: fixture.path))
        try handle.write(contentsOf: Data(repeating: 0x5A, count: 100))
        try handle.close()
        #expect(try verify(fixture).findings.map(\.kind) == [.file])
    }

    @Test func aMissingFileIsAFault() {
        #expect(throws: BufferFault.self) {
            var inspector = BufferInspector(BufferPlace(path: "/nowhere/buffer.db"))
            _ = try inspector.verify()
        }
    }
}

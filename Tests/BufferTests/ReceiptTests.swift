import Buffer
import ConveyProtocol
import Crypto
import Foundation
import TestSupport
import Testing
import Time

/// Goal: only a receipt of this file's own batches moves anything, and the accounts close at every
/// step. Method: answers as a ledger gives them, and answers that it would not give.
@Suite struct ReceiptTests {
    @Test func aReceiptCoversItsBatch() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await fixture.append((0..<10).map(String.init))
        try await fixture.deliver(
            .conversion, to: &ledger, limits: BatchLimits(eventsMax: 4, bytesMax: 1 << 22))
        #expect(fixture.figures().receipted == 4)
        #expect(fixture.figures().pending == 6)
        #expect(fixture.buffer.statistics.isBalanced)
        #expect(try await fixture.batch().header.coverage.firstSeq == 5)
        await fixture.replace()
        #expect(fixture.figures().receipted == 4)
        #expect(try await fixture.batch().header.coverage.firstSeq == 5)
    }

    @Test func oldAndForeignReceiptsChangeNothing() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await fixture.append((0..<10).map(String.init))
        let four = try await fixture.batch(limits: BatchLimits(eventsMax: 4, bytesMax: 1 << 22))
        let seven = try await fixture.batch(limits: BatchLimits(eventsMax: 7, bytesMax: 1 << 22))
        guard case .receipt(let short) = try ledger.take(four, at: fixture.clock.wall.now()),
            case .receipt(let long) = try ledger.take(seven, at: fixture.clock.wall.now())
        else { throw UnexpectedAnswer() }
        #expect(try await fixture.buffer.apply(long, to: four.header) == .stale)
        #expect(fixture.figures().receipted == 0)
        #expect(try await fixture.buffer.apply(long, to: seven.header) == .advanced)
        #expect(try await fixture.buffer.apply(short, to: four.header) == .stale)
        #expect(try await fixture.buffer.apply(long, to: seven.header) == .stale)
        #expect(fixture.figures().receipted == 7)
    }

    @Test func aBatchBehindOneOnItsWayNeedsTheFirstReceipt() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await fixture.append((0..<10).map(String.init))
        let limits = BatchLimits(eventsMax: 5, bytesMax: 1 << 22)
        let first = try await fixture.batch(limits: limits)
        let second = try await fixture.batch(limits: limits, after: first.header)
        guard case .receipt(let one) = try ledger.take(first, at: fixture.clock.wall.now()),
            case .receipt(let two) = try ledger.take(second, at: fixture.clock.wall.now())
        else { throw UnexpectedAnswer() }
        #expect(try await fixture.buffer.apply(two, to: second.header) == .stale)
        #expect(try await fixture.buffer.apply(one, to: first.header) == .advanced)
        #expect(try await fixture.buffer.apply(two, to: second.header) == .advanced)
        #expect(fixture.figures().pending == 0)
        #expect(ledger.chainMismatches == 0)
    }

    @Test func aRefusedBatchBecomesAFileAndAGap() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await fixture.append((0..<10).map(String.init))
        let limits = BatchLimits(eventsMax: 4, bytesMax: 1 << 22)
        let bad = try await fixture.batch(limits: limits)
        try await fixture.buffer.quarantine(bad, answer: Array("{}".utf8))
        #expect(fixture.figures().quarantined == 4)
        #expect(fixture.figures().pending == 6)
        #expect(fixture.buffer.statistics.isBalanced)
        let directory = BufferPlace(path: fixture.path).quarantine
        let name = "\(bad.header.epoch)-conversion-1-4"
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
                == ["\(name).answer.json", "\(name).ndjson.zst"])
        #expect(
            try Data(contentsOf: URL(filePath: "\(directory)/\(name).ndjson.zst")) == Data(bad.body)
        )
        // Once more: the same batch is no longer the oldest, and nothing is counted twice.
        try await fixture.buffer.quarantine(bad, answer: [])
        let next = try await fixture.batch()
        #expect(next.header.coverage.gaps.map(\.statement) == ["[1,4,\"quarantined\"]"])
        #expect(try text(next).map(id) == (4..<10).map(String.init))
        try await fixture.drain(to: &ledger)
        #expect(ledger.chainMismatches == 0)
        #expect(fixture.figures().receipted == 6)
        #expect(fixture.buffer.statistics.isBalanced)
    }

    @Test func refusedBatchesInARowBecomeOneGap() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await fixture.append((0..<10).map(String.init))
        for count in [2, 5] {
            let limits = BatchLimits(eventsMax: count, bytesMax: 1 << 22)
            try await fixture.buffer.quarantine(try await fixture.batch(limits: limits), answer: [])
        }
        #expect(fixture.figures().quarantined == 7)
        let batch = try await fixture.batch()
        #expect(batch.header.coverage.gaps.map(\.statement) == ["[1,7,\"quarantined\"]"])
        try await fixture.drain(to: &ledger)
        #expect(fixture.figures().receipted == 3)
        #expect(ledger.chainMismatches == 0)
    }

    struct UnexpectedAnswer: Error {}
}

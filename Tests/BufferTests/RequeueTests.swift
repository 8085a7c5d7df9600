import Buffer
import ConveyProtocol
import Foundation
import TestSupport
import Testing

/// Goal: what the aggregator could not read comes back when it was mended, once, into the numbers that
/// it always had. Method: batches are set aside as a signed 400 asks for; files are mended, spoilt,
/// brought back twice; a ledger that checks numbers and chain takes what comes.
@Suite struct RequeueTests {
    private let three = BatchLimits(eventsMax: 3, bytesMax: 1 << 22)

    /// Numbers 1-3 with a receipt, 4-6 in quarantine, 7-9 waiting.
    private func quarantined(
        _ ledger: inout TestLedger, isGapStated: Bool = true
    ) async throws -> Fixture {
        let fixture = try await Fixture()
        for number in 1...9 { await fixture.append(["\(number)"]) }
        try await fixture.deliver(.conversion, to: &ledger, limits: three)
        let batch = try await fixture.batch(limits: three)
        try await fixture.buffer.quarantine(batch, answer: Array(#"{"type":"x"}"#.utf8))
        if isGapStated { try await fixture.drain(to: &ledger) }
        return fixture
    }

    private func files(_ fixture: Fixture, _ folder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: fixture.path + "-quarantine" + folder
        ).filter { $0.hasSuffix(".zst") || $0.hasSuffix(".json") }.sorted()
    }

    /// Delivers until nothing is pending.
    private func settle(_ fixture: Fixture, _ ledger: inout TestLedger) async throws {
        for _ in 0..<20 where fixture.figures().pending > 0 {
            try await fixture.deliver(.conversion, to: &ledger)
        }
        try await fixture.drain(to: &ledger)
    }

    private func expectAllOnce(_ fixture: Fixture, _ ledger: TestLedger) throws {
        #expect(Set(ledger.events.keys) == Set((1...9).map(String.init)))
        #expect(ledger.events.values.allSatisfy { $0 == 1 })
        #expect(ledger.chainMismatches == 0)
        let figures = fixture.figures()
        #expect(figures.isBalanced && figures.pending == 0 && figures.quarantined == 0)
        #expect(figures.receipted == 9 && figures.stored == 9)
        var inspector = BufferInspector(BufferPlace(path: fixture.path))
        #expect(try inspector.verify().findings == [])
    }

    @Test func fillsTheGapThatWasStated() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        #expect(fixture.figures().quarantined == 3)
        let results = try await fixture.buffer.requeue()
        #expect(results.map(\.outcome) == [.fillsGap(3)])
        #expect(fixture.figures().pending == 3 && fixture.figures().quarantined == 0)
        #expect(fixture.figures().isBalanced)
        #expect(try files(fixture).isEmpty)
        #expect(try files(fixture, "/returned").count == 2)
        // A process that dies now has it in its file.
        await fixture.reopen()
        let batch = try await fixture.batch()
        #expect(batch.header.coverage.firstSeq == 4 && batch.header.coverage.lastSeq == 6)
        #expect(batch.header.coverage.chainBefore == batch.header.coverage.chainAfter)
        try await settle(fixture, &ledger)
        #expect(ledger.filled == 3)
        try expectAllOnce(fixture, ledger)
    }

    @Test func waitsUntilTheLedgerKnowsTheGap() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger, isGapStated: false)
        #expect(try await fixture.buffer.requeue().map(\.outcome) == [.fillsGap(3)])
        #expect(fixture.figures().pending == 6)
        let first = try await fixture.deliver(.conversion, to: &ledger)
        #expect(first.header.coverage.gaps.map(\.statement) == [#"[4,6,"quarantined"]"#])
        #expect(fixture.figures().pending == 3)
        try await settle(fixture, &ledger)
        try expectAllOnce(fixture, ledger)
    }

    @Test func comesBackOnce() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        let name = try #require(try files(fixture).first { $0.hasSuffix(".zst") })
        let path = fixture.path + "-quarantine/" + name
        let bytes = try Data(contentsOf: URL(filePath: path))
        #expect(try await fixture.buffer.requeue(name).map(\.outcome) == [.fillsGap(3)])
        #expect(try await fixture.buffer.requeue(name).map(\.outcome) == [.wasBack])
        try await settle(fixture, &ledger)
        // Somebody puts a copy of the file there again.
        try bytes.write(to: URL(filePath: path))
        #expect(try await fixture.buffer.requeue().map(\.outcome) == [.wasBack])
        #expect(try await fixture.buffer.requeue().isEmpty)
        try await settle(fixture, &ledger)
        try expectAllOnce(fixture, ledger)
    }

    @Test func smallerBatchesFillItPieceByPiece() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        _ = try await fixture.buffer.requeue()
        let two = BatchLimits(eventsMax: 2, bytesMax: 1 << 22)
        try await fixture.deliver(.conversion, to: &ledger, limits: two)
        #expect(fixture.figures().pending == 1)
        await fixture.reopen()
        try await fixture.deliver(.conversion, to: &ledger, limits: two)
        #expect(fixture.figures().pending == 0)
        try expectAllOnce(fixture, ledger)
    }

    @Test func aLostAnswerIsNoSecondCopy() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        _ = try await fixture.buffer.requeue()
        try await fixture.deliver(.conversion, to: &ledger, isAnswerLost: true)
        #expect(fixture.figures().pending == 3)
        try await settle(fixture, &ledger)
        try expectAllOnce(fixture, ledger)
    }

    @Test func whatIsBehindItMayBeMadeMeanwhile() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        _ = try await fixture.buffer.requeue()
        let filling = try await fixture.batch()
        await fixture.append(["10"])
        let behind = try await fixture.batch(after: filling.header)
        #expect(behind.header.coverage.firstSeq == 10 && behind.header.coverage.count == 1)
        try await settle(fixture, &ledger)
        #expect(ledger.chainMismatches == 0 && ledger.events.count == 10)
    }

    @Test func aSecondRefusalSetsItAsideAgain() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        _ = try await fixture.buffer.requeue()
        let batch = try await fixture.batch()
        try await fixture.buffer.quarantine(batch, answer: Array(#"{"type":"again"}"#.utf8))
        #expect(fixture.figures().quarantined == 3 && fixture.figures().pending == 0)
        #expect(fixture.figures().isBalanced)
        #expect(try files(fixture).count == 2)
        #expect(try await fixture.buffer.requeue().map(\.outcome) == [.fillsGap(3)])
        try await settle(fixture, &ledger)
        try expectAllOnce(fixture, ledger)
    }

    @Test func anEpochThatIsOverGetsNoMore() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        let epoch = try #require(fixture.buffer.statistics.epoch)
        try await fixture.buffer.startEpoch(afterForkIn: epoch)
        try await fixture.drain(to: &ledger)
        #expect(try await fixture.buffer.requeue().map(\.outcome) == [.appended(3)])
        #expect(fixture.figures().isBalanced)
        try await settle(fixture, &ledger)
        #expect(Set(ledger.events.keys) == Set((1...9).map(String.init)))
        #expect(["4", "5", "6"].allSatisfy { ledger.events[$0] == 1 })
        #expect(fixture.figures().quarantined == 0 && fixture.figures().isBalanced)
    }

    @Test func whatWaitsMovesIntoANewEpoch() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        _ = try await fixture.buffer.requeue()
        let epoch = try #require(fixture.buffer.statistics.epoch)
        try await fixture.buffer.startEpoch(afterForkIn: epoch)
        #expect(fixture.figures().isBalanced)
        try await settle(fixture, &ledger)
        #expect(Set(ledger.events.keys) == Set((1...9).map(String.init)))
        #expect(["4", "5", "6"].allSatisfy { ledger.events[$0] == 1 })
        #expect(fixture.figures().pending == 0 && fixture.figures().isBalanced)
    }

    @Test func aRestoredLedgerGetsItAgain() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        let backup = ledger
        _ = try await fixture.buffer.requeue()
        try await settle(fixture, &ledger)
        await fixture.append(["10"])
        try await settle(fixture, &ledger)
        ledger = backup
        await fixture.append(["11"])
        try await settle(fixture, &ledger)
        #expect(Set(ledger.events.keys) == Set((1...11).map(String.init)))
        #expect(ledger.events.values.allSatisfy { $0 == 1 })
        #expect(fixture.figures().isBalanced && fixture.figures().pending == 0)
    }

    @Test func aMendedFileMayBePlainTextAndHaveFewerLines() async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        let name = try #require(try files(fixture).first { $0.hasSuffix(".zst") })
        let event = #""id":"5","type":"purchase"}"#
        try Data("{}\n{\"seq\":5,\(event)\n".utf8)
            .write(to: URL(filePath: fixture.path + "-quarantine/" + name))
        #expect(try await fixture.buffer.requeue().map(\.outcome) == [.fillsGap(1)])
        try await settle(fixture, &ledger)
        #expect(ledger.texts["5"] == "{\"seq\":5,\(event)")
        #expect(ledger.events["4"] == nil && fixture.figures().quarantined == 2)
        #expect(fixture.figures().isBalanced && fixture.figures().pending == 0)
    }

    @Test(arguments: [
        "", "{}\n", "{}", "no text\n{\"seq\":4,\"id\":\"4\"}\n", "{}\n{\"seq\":3,\"id\":\"3\"}\n",
        "{}\n{\"seq\":7,\"id\":\"7\"}\n",
        "{}\n{\"seq\":5,\"id\":\"5\"}\n{\"seq\":4,\"id\":\"4\"}\n",
        "{}\n{\"seq\":4,\"id\":\"4\"", "{}\n\n", "{}\n{\"id\":\"4\"}\n", "(\u{b5}/\u{fd}damaged",
        "{}\n" + (4...6).map { "{\"seq\":\($0),\"id\":\"x\"}\n" }.joined()
            + "{\"seq\":6,\"id\":\"x\"}\n",
    ])
    func whatIsNotMendedStaysAside(text: String) async throws {
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        let name = try #require(try files(fixture).first { $0.hasSuffix(".zst") })
        try Data(text.utf8).write(to: URL(filePath: fixture.path + "-quarantine/" + name))
        let results = try await fixture.buffer.requeue()
        guard case .refused(let sentence) = results.first?.outcome else {
            Issue.record("\(results)")
            return
        }
        #expect(!sentence.isEmpty && results.count == 1)
        #expect(fixture.figures().quarantined == 3 && fixture.figures().pending == 0)
        #expect(try files(fixture).contains(name))
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func damagedFilesNeverStopTheBuffer(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        var ledger = TestLedger()
        let fixture = try await quarantined(&ledger)
        let name = try #require(try files(fixture).first { $0.hasSuffix(".zst") })
        let url = URL(filePath: fixture.path + "-quarantine/" + name)
        var bytes = try Data(contentsOf: url)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                1
                << UInt8.random(in: 0...7, using: &random)
        }
        if Bool.random(using: &random) { bytes = bytes.prefix(bytes.count / 2) }
        try bytes.write(to: url)
        _ = try await fixture.buffer.requeue()
        try await settle(fixture, &ledger)
        #expect(fixture.figures().isBalanced && fixture.figures().pending == 0, "seed \(seed)")
    }

    @Test func aNameThatIsNoneIsRefused() async throws {
        let fixture = try await Fixture()
        for name in ["", "x.ndjson.zst", "../buffer.db", "a-b-1-2.ndjson.zst"] {
            let results = try await fixture.buffer.requeue(name)
            guard case .refused = results.first?.outcome else {
                Issue.record("\(name) was \(results)")
                continue
            }
        }
        #expect(try await fixture.buffer.requeue().isEmpty)
    }
}

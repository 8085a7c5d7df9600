import Buffer
import ConveyProtocol
import Crypto
import Foundation
import TestSupport
import Testing
import Time

/// Goal: an aggregator or a buffer that was set back loses nothing and counts nothing twice, and the
/// accounts close. Method: ledgers and files are copied and brought back later.
@Suite struct RecoveryTests {
    private let small = BatchLimits(eventsMax: 7, bytesMax: 1 << 22)

    private func append(_ range: Range<Int>, to fixture: Fixture) async {
        for number in range { await fixture.append(["\(number)"]) }
    }

    private func expectAll(
        _ range: Range<Int>, once: Bool = true, _ ledger: TestLedger, _ fixture: Fixture,
        location: SourceLocation = #_sourceLocation
    ) {
        #expect(Set(ledger.events.keys) == Set(range.map(String.init)), sourceLocation: location)
        if once {
            #expect(ledger.events.values.allSatisfy { $0 == 1 }, sourceLocation: location)
        }
        #expect(ledger.chainMismatches == 0, sourceLocation: location)
        #expect(fixture.buffer.statistics.isBalanced, sourceLocation: location)
        #expect(fixture.figures().pending == 0, sourceLocation: location)
    }

    @Test func aRestoredAggregatorGetsWhatItLacks() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<20, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        let backup = ledger
        await append(20..<40, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        await append(40..<50, to: fixture)
        ledger = backup
        try await fixture.deliver(.conversion, to: &ledger)
        #expect(fixture.figures().pending == 30)
        #expect(fixture.figures().receipted == 20)
        #expect(fixture.buffer.statistics.isBalanced)
        try await fixture.drain(to: &ledger)
        expectAll(0..<50, ledger, fixture)
    }

    @Test func anEmptyAggregatorGetsEverythingThatIsHeld() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<20, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        await append(20..<21, to: fixture)
        ledger = TestLedger()
        try await fixture.drain(to: &ledger, limits: small)
        expectAll(0..<21, ledger, fixture)
    }

    @Test func goingBackIntoABatchRecomputesTheChain() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<20, to: fixture)
        let epoch = try #require(fixture.buffer.statistics.epoch)
        // What a ledger holds that took 13 of them by other batches.
        var chain = Chain(after: Chain.start(of: epoch))
        for line in try await text(fixture.batch()).prefix(13) {
            chain.add(line: Array(line.utf8).span)
        }
        let place = ProtocolProblem.LedgerPlace(
            epoch: epoch, lane: .conversion, expectedSeq: 14, chain: chain.value)
        let five = BatchLimits(eventsMax: 5, bytesMax: 1 << 22)
        try await fixture.deliver(.conversion, to: &ledger, limits: five)
        try await fixture.deliver(.conversion, to: &ledger)
        try await fixture.buffer.rewind(to: place)
        let batch = try await fixture.batch()
        #expect(batch.header.epoch == epoch)
        #expect(batch.header.coverage.firstSeq == 14)
        #expect(batch.header.coverage.chainBefore == chain.value)
    }

    @Test func aLedgerWithAnotherHistoryIsNoPlaceToGoBackTo() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<20, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        let epoch = try #require(fixture.buffer.statistics.epoch)
        // Number 13 there is another collector's event.
        try await fixture.buffer.rewind(
            to: ProtocolProblem.LedgerPlace(
                epoch: epoch, lane: .conversion, expectedSeq: 14,
                chain: SHA256Digest(of: [1])))
        #expect(fixture.buffer.statistics.parent == epoch)
        try await fixture.drain(to: &ledger, limits: small)
        #expect(ledger.books.values.compactMap(\.parent).map { $0.lastSeq[.conversion] } == [0])
        #expect(Set(ledger.events.keys) == Set((0..<20).map(String.init)))
        #expect(ledger.events.values.allSatisfy { $0 == 2 })
        #expect(fixture.figures().isBalanced)
    }

    @Test func whatTheLedgerLostGoesAlongIntoTheNewEpoch() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<10, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        let backup = ledger
        await append(10..<20, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        // Both were restored: the ledger further back, and the file says that it is a copy.
        ledger = backup
        try await fixture.buffer.startEpoch(
            afterForkIn: #require(fixture.buffer.statistics.epoch))
        #expect(fixture.figures().pending == 20)
        #expect(fixture.figures().isBalanced)
        try await fixture.drain(to: &ledger, limits: small)
        #expect(Set(ledger.events.keys) == Set((0..<20).map(String.init)))
        #expect(ledger.chainMismatches == 0)
        // And once more, over the seam between two epochs.
        await append(20..<25, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        ledger = TestLedger()
        try await fixture.buffer.startEpoch(
            afterForkIn: #require(fixture.buffer.statistics.epoch))
        try await fixture.drain(to: &ledger, limits: small)
        #expect(Set(ledger.events.keys) == Set((0..<25).map(String.init)))
        #expect(ledger.chainMismatches == 0)
        #expect(fixture.figures().isBalanced)
    }

    @Test func whatIsNoLongerHeldBecomesAGap() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<10, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        let backup = ledger
        await append(10..<20, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        fixture.clock.advance(by: .seconds(73 * 3600))
        fixture.uptime.advance(by: .seconds(73 * 3600))
        await fixture.buffer.upkeep()
        await append(20..<25, to: fixture)
        ledger = backup
        try await fixture.drain(to: &ledger, limits: small)
        let figures = fixture.figures()
        #expect(figures.gaps == ["receipted-expired": 10])
        #expect(figures.receipted == 15)
        #expect(figures.isBalanced)
        #expect(ledger.chainMismatches == 0)
        let book = try #require(ledger.books.values.first)
        #expect(book.gaps.map(\.statement) == ["[11,20,\"receipted-expired\"]"])
        // And a second time, further back, over the stated gap.
        ledger = TestLedger()
        await append(25..<26, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        #expect(fixture.figures().isBalanced)
        #expect(fixture.figures().gaps == ["receipted-expired": 20])
        #expect(ledger.events.count == 6)
        #expect(ledger.chainMismatches == 0)
    }

    @Test func aFileRestoredFromACopyGoesOnInANewEpoch() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<10, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        let first = try #require(fixture.buffer.statistics.epoch)
        await fixture.buffer.close()
        try FileManager.default.copyItem(atPath: fixture.path, toPath: fixture.path + ".copy")
        await fixture.replace()
        await append(10..<20, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        await fixture.buffer.close()
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: fixture.path + suffix)
        }
        try FileManager.default.moveItem(atPath: fixture.path + ".copy", toPath: fixture.path)
        await fixture.replace()
        #expect(fixture.buffer.statistics.parent == first)
        #expect(fixture.log.contains("copy of another file"))
        await append(20..<30, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        #expect(Set(ledger.events.keys) == Set((0..<30).map(String.init)))
        #expect(fixture.figures().isBalanced)
        #expect(ledger.books.values.compactMap(\.parent).map(\.epoch) == [first])
        #expect(ledger.books.values.compactMap(\.parent).map { $0.lastSeq[.conversion] } == [0])
    }

    /// A virtual machine set back as a whole: the file looks untouched, only the ledger knows better.
    private func setBack(_ fixture: Fixture) throws -> Snapshot {
        try Snapshot(of: fixture.path)
    }

    @Test func numbersThatOnlyTheLedgerKnowsBeginANewEpoch() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<10, to: fixture)
        let snapshot = try setBack(fixture)
        await append(10..<20, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        await fixture.buffer.close()
        try snapshot.restore()
        await fixture.replace()
        #expect(fixture.buffer.statistics.parent == nil)
        try await fixture.deliver(.conversion, to: &ledger)
        #expect(fixture.buffer.statistics.parent != nil)
        #expect(fixture.log.contains("restored from an older copy"))
        await append(20..<30, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        #expect(Set(ledger.events.keys) == Set((0..<30).map(String.init)))
        #expect(ledger.chainMismatches == 0)
        #expect(fixture.figures().isBalanced)
        #expect(fixture.figures().pending == 0)
    }

    @Test func anotherEventUnderAKnownNumberBeginsANewEpoch() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<10, to: fixture)
        let snapshot = try setBack(fixture)
        await append(10..<20, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        await fixture.buffer.close()
        try snapshot.restore()
        await fixture.replace()
        await append(100..<120, to: fixture)
        try await fixture.drain(to: &ledger, limits: small)
        #expect(fixture.log.contains("The ledger knows other events"))
        #expect(ledger.events.count == 40)
        #expect(fixture.figures().isBalanced)
        // What the ledger had already may come again under a new number; its id tells.
        #expect(ledger.events.values.max()! <= 2)
        #expect(fixture.figures().pending == 0)
    }

    @Test func twoClonesThatBothRunLoseNothing() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<10, to: fixture)
        await fixture.buffer.close()
        let clone = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: fixture.path, toPath: clone.file("buffer.db"))
        await fixture.replace()
        let twin = try await Fixture(clone)
        #expect(twin.buffer.statistics.epoch != fixture.buffer.statistics.epoch)
        await append(10..<20, to: fixture)
        await append(20..<30, to: twin)
        for _ in 0..<5 {
            try await fixture.deliver(.conversion, to: &ledger, limits: small)
            try await twin.deliver(.conversion, to: &ledger, limits: small)
        }
        #expect(Set(ledger.events.keys) == Set((0..<30).map(String.init)))
        #expect(fixture.figures().pending == 0)
        #expect(twin.figures().pending == 0)
        #expect(ledger.chainMismatches == 0)
    }

    @Test func gapsThatWereNotStatedMoveIntoTheNewEpoch() async throws {
        let fixture = try await Fixture()
        var ledger = TestLedger()
        await append(0..<10, to: fixture)
        try await fixture.deliver(
            .conversion, to: &ledger, limits: BatchLimits(eventsMax: 3, bytesMax: 1 << 22))
        let bad = try await fixture.batch(limits: BatchLimits(eventsMax: 2, bytesMax: 1 << 22))
        try await fixture.buffer.quarantine(bad, answer: [])
        try await fixture.buffer.startEpoch(afterForkIn: bad.header.epoch)
        let batch = try await fixture.batch()
        #expect(batch.header.parent?.lastSeq[.conversion] == 0)
        #expect(batch.header.coverage.firstSeq == 1)
        #expect(batch.header.coverage.gaps.map(\.statement) == ["[4,5,\"quarantined\"]"])
        #expect(batch.header.coverage.lastSeq == 10)
        try await fixture.drain(to: &ledger)
        #expect(ledger.chainMismatches == 0)
        #expect(fixture.figures().receipted == 8)
        #expect(fixture.figures().isBalanced)
    }
}

/// The bytes of a buffer's files, put back in place, so that not even the inode tells.
struct Snapshot {
    private let path: String
    private let files: [String: Data]

    init(of path: String) throws {
        self.path = path
        var files: [String: Data] = [:]
        for suffix in ["", "-wal"] {
            files[suffix] = try Data(contentsOf: URL(filePath: path + suffix))
        }
        self.files = files
    }

    func restore() throws {
        try? FileManager.default.removeItem(atPath: path + "-shm")
        for (suffix, bytes) in files {
            let file = try FileHandle(forWritingTo: URL(filePath: path + suffix))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: bytes)
            try file.close()
        }
    }
}

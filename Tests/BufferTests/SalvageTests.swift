import Buffer
import ConveyProtocol
import Foundation
import SQLite
import TestSupport
import Testing

/// Goal: of a damaged file everything that can be read is saved once, also where SQLite's tree does
/// not lead to it any more, however often it is tried and wherever a try ends. Method: pages are
/// wiped, tries are broken off and repeated; ids that arrive at a ledger are counted.
@Suite struct SalvageTests {
    /// Rows of one event each; every fifth goes on in pages of its own.
    private func filled(_ count: Int) async throws -> Fixture {
        let fixture = try await Fixture()
        for number in 0..<count {
            let padding = number % 5 == 0 ? noise(seed: UInt64(number), byteCount: 6000) : ""
            #expect(await fixture.append(["\(number)-\(padding)"]) == nil)
        }
        try await fixture.buffer.keep([1, 2, 3], as: "settings")
        await fixture.buffer.close()
        return fixture
    }

    /// Overwrites whole pages, counted from 0.
    private func wipe(_ fixture: Fixture, _ pages: [Int]) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: fixture.path))
        for page in pages {
            try file.seek(toOffset: UInt64(page) * 4096)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 4096))
        }
        try file.close()
    }

    private func pageCount(_ fixture: Fixture) throws -> Int {
        try Data(contentsOf: URL(filePath: fixture.path)).count / 4096
    }

    /// The page where table `chunk` begins: all ways to its rows lead through it.
    private func root(_ fixture: Fixture) throws -> Int {
        let connection = try Connection(path: fixture.path, mode: .reader)
        let statement = try connection.prepare(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'chunk'")
        return Int(try statement.next()?.integer(0) ?? 0)
    }

    private func delivered(_ fixture: Fixture) async throws -> [Int] {
        var ledger = TestLedger()
        try await fixture.drain(to: &ledger)
        #expect(ledger.events.values.allSatisfy { $0 == 1 })
        #expect(ledger.chainMismatches == 0)
        return ledger.events.keys.compactMap { Int($0.prefix { $0 != "-" }) }.sorted()
    }

    private func finish(_ fixture: Fixture) async {
        for _ in 0..<100 where fixture.buffer.statistics.salvagedFile != nil {
            await fixture.buffer.upkeep()
        }
    }

    @Test func theRootOfTheTreeCostsNothing() async throws {
        let fixture = try await filled(60)
        try wipe(fixture, [root(fixture) - 1])
        await fixture.replace()
        await finish(fixture)
        #expect(fixture.buffer.statistics.condition == .open)
        #expect(try await delivered(fixture) == Array(0..<60))
        #expect(fixture.figures().isBalanced && fixture.figures().gaps.isEmpty)
        #expect(try await fixture.buffer.kept("settings") == [1, 2, 3])
    }

    @Test func whatIsBetweenTwoDamagedPagesIsSaved() async throws {
        let fixture = try await filled(100)
        let pages = try pageCount(fixture)
        try wipe(fixture, [pages / 3, pages / 2, pages * 2 / 3])
        await fixture.replace()
        await finish(fixture)
        let figures = fixture.figures()
        #expect(figures.isBalanced && figures.stored == 100)
        let lost = figures.gaps["damaged", default: 0]
        #expect(lost > 0 && lost < 50)
        #expect(try await delivered(fixture).count == 100 - Int(lost))
    }

    /// What was lost has numbers, so that the ledger's books speak of it, too.
    @Test func whatIsLostIsStatedToTheLedger() async throws {
        let fixture = try await filled(100)
        try wipe(fixture, [try pageCount(fixture) / 2])
        await fixture.replace()
        await finish(fixture)
        let lost = fixture.figures().gaps["damaged", default: 0]
        let batch = try await fixture.batch()
        #expect(lost > 0 && batch.header.coverage.gaps.map(\.count) == [lost])
        #expect(batch.header.coverage.gaps.first?.reason == .damaged)
        #expect(fixture.figures().assignedSeq == 100)
    }

    /// A large file is not read whole at the start: Delivery finds the damage.
    @Test func damageThatIsFoundLaterIsMendedToo() async throws {
        let fixture = try await Fixture()
        let texts = (0..<5).map { noise(seed: UInt64($0), byteCount: 45_000) }
        for number in 0..<400 {
            #expect(await fixture.append(["\(number)-\(texts[number % 5])"]) == nil)
        }
        await fixture.buffer.close()
        #expect(try pageCount(fixture) * 4096 > 16_777_216)
        try wipe(fixture, [root(fixture) - 1])
        await fixture.replace()
        #expect(fixture.buffer.statistics.condition == .open)
        await #expect(throws: BufferFault.self) { _ = try await fixture.batch() }
        await finish(fixture)
        for _ in 0..<20 where fixture.buffer.statistics.condition != .open {
            await fixture.buffer.upkeep()
        }
        await finish(fixture)
        #expect(try await delivered(fixture) == Array(0..<400))
        #expect(fixture.figures().isBalanced && fixture.figures().gaps.isEmpty)
    }

    @Test func aTryThatIsBrokenOffGoesOn() async throws {
        let fixture = try await filled(90)
        try wipe(fixture, [root(fixture) - 1])
        for _ in 0..<4 {
            // Each life ends with an upkeep or two.
            await fixture.replace()
            await fixture.append([])
            #expect(fixture.figures().isBalanced)
        }
        await finish(fixture)
        #expect(try await delivered(fixture) == Array(0..<90))
    }

    @Test func aSavedFileIsNotSavedAgain() async throws {
        let fixture = try await filled(40)
        try wipe(fixture, [root(fixture) - 1])
        await fixture.replace()
        await finish(fixture)
        let aside = try #require(fixture.buffer.statistics.damagedFiles.first)
        for _ in 0..<2 {
            #expect(try await fixture.buffer.salvage(aside) == .init(saved: 0, wasSaved: 40))
        }
        #expect(fixture.figures().stored == 40)
        #expect(try await delivered(fixture) == Array(0..<40))
    }

    @Test func anotherFileIsTakenInByHand() async throws {
        let lost = try await filled(30)
        try wipe(lost, [root(lost) - 1])
        let fixture = try await Fixture()
        await fixture.append(["1000"])
        #expect(try await fixture.buffer.salvage(lost.path) == .init(saved: 30, wasSaved: 0))
        #expect(try await fixture.buffer.salvage(lost.path) == .init(saved: 0, wasSaved: 30))
        #expect(fixture.figures().isBalanced && fixture.figures().stored == 31)
        #expect(fixture.figures().gaps.isEmpty)
        #expect(try await delivered(fixture) == Array(0..<30) + [1000])
    }

    @Test func aFileThatIsNotThereIsAFault() async throws {
        let fixture = try await Fixture()
        await #expect(throws: BufferFault.self) {
            _ = try await fixture.buffer.salvage(fixture.path + "-nowhere")
        }
        #expect(fixture.buffer.statistics.salvagedFile == nil)
    }

    @Test func twoDamagedFilesOfOneSecondAreBothKept() async throws {
        let fixture = try await filled(10)
        for _ in 0..<3 {
            try wipe(fixture, [root(fixture) - 1])
            await fixture.replace()
            await finish(fixture)
            #expect(await fixture.append(["x"]) == nil)
            await fixture.buffer.close()
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: fixture.folder)
        #expect(
            files.filter {
                $0.contains(".damaged-") && $0.split(separator: "-").last != "shm"
                    && !$0.hasSuffix("-wal")
            }.count == 3)
    }
}

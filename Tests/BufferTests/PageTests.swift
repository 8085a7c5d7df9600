import ConveyProtocol
import Foundation
import TestSupport
import Testing

@testable import Buffer

/// Goal: what is read without SQLite is what was written, and no bytes stop the reading. Method: real
/// pages and logs, then the same with bytes turned by seed; sets of positions against a plain set.
@Suite struct PageTests {
    private func filled() async throws -> Fixture {
        let fixture = try await Fixture()
        for number in 0..<30 {
            let padding = number % 3 == 0 ? noise(seed: UInt64(number), byteCount: 9000) : ""
            #expect(await fixture.append(["\(number)-\(padding)"]) == nil)
        }
        return fixture
    }

    private func rows(_ scan: PageScan) -> [Chunk] {
        var (scan, rows) = (scan, [Chunk]())
        while let more = scan.next() { rows += more }
        return rows
    }

    @Test func findsEveryRowInTheFileAndInTheLog() async throws {
        let fixture = try await filled()
        var lines = ChunkLines()
        // All of it lies in the log, then all of it in the file.
        for isInLog in [true, false] {
            if !isInLog { await fixture.buffer.close() }
            let found = rows(PageScan(fixture.path)).filter { lines.unpack($0) != nil }
            #expect(Set(found.map(\.first)) == Set(1...30), "in the log: \(isInLog)")
        }
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func noBytesStopIt(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let fixture = try await filled()
        if seed % 2 == 0 { await fixture.buffer.close() }
        let copy = try TemporaryDirectory()
        for suffix in ["", "-wal"] {
            var bytes = FileManager.default.contents(atPath: fixture.path + suffix) ?? Data()
            for _ in 0..<(bytes.isEmpty ? 0 : 400) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            try bytes.write(to: URL(filePath: copy.file("buffer.db" + suffix)))
        }
        var lines = ChunkLines()
        for row in rows(PageScan(copy.file("buffer.db"))) {
            #expect(row.isPlausible, "seed \(seed)")
            _ = lines.unpack(row)
        }
        let log = LogScan(copy.file("buffer.db-wal"))
        _ = log?.hasCommit(behind: log?.reachable() ?? 0)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func drawnPagesYieldNothingOdd(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            var bytes = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) }
            bytes[0] = 0x0D
            bytes[3] = 0
            bytes[4] = UInt8.random(in: 0...20, using: &random)
            guard let page = LeafPage(bytes[...]) else { continue }
            for cell in page.cells() {
                let row = LeafPage.chunk(Array(page.bytes(of: cell)), place: cell.place)
                #expect(row?.isPlausible != false, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func setsOfPositionsAreSets(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var plain: Set<Int64> = []
        var record = SalvageRecord()
        for _ in 0..<60 {
            let first = Int64.random(in: 1...200, using: &random)
            let last = first + Int64.random(in: 0...9, using: &random)
            record.taken[.interaction].insert(first...last)
            plain.formUnion(first...last)
        }
        let taken = record.taken[.interaction]
        for position in Int64(0)...220 {
            #expect(taken.contains(position) == plain.contains(position), "seed \(seed)")
        }
        for (before, after) in zip(taken.ranges, taken.ranges.dropFirst()) {
            #expect(before.upperBound + 1 < after.lowerBound, "seed \(seed)")
        }
        record.saved[.pageview] = 7
        record.floors[.conversion] = 3
        #expect(SalvageRecord(text: record.text) == record)
        record.expected = PerLane { Int64($0.number) }
        record.isDone = true
        #expect(SalvageRecord(text: record.text) == record)
        #expect(SalvageRecord(text: Array("taken interaction 5\n".utf8)) == nil)
        #expect(SalvageRecord(text: Array("what\n".utf8)) == nil)
    }
}

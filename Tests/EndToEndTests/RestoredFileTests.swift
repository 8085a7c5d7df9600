import Child
import Foundation
import Stage
import Synchronization
import TestSupport
import Testing
import Troupe

/// Goal: aggregator and collector restored from copies of one night lose nothing that is still held:
/// the collector holds receipts for events that the ledger has lost, and begins a new epoch before it
/// hears of it.
///
/// Method: files are copied and put back as an operator does, between events that are noted. Either
/// restored alone is DiskTests' matter.
@Suite(.inTurn) struct RestoredFileTests {
    @Test(arguments: Backend.ofPrograms)
    func bothFromTheSameNight(_ backend: Backend) async throws {
        try await Rehearsal.run(on: backend) { rehearsal in
            try await rehearsal.bring(visits: 10, seed: 1)
            try await rehearsal.books.settled(within: .seconds(60))
            let backup = try await rehearsal.database.backUp(on: rehearsal.stage)
            try await rehearsal.bring(visits: 10, seed: 2)
            try await rehearsal.books.settled(within: .seconds(60))
            try await rehearsal.collector.crash()
            let copy = try rehearsal.copyBuffer()

            try await rehearsal.aggregator.stop()
            try await rehearsal.database.putBack(backup, on: rehearsal.stage)
            try rehearsal.putBackBuffer(copy, isSameFile: false)
            try await rehearsal.startAggregator()
            try await rehearsal.startCollector()
            try await rehearsal.bring(visits: 10, seed: 3)
            try await rehearsal.books.settled(within: .seconds(60))
            try await rehearsal.waitUntilNothingIsMissing()
            try await rehearsal.expectNothingLost()
        }
    }
}

extension Rehearsal {
    private static let bufferFiles = ["buffer.db", "buffer.db-wal"]

    /// Copies the stopped collector's buffer; the folder of the copy.
    func copyBuffer() throws -> String {
        let copy = stage.path("copy-\(UUID().uuidString.prefix(4))")
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for name in Self.bufferFiles {
            let source = "\(merchant.dataDirectory)/\(name)"
            guard FileManager.default.fileExists(atPath: source) else { continue }
            try FileManager.default.copyItem(atPath: source, toPath: "\(copy)/\(name)")
        }
        return copy
    }

    func putBackBuffer(_ copy: String, isSameFile: Bool) throws {
        try? FileManager.default.removeItem(atPath: "\(merchant.dataDirectory)/buffer.db-shm")
        for name in Self.bufferFiles {
            let (source, target) = ("\(copy)/\(name)", "\(merchant.dataDirectory)/\(name)")
            guard FileManager.default.fileExists(atPath: source) else {
                try? FileManager.default.removeItem(atPath: target)
                continue
            }
            guard isSameFile else {
                try? FileManager.default.removeItem(atPath: target)
                try FileManager.default.copyItem(atPath: source, toPath: target)
                continue
            }
            let bytes = try Data(contentsOf: URL(filePath: source))
            let file = try #require(FileHandle(forWritingAtPath: target))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: bytes)
            try file.close()
        }
    }

    /// A collector that learns late of a restored aggregator sends again what it holds: waits for it.
    func waitUntilNothingIsMissing() async throws {
        let acknowledged = tally.withLock { Array($0.acknowledged.keys) }
        let end = ContinuousClock.now + .seconds(150)
        while ContinuousClock.now < end {
            if try await books.presence(of: acknowledged).isEmpty { return }
            try await ContinuousClock().sleep(for: .milliseconds(500))
        }
    }
}

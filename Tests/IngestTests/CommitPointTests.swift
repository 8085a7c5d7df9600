import AggregatorBench
import ConveyProtocol
import Crypto
import Foundation
import Ingest
import Store
import TestSupport
import Testing
import Time

/// Goal: a receipt means that the batch is on disk, whatever happens just before or after.
/// Method: each test runs again in a child whose disk fails on command, at the fsync of a commit.
@Suite struct CommitPointTests {
    private static let isChild = ChildProcess.isChild

    @Test(.enabled(if: !isChild), arguments: [FaultyDisk.Fault.killBefore, .killAfter])
    func keepsWhatWasReceiptedThroughDeath(_ fault: FaultyDisk.Fault) async throws {
        for passes in [0, 1, 4] {
            let directory = try TemporaryDirectory()
            let disk = try FaultyDisk(under: directory.path)
            var environment = disk.environment
            environment["DIES_BEFORE"] = fault == .killBefore ? "yes" : "no"
            environment["DIES_AFTER_SYNCS"] = "\(passes)"
            let ending = try await ChildProcess.run(
                filter: "CommitPointTests/child_death", environment: environment)
            #expect(ending == .signalled(9) && disk.hits(.sync) == 1)
            try await checkAfterDeath(directory)
        }
    }

    /// What was receipted is there; what was not, is there whole or not at all; and the collector's
    /// next try ends as if nothing had happened.
    private func checkAfterDeath(_ directory: TemporaryDirectory) async throws {
        let bench = try await IngestBench(TemporaryStore(directory: directory))
        let receipted = try String(contentsOfFile: directory.file("receipted"), encoding: .utf8)
            .split(separator: "\n").count
        let stored = try await bench.numbers(SQL("SELECT count(*) FROM event"))[0]
        #expect(receipted >= 1)
        #expect(stored == Int64(receipted) * 10 || stored == Int64(receipted + 1) * 10)
        #expect(try await Balance(bench.store).sheet().isBalanced)
        #expect(try await bench.store.check(isDeep: true) == [])
        let edge = bench.edge(1)
        for number in 0...receipted {
            let body = try Data(contentsOf: URL(filePath: directory.file("batch-\(number)")))
            let answer = try await bench.send(body: Array(body), coding: "zstd", from: edge)
            #expect(answer.receipt?.accepted == 10)
            #expect(answer.receipt?.position.chainMatches == true)
        }
        let all = try await bench.numbers(SQL("SELECT count(*) FROM event"))
        #expect(all == [Int64(receipted + 1) * 10])
    }

    @Test(.enabled(if: isChild)) func child_death() async throws {
        let (bench, disk, directory) = try await childBench()
        let isBefore = ChildProcess.environment["DIES_BEFORE"] == "yes"
        let passes = try #require(Int32(ChildProcess.environment["DIES_AFTER_SYNCS"] ?? ""))
        let receipts = directory.file("receipted")
        try Data().write(to: URL(filePath: receipts))
        let handle = try #require(FileHandle(forWritingAtPath: receipts))
        var edge = bench.edge(1)
        for number in 0..<100 {
            let batch = try edge.seal(events: TestEvent.some(10, from: number * 10))
            try Data(batch.body).write(to: URL(filePath: directory.file("batch-\(number)")))
            if number == 1 { disk.set(.sync, isBefore ? .killBefore : .killAfter, after: passes) }
            #expect(try await bench.send(batch, from: edge).receipt?.accepted == 10)
            try handle.write(contentsOf: Data("\(number)\n".utf8))
        }
    }

    @Test(.enabled(if: !isChild), arguments: ["diskFull", "failingSync", "counts"])
    func holdsOnAFailingDisk(_ scenario: String) async throws {
        let directory = try TemporaryDirectory()
        let disk = try FaultyDisk(under: directory.path)
        let ending = try await ChildProcess.run(
            filter: "CommitPointTests/child_\(scenario)", environment: disk.environment)
        #expect(ending == .exited(0))
    }

    @Test(.enabled(if: isChild)) func child_diskFull() async throws {
        try await refuseThenStore { disk in
            disk.set(.write, .error(ENOSPC))
            disk.set(.allocate, .error(ENOSPC))
        }
    }

    @Test(.enabled(if: isChild)) func child_failingSync() async throws {
        try await refuseThenStore { $0.set(.sync, .error(EIO)) }
    }

    /// A batch of 1,000 events costs one fsync, now and then two more for a checkpoint, and about
    /// 110 writes: two for each page of the log.
    @Test(.enabled(if: isChild)) func child_counts() async throws {
        let (bench, disk, _) = try await childBench()
        var edge = bench.edge(1)
        let ids = RandomBytes()
        disk.set(.sync, .counted)
        disk.set(.write, .counted)
        for number in 0..<20 {
            let events = (0..<1_000).map { index in
                let at = IngestBench.start + .milliseconds(number * 1_000 + index)
                return TestEvent(id: EventID(at: at, random: ids).description)
            }
            let receipt = try await bench.send(try edge.seal(events: events), from: edge).receipt
            #expect(receipt?.accepted == 1_000)
        }
        #expect((20...30).contains(disk.hits(.sync)))
        #expect(disk.hits(.write) < 4_000)
    }

    private func refuseThenStore(_ fail: (FaultyDisk) -> Void) async throws {
        let (bench, disk, _) = try await childBench()
        var edge = bench.edge(1)
        let first = try edge.seal(events: TestEvent.some(5))
        #expect(try await bench.send(first, from: edge).receipt?.accepted == 5)
        fail(disk)
        let batch = try edge.seal(events: TestEvent.some(5, from: 6))
        for _ in 0..<3 {
            let answer = try await bench.send(batch, from: edge)
            #expect(answer.problem == .unavailable(retryAfter: .seconds(10)))
        }
        disk.clear()
        let receipt = try #require(try await bench.send(batch, from: edge).receipt)
        #expect(receipt.accepted == 5 && receipt.replayed == 0)
        #expect(try await Balance(bench.store).sheet().isBalanced)
        #expect(try await bench.store.check(isDeep: true) == [])
    }

    private func childBench() async throws -> (IngestBench, FaultyDisk, TemporaryDirectory) {
        let environment = ChildProcess.environment
        let disk = try #require(try FaultyDisk(ofThisProcess: environment))
        let directory = TemporaryDirectory(
            existing: try #require(environment["FAULTY_DISK_PREFIX"]))
        let bench = try await IngestBench(TemporaryStore(directory: directory))
        return (bench, disk, directory)
    }
}

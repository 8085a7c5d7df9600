import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: a disk that fails under either program costs no promised event and no process; meanwhile
/// nothing is promised that is not on a disk, and people are told.
///
/// Method: one of the real programs runs on a disk that fails on command, until the failure was
/// suffered and told; then the disk heals.
@Suite(.inTurn) struct FailingDiskTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let faults: [(call: FaultyDisk.Call, error: Int32)]
        let status: Int
        /// What the collector says of its own disk.
        let words: String
        /// What the aggregator's log says of its disk.
        let cause: String
    }

    static let cases = [
        Case(
            testDescription: "full", faults: [(.write, ENOSPC), (.allocate, ENOSPC)], status: 507,
            words: "the disk is full", cause: "no space is left on its disk"),
        Case(
            testDescription: "failing fsync", faults: [(.sync, EIO)], status: 503,
            words: "the disk failed", cause: "its disk failed"),
        Case(
            testDescription: "read-only", faults: [(.write, EROFS), (.open, EROFS)], status: 503,
            words: "the disk is read-only", cause: "its disk failed"),
    ]

    @Test(arguments: Backend.ofPrograms, cases)
    func theCollectorsDisk(_ backend: Backend, _ sample: Case) async throws {
        var made: FaultyDisk?
        try await Trial.run(on: backend) { stage in
            made = try FaultyDisk(under: stage.path("edge-lamps/"))
            return .init(collector: made?.environment ?? [:])
        } _: { trial in
            let disk = try #require(made)
            try await trial.bring("before")
            try await trial.books.settled(within: .seconds(60))
            disk.set(sample)
            for number in 0..<10 {
                let answer = try await trial.post("during-\(number)")
                #expect([503, sample.status].contains(answer.status))
                #expect(answer.headers["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
            }
            #expect(sample.faults.contains { disk.hits($0.call) > 0 })
            _ = try await trial.books.edge { edge in
                edge.problems.contains { $0.contains(sample.words) }
            }
            let text = try await trial.merchant.collector(["status"])
            #expect(text.contains("NOT taking events.") && text.contains(sample.words))
            disk.clear()
            _ = try await trial.books.edge { $0.problems.isEmpty }
            try await trial.bring("after")
            try await trial.expectNothingLost()
            // It ends in order: so it was the same process all the time.
            #expect(try await trial.collector.stop() == 0)
        }
    }

    /// The ballast makes room for receipts and deletes.
    @Test(arguments: Backend.ofPrograms)
    func aBacklogDrainsThoughTheCollectorsDiskIsFull(_ backend: Backend) async throws {
        var made: FaultyDisk?
        try await Trial.run(on: backend) { stage in
            made = try FaultyDisk(under: stage.path("edge-lamps/"))
            return .init(collector: made?.environment ?? [:])
        } _: { trial in
            let disk = try #require(made)
            try await trial.aggregator.stop()
            try await trial.bring("backlog")
            // Full until the ballast is given up, which then cannot be taken again.
            disk.set(.allocate, .error(ENOSPC))
            disk.set(.write, .error(ENOSPC), times: 1)
            #expect(try await trial.post("during").status == 507)
            #expect(try await trial.books.pending() == 30)
            try await trial.startAggregator()
            try await trial.books.settled(within: .seconds(60))
            let answer = try await trial.post("still-full")
            #expect(answer.status == 507 && answer.headers["Retry-After"] != nil)
            let edge = try await trial.books.edge()
            #expect(edge.problems.contains { $0.contains("the disk is full") })
            disk.clear()
            _ = try await trial.books.edge { $0.problems.isEmpty }
            try await trial.bring("after")
            try await trial.expectNothingLost()
            #expect(try await trial.collector.stop() == 0)
        }
    }

    /// Of an aggregator that keeps its data there.
    @Test(arguments: cases) func theAggregatorsDisk(_ sample: Case) async throws {
        var made: FaultyDisk?
        try await Trial.run(on: .sqlite) { stage in
            made = try FaultyDisk(under: stage.path("aggregator/"))
            return .init(aggregator: made?.environment ?? [:])
        } _: { trial in
            let disk = try #require(made)
            try await trial.bring("before")
            try await trial.books.settled(within: .seconds(60))
            disk.set(sample)
            try await trial.bring("during")
            // Only a signed answer is called a refusal of the aggregator.
            let edge = try await trial.books.edge { edge in
                edge.problems.contains { $0.contains("The aggregator refuses") }
            }
            #expect(edge.pending == 30)
            #expect(edge.problems.contains { $0.contains("asked for it") }, "\(edge.problems)")
            #expect(sample.faults.contains { disk.hits($0.call) > 0 })
            let log = trial.stage.log(of: "aggregator")
            #expect(log.contains("A batch could not be stored.") && log.contains(sample.cause))
            disk.clear()
            try await trial.bring("after")
            try await trial.expectNothingLost()
            let ledger = try await trial.books.ledger()
            #expect(ledger.accepted == trial.promisedCount && ledger.duplicate == 0)
            #expect(try await trial.aggregator.stop() == 0)
        }
    }

    enum Side: String, CaseIterable { case collector, aggregator }

    /// Single failures at ever other moments, under several clients at once.
    @Test(arguments: Side.allCases) func singleFailuresAmidTraffic(of side: Side) async throws {
        var made: FaultyDisk?
        try await Trial.run(on: .sqlite) { stage in
            let folder = side == .collector ? "edge-lamps/" : "aggregator/"
            let disk = try FaultyDisk(under: stage.path(folder))
            made = disk
            return side == .collector
                ? .init(collector: disk.environment) : .init(aggregator: disk.environment)
        } _: { trial in
            let disk = try #require(made)
            var suffered = 0
            // After each failure the aggregator asks for a rest of 10 seconds.
            let rounds = side == .collector ? 8 : 2
            for round in 0..<rounds {
                let call: FaultyDisk.Call = round % 2 == 0 ? .sync : .write
                disk.set(call, .error(EIO), after: Int32(round), times: 1)
                try await withThrowingTaskGroup { group in
                    for client in 0..<4 {
                        group.addTask {
                            for number in 0..<4 {
                                try await trial.post("\(round)-\(client)-\(number)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                _ = try await trial.books.edge { $0.pending == 0 && $0.problems.isEmpty }
                suffered += disk.hits(call)
            }
            disk.clear()
            #expect(suffered == rounds)
            try await trial.bring("after")
            try await trial.expectNothingLost()
            #expect(try await trial.collector.stop() == 0)
            #expect(try await trial.aggregator.stop() == 0)
        }
    }
}

extension FaultyDisk {
    fileprivate func set(_ sample: FailingDiskTests.Case) {
        for fault in sample.faults { set(fault.call, .error(fault.error)) }
    }
}

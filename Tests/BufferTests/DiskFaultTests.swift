import Buffer
import ConveyProtocol
import Foundation
import Synchronization
import TestSupport
import Testing
import Time

/// Goal: a disk that fails costs no acknowledged event and no process, and intake comes back by
/// itself. Method: each scenario runs again in a child whose disk fails on command.
@Suite struct DiskFaultTests {
    private static let isChild = ChildProcess.isChild

    @Test(
        .enabled(if: !isChild),
        arguments: [
            "failingSync", "anyFailingSync", "spaceForReceipts", "diskThatStaysFull",
            "readOnlyDisk",
            "failingOpen", "noSpaceAtTheStart",
        ])
    func survives(_ scenario: String) async throws {
        let directory = try TemporaryDirectory()
        let disk = try FaultyDisk(under: directory.path)
        let ending = try await ChildProcess.run(
            filter: "DiskFaultTests/child_\(scenario)", environment: disk.environment)
        #expect(ending == .exited(0))
    }

    /// In the child: the disk that fails, and a buffer on it.
    private struct Bench {
        let disk: FaultyDisk
        let fixture: Fixture
        /// A small budget makes checkpoints frequent.
        static let limits = BufferLimits(bytesMax: 1 << 24, waitingBytesMax: 1 << 18)

        init(prepare: (FaultyDisk) -> Void = { _ in }) async throws {
            disk = try #require(try FaultyDisk(ofThisProcess: ChildProcess.environment))
            let prefix = try #require(ChildProcess.environment["FAULTY_DISK_PREFIX"])
            prepare(disk)
            fixture = try await Fixture(TemporaryDirectory(in: prefix), limits: Self.limits)
        }

        var condition: BufferStatistics.Condition { fixture.buffer.statistics.condition }
    }

    @Test(.enabled(if: isChild)) func child_failingSync() async throws {
        let bench = try await Bench()
        #expect(await bench.fixture.append(["a"]) == nil)
        bench.disk.set(.sync, .error(EIO))
        #expect(await bench.fixture.append(["b"]) == .diskFault)
        #expect(bench.condition == .refusing(.diskFault))
        #expect(bench.disk.hits(.sync) > 0)
        #expect(await bench.fixture.append(["c"]) == .diskFault)
        await bench.fixture.buffer.upkeep()
        #expect(bench.condition == .refusing(.diskFault))
        bench.disk.clear()
        await bench.fixture.buffer.upkeep()
        #expect(bench.condition == .open)
        #expect(await bench.fixture.append(["d"]) == nil)
        var ledger = TestLedger()
        try await bench.fixture.drain(to: &ledger)
        #expect(Set(ledger.events.keys).subtracting(["b"]) == ["a", "d"])
        #expect(ledger.chainMismatches == 0)
        // The commit of b failed, and may hold all the same: then it was not refused after all.
        let figures = bench.fixture.figures()
        #expect(figures.stored + figures.refused["disk_fault", default: 0] == 4)
        #expect(bench.fixture.buffer.statistics.isBalanced)
    }

    /// Commits, checkpoints and deletes: whichever fsync fails, nothing acknowledged is lost.
    @Test(.enabled(if: isChild)) func child_anyFailingSync() async throws {
        for passes in stride(from: Int32(0), to: 60, by: 3) {
            let bench = try await Bench()
            var acknowledged: Set<String> = []
            var count = 0
            var ledger = TestLedger()
            bench.disk.set(.sync, .error(EIO), after: passes, times: 1)
            for number in 0..<60 {
                let id = "\(number)-" + noise(seed: UInt64(number), byteCount: 3600)
                if await bench.fixture.append([id]) == nil { acknowledged.insert(id) }
                count += 1
                if number % 20 == 19 {
                    _ = try? await bench.fixture.deliver(.conversion, to: &ledger)
                }
                if bench.condition != .open { await bench.fixture.buffer.upkeep() }
            }
            #expect(bench.disk.hits(.sync) == 1, "after \(passes)")
            bench.disk.clear()
            #expect(acknowledged.count >= 58, "after \(passes)")
            let figures = bench.fixture.figures()
            let refused = figures.refused.values.reduce(0, +)
            #expect(figures.stored + refused == Int64(count), "after \(passes)")
            try await bench.fixture.drain(to: &ledger)
            #expect(acknowledged.isSubset(of: ledger.events.keys), "after \(passes)")
            #expect(ledger.events.values.allSatisfy { $0 == 1 }, "after \(passes)")
            #expect(ledger.chainMismatches == 0, "after \(passes)")
            #expect(bench.fixture.buffer.statistics.isBalanced, "after \(passes)")
        }
    }

    @Test(.enabled(if: isChild)) func child_spaceForReceipts() async throws {
        let bench = try await Bench()
        var ledger = TestLedger()
        #expect(await bench.fixture.append(["a"]) == nil)
        #expect(bench.fixture.buffer.statistics.hasBallast)
        // Full until the ballast is given up; then it cannot be taken again.
        bench.disk.set(.allocate, .error(ENOSPC))
        bench.disk.set(.write, .error(ENOSPC), times: 1)
        #expect(await bench.fixture.append(["b"]) == .diskFull)
        #expect(!bench.fixture.buffer.statistics.hasBallast)
        await bench.fixture.buffer.upkeep()
        #expect(bench.condition == .refusing(.diskFull))
        #expect(await bench.fixture.append(["c"]) == .diskFull)
        // Receipts still get through.
        try await bench.fixture.deliver(.conversion, to: &ledger)
        #expect(bench.fixture.figures().receipted == 1)
        bench.disk.clear()
        await bench.fixture.buffer.upkeep()
        #expect(bench.condition == .open)
        #expect(bench.fixture.buffer.statistics.hasBallast)
        #expect(await bench.fixture.append(["d"]) == nil)
        try await bench.fixture.drain(to: &ledger)
        #expect(Set(ledger.events.keys) == ["a", "d"])
        #expect(bench.fixture.buffer.statistics.isBalanced)
    }

    @Test(.enabled(if: isChild)) func child_diskThatStaysFull() async throws {
        let bench = try await Bench()
        #expect(await bench.fixture.append(["a"]) == nil)
        bench.disk.set(.write, .error(ENOSPC))
        bench.disk.set(.allocate, .error(ENOSPC))
        for number in 0..<20 {
            #expect(await bench.fixture.append(["lost-\(number)"]) == .diskFull)
            await bench.fixture.buffer.upkeep()
        }
        let batch = try await bench.fixture.batch()
        #expect(try text(batch).map(id) == ["a"])
        bench.disk.clear()
        await bench.fixture.buffer.upkeep()
        #expect(await bench.fixture.append(["b"]) == nil)
        #expect(bench.fixture.figures().stored == 2)
    }

    @Test(.enabled(if: isChild)) func child_readOnlyDisk() async throws {
        let bench = try await Bench()
        #expect(await bench.fixture.append(["a"]) == nil)
        bench.disk.set(.write, .error(EROFS))
        bench.disk.set(.open, .error(EROFS))
        let refusal = await bench.fixture.append(["b"])
        #expect([.diskReadOnly, .diskFault].contains(refusal))
        for _ in 0..<3 { await bench.fixture.buffer.upkeep() }
        #expect(bench.condition == .refusing(.diskReadOnly))
        bench.disk.clear()
        await bench.fixture.buffer.upkeep()
        #expect(await bench.fixture.append(["c"]) == nil)
        var ledger = TestLedger()
        try await bench.fixture.drain(to: &ledger)
        #expect(Set(ledger.events.keys) == ["a", "c"])
    }

    @Test(.enabled(if: isChild)) func child_failingOpen() async throws {
        let bench = try await Bench { $0.set(.open, .error(EIO)) }
        #expect(bench.condition == .refusing(.diskFault))
        #expect(await bench.fixture.append(["a"]) == .diskFault)
        bench.disk.clear()
        await bench.fixture.buffer.upkeep()
        #expect(await bench.fixture.append(["b"]) == nil)
        #expect(bench.fixture.figures().refused == ["disk_fault": 1])
    }

    @Test(.enabled(if: isChild)) func child_noSpaceAtTheStart() async throws {
        let bench = try await Bench { $0.set(.allocate, .error(ENOSPC)) }
        #expect(bench.condition == .refusing(.diskFull))
        #expect(await bench.fixture.append(["a"]) == .diskFull)
        bench.disk.clear()
        await bench.fixture.buffer.upkeep()
        #expect(await bench.fixture.append(["b"]) == nil)
    }
}

/// Goal: a process that dies at any moment has stored all that it acknowledged, and its accounts
/// close. Method: a child that appends without pause dies just before or just after a call that
/// writes or syncs; what it acknowledged stands in a file that it wrote after each answer.
@Suite struct DeathTests {
    private static let isChild = ChildProcess.isChild

    @Test(.enabled(if: !isChild), arguments: [FaultyDisk.Fault.killBefore, .killAfter])
    func nothingAcknowledgedIsLost(_ fault: FaultyDisk.Fault) async throws {
        for round in 0..<8 {
            let call: FaultyDisk.Call = round % 2 == 0 ? .sync : .write
            let directory = try TemporaryDirectory()
            let disk = try FaultyDisk(under: directory.path)
            disk.set(call, fault, after: Int32(30 + round * 41), times: 1)
            var environment = disk.environment
            environment["ACKNOWLEDGED"] = directory.path + ".acknowledged"
            defer { try? FileManager.default.removeItem(atPath: directory.path + ".acknowledged") }
            let ending = try await ChildProcess.run(
                filter: "DeathTests/child_appends", environment: environment)
            #expect(ending == .signalled(9))
            let promised = try String(
                contentsOfFile: directory.path + ".acknowledged", encoding: .utf8)
            let acknowledged = Set(promised.split(separator: "\n").map(String.init))
            let fixture = try await Fixture(directory)
            #expect(fixture.buffer.statistics.condition == .open)
            #expect(fixture.buffer.statistics.parent == nil)
            #expect(fixture.buffer.statistics.isBalanced)
            var ledger = TestLedger()
            try await fixture.drain(to: &ledger)
            #expect(acknowledged.isSubset(of: ledger.events.keys), "round \(round)")
            #expect(ledger.events.values.allSatisfy { $0 == 1 })
            #expect(ledger.chainMismatches == 0)
        }
    }

    @Test(.enabled(if: isChild)) func child_appends() async throws {
        let prefix = try #require(ChildProcess.environment["FAULTY_DISK_PREFIX"])
        let path = try #require(ChildProcess.environment["ACKNOWLEDGED"])
        let acknowledged = try AcknowledgedFile(path)
        let fixture = try await Fixture(in: prefix)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<4 {
                group.addTask {
                    for number in 0..<1000 {
                        let lane = Lane.allCases[number % 3]
                        guard await fixture.append(["\(client)-\(number)"], lane) == nil else {
                            continue
                        }
                        try acknowledged.add("\(client)-\(number)")
                    }
                }
            }
            try await group.waitForAll()
        }
        Issue.record("The disk should have killed this process.")
    }
}

/// What a client knows to be stored.
private final class AcknowledgedFile: Sendable {
    private let file: Mutex<FileHandle>

    init(_ path: String) throws {
        try Data().write(to: URL(filePath: path))
        file = Mutex(try #require(FileHandle(forWritingAtPath: path)))
    }

    func add(_ id: String) throws {
        try file.withLock { try $0.write(contentsOf: Data("\(id)\n".utf8)) }
    }
}

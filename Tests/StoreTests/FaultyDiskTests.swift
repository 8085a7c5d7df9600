import Foundation
import Store
import TestSupport
import Testing

/// Goal: a disk that fails costs what was not acknowledged, never the process or what was.
/// Method: each test runs again in a child whose disk fails on command; the children do the checking
/// where they live, the parents where they die.
@Suite struct FaultyDiskTests {
    private static let isChild = ChildProcess.isChild
    private static let table = SQL("CREATE TABLE t (id BIGINT PRIMARY KEY, a TEXT)")
    private static let insert = SQL("INSERT INTO t (id, a) VALUES ($1, $2)")
    private static let select = SQL("SELECT id FROM t ORDER BY id")

    @Test(
        .enabled(if: !isChild),
        arguments: [
            "diskFull", "failingSync", "shortWrites", "renameOfABackup", "failingOpen",
            "sharedSyncs",
        ])
    func survives(_ scenario: String) async throws {
        let directory = try TemporaryDirectory()
        let disk = try FaultyDisk(under: directory.path)
        let ending = try await ChildProcess.run(
            filter: "FaultyDiskTests/child_\(scenario)", environment: disk.environment)
        #expect(ending == .exited(0))
    }

    /// Dies around the n-th fsync; the file `acknowledged` holds what was promised until then.
    @Test(.enabled(if: !isChild), arguments: [FaultyDisk.Fault.killBefore, .killAfter])
    func keepsWhatWasAcknowledgedThroughDeath(_ fault: FaultyDisk.Fault) async throws {
        for passes in 0..<6 {
            let directory = try TemporaryDirectory()
            let disk = try FaultyDisk(under: directory.path)
            var environment = disk.environment
            environment["DIES_BEFORE"] = fault == .killBefore ? "yes" : "no"
            environment["DIES_AFTER_SYNCS"] = "\(passes * 3)"
            let ending = try await ChildProcess.run(
                filter: "FaultyDiskTests/child_death", environment: environment)
            #expect(ending == .signalled(9))
            #expect(disk.hits(.sync) == 1)
            let store = try Store.sqlite(path: directory.file("convey.db"))
            let stored = try await store.read { try $0.all(Self.select) { $0.integer(0) } }
            let promised = try String(
                contentsOfFile: directory.file("acknowledged"), encoding: .utf8)
            let acknowledged = promised.split(separator: "\n").compactMap { Int64($0) }
            #expect(!acknowledged.isEmpty)
            #expect(Set(stored).isSuperset(of: acknowledged))
            #expect(stored.count <= acknowledged.count + 1)
            #expect(try await store.check(isDeep: true) == [])
        }
    }

    private struct Bench {
        let disk: FaultyDisk
        let prefix: String
        let store: Store

        init() async throws {
            disk = try #require(try FaultyDisk(ofThisProcess: ChildProcess.environment))
            prefix = try #require(ChildProcess.environment["FAULTY_DISK_PREFIX"])
            store = try Store.sqlite(path: prefix + "/convey.db")
            try await store.write { try $0.execute(FaultyDiskTests.table) }
        }

        func add(_ id: Int64) async throws {
            let text = String(repeating: "x", count: 20_000)
            try await store.write { tx in
                _ = try tx.run(FaultyDiskTests.insert, .integer(id), .text(text))
            }
        }

        func kind(_ body: () async throws -> Void) async -> StoreFault.Kind? {
            do {
                try await body()
                return nil
            } catch {
                return (error as? StoreFault)?.kind
            }
        }

        func ids() async throws -> [Int64] {
            try await store.read { try $0.all(FaultyDiskTests.select) { $0.integer(0) } }
        }
    }

    @Test(.enabled(if: isChild)) func child_diskFull() async throws {
        let bench = try await Bench()
        try await bench.add(1)
        bench.disk.set(.write, .error(ENOSPC))
        bench.disk.set(.allocate, .error(ENOSPC))
        #expect(await bench.kind { try await bench.add(2) } == .diskFull)
        #expect(await bench.kind { try await bench.add(3) } == .diskFull)
        #expect(bench.disk.hits(.write) > 1)
        #expect(try await bench.ids() == [1])
        bench.disk.clear()
        try await bench.add(2)
        #expect(try await bench.ids() == [1, 2])
        #expect(try await bench.store.check(isDeep: true) == [])
    }

    @Test(.enabled(if: isChild)) func child_failingSync() async throws {
        let bench = try await Bench()
        try await bench.add(1)
        bench.disk.set(.sync, .error(EIO), times: 1)
        #expect(await bench.kind { try await bench.add(2) } == .io)
        #expect(bench.disk.hits(.sync) == 1)
        #expect(try await bench.ids() == [1])
        try await bench.add(2)
        try await bench.add(3)
        #expect(try await bench.ids() == [1, 2, 3])
        #expect(try await bench.store.check(isDeep: true) == [])
    }

    @Test(.enabled(if: isChild)) func child_shortWrites() async throws {
        let bench = try await Bench()
        bench.disk.set(.write, .short, times: 5)
        try await bench.add(1)
        #expect(bench.disk.hits(.write) == 5)
        #expect(try await bench.ids() == [1])
        #expect(try await bench.store.check(isDeep: true) == [])
    }

    @Test(.enabled(if: isChild)) func child_renameOfABackup() async throws {
        let bench = try await Bench()
        let target = bench.prefix + "/copy.db"
        try await bench.store.backup(to: target)
        let before = try Data(contentsOf: URL(filePath: target))
        try await bench.add(1)
        bench.disk.set(.rename, .error(EIO))
        #expect(await bench.kind { try await bench.store.backup(to: target) } == .io)
        #expect(try Data(contentsOf: URL(filePath: target)) == before)
        #expect(!FileManager.default.fileExists(atPath: target + ".partial"))
    }

    @Test(.enabled(if: isChild)) func child_failingOpen() async throws {
        let bench = try await Bench()
        await bench.store.close()
        let path = bench.prefix + "/convey.db"
        bench.disk.set(.open, .error(EMFILE))
        #expect(await bench.kind { _ = try Store.sqlite(path: path) } == .unreachable)
        bench.disk.clear()
        _ = try Store.sqlite(path: path)
    }

    @Test(.enabled(if: isChild)) func child_sharedSyncs() async throws {
        let bench = try await Bench()
        bench.disk.set(.sync, .counted)
        for id in Int64(1)...10 { try await bench.add(id) }
        #expect(bench.disk.hits(.sync) >= 10)
        bench.disk.set(.sync, .counted)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in Int64(11)...210 { group.addTask { try await bench.add(id) } }
            try await group.waitForAll()
        }
        #expect((1...100).contains(bench.disk.hits(.sync)))
        #expect(try await bench.ids().count == 210)
    }

    @Test(.enabled(if: isChild)) func child_death() async throws {
        let bench = try await Bench()
        let isBefore = ChildProcess.environment["DIES_BEFORE"] == "yes"
        let passes = try #require(Int32(ChildProcess.environment["DIES_AFTER_SYNCS"] ?? ""))
        let file = unsafe open(bench.prefix + "/acknowledged", O_CREAT | O_WRONLY | O_APPEND, 0o600)
        for id in Int64(1)...100 {
            try await bench.add(id)
            let line = Array("\(id)\n".utf8)
            #expect(unsafe write(file, line, line.count) == line.count)
            if id == 1 { bench.disk.set(.sync, isBefore ? .killBefore : .killAfter, after: passes) }
        }
    }
}

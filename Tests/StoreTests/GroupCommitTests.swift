import SQLite
import Store
import Synchronization
import TestSupport
import Testing

/// Goal: writes that wait share a commit, and each keeps its own fate.
/// Method: hold the writer's thread in one job by a latch, so that the next ones gather.
@Suite struct GroupCommitTests {
    private struct Refusal: Error {}
    private static let table = SQL("CREATE TABLE t (id BIGINT PRIMARY KEY)")
    private static let insert = SQL("INSERT INTO t (id) VALUES ($1)")
    private static let select = SQL("SELECT id FROM t ORDER BY id")

    /// Runs the jobs as one group: the first job of all holds the writer until they wait.
    private func group(
        _ store: Store, _ jobs: [@Sendable (Transaction) throws -> Void]
    ) async throws -> [(any Error)?] {
        try await store.write { try $0.execute(Self.table) }
        let (held, go) = (Latch(), Latch())
        store.write { _ in
            held.open()
            go.wait()
        } done: { _ in
        }
        held.wait()
        let ends = Mutex<[Int: (any Error)?]>([:])
        await withCheckedContinuation { continuation in
            for (index, job) in jobs.enumerated() {
                store.write(job) { result in
                    let isLast = ends.withLock { ends in
                        switch result {
                        case .success: ends[index] = .some(nil)
                        case .failure(let error): ends[index] = error
                        }
                        return ends.count == jobs.count
                    }
                    if isLast { continuation.resume() }
                }
            }
            go.open()
        }
        return ends.withLock { ends in jobs.indices.map { ends[$0] ?? nil } }
    }

    @Test(arguments: Backend.all) func undoesOnlyTheJobThatThrows(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let ends = try await group(
            temporary.store,
            [
                { _ = try $0.run(Self.insert, .integer(1)) },
                { tx in
                    try tx.run(Self.insert, .integer(2))
                    throw Refusal()
                },
                { _ = try $0.run(Self.insert, .integer(1)) },
                { _ = try $0.run(Self.insert, .integer(4)) },
            ])
        // PostgreSQL runs them side by side: there either of the two may be the second.
        let second = backend == .sqlite || ends[2] != nil ? 2 : 0
        #expect(ends[2 - second] == nil && ends[3] == nil)
        #expect(ends[1] is Refusal)
        #expect((ends[second] as? StoreFault)?.kind == .constraint)
        let ids = try await temporary.store.read { try $0.all(Self.select) { $0.integer(0) } }
        #expect(ids == [1, 4])
    }

    @Test func sharesOneTransaction() async throws {
        let temporary = try TemporaryStore()
        let seen = Mutex(0)
        // A reader that looks between the jobs of a group sees none of them.
        let ends = try await group(
            temporary.store,
            [
                { _ = try $0.run(Self.insert, .integer(1)) },
                { tx in
                    let count = try tx.all(Self.select) { $0.integer(0) }.count
                    let visible = try Self.countOutside(temporary.path)
                    seen.withLock { $0 = count * 10 + visible }
                },
            ])
        #expect(ends.allSatisfy { $0 == nil })
        #expect(seen.withLock { $0 } == 10)
    }

    /// What another connection sees now.
    private static func countOutside(_ path: String) throws -> Int {
        let reader = try Connection(path: path, mode: .reader)
        let row = try reader.statement("SELECT count(*) FROM t").next()
        return Int(row?.integer(0) ?? -1)
    }

    @Test func refusesWhatIsOverTheLimit() async throws {
        var options = SQLiteOptions()
        options.queueJobsMax = 2
        let temporary = try TemporaryStore(options: options)
        let ends = try await group(
            temporary.store,
            (1...3).map { id in { _ = try $0.run(Self.insert, .integer(Int64(id))) } })
        #expect(ends[0] == nil && ends[1] == nil)
        #expect((ends[2] as? StoreFault)?.kind == .overloaded)
    }

    @Test func finishesWhatWaitsBeforeItCloses() async throws {
        let temporary = try TemporaryStore()
        let store = temporary.store
        try await store.write { try $0.execute(Self.table) }
        let done = Mutex(0)
        for id in 0..<500 {
            store.write {
                _ = try $0.run(Self.insert, .integer(Int64(id)))
            } done: { _ in
                done.withLock { $0 += 1 }
            }
        }
        await store.close()
        #expect(done.withLock { $0 } == 500)
        let fault = await #expect(throws: StoreFault.self) { try await store.write { _ in } }
        #expect(fault?.kind == .closed)
        let again = try Store.sqlite(path: temporary.path)
        #expect(try await again.read { try $0.all(Self.select) { $0.integer(0) }.count } == 500)
    }
}

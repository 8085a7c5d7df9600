import Store
import Synchronization
import TestSupport
import Testing

/// Goal: a transaction that others or an accident ended is begun anew, and one of which nobody knows the
/// end is not. Method: real deadlocks, connections killed from within and without.
@Suite struct PostgresTransactionTests {
    private let temporary: TemporaryStore
    private var store: Store { temporary.store }
    private static let count = SQL("SELECT count(*) FROM t")
    private static let insert = SQL("INSERT INTO t (a, b) VALUES ($1, 0)")
    private static let update = SQL("UPDATE t SET b = b + 1 WHERE a = $1")

    init() throws { temporary = try Backend.postgres.makeStore() }

    private func makeTable() async throws {
        try await store.write { tx in
            try tx.execute(
                SQL(
                    "CREATE TABLE t (a BIGINT PRIMARY KEY, b BIGINT); INSERT INTO t VALUES (1, 0), (2, 0)"
                ))
        }
    }

    private func rows() async throws -> Int64? {
        try await store.read { try $0.first(Self.count) { $0.integer(0) } }
    }

    /// Each takes one row and then wants the other's.
    @Test func twoThatWaitForEachOtherBothEndWell() async throws {
        try await makeTable()
        let (first, second) = (Latch(), Latch())
        let runs = Runs()
        async let one: Void = store.write { tx in
            runs.count()
            _ = try tx.run(Self.update, .integer(1))
            first.open()
            second.wait()
            _ = try tx.run(Self.update, .integer(2))
        }
        async let other: Void = store.write { tx in
            runs.count()
            _ = try tx.run(Self.update, .integer(2))
            second.open()
            first.wait()
            _ = try tx.run(Self.update, .integer(1))
        }
        _ = try await (one, other)
        let sums = try await store.read {
            try $0.all(SQL("SELECT b FROM t ORDER BY a")) { $0.integer(0) }
        }
        #expect(sums == [2, 2])
        #expect(runs.number == 3)
    }

    @Test(arguments: [2, 9]) func aConflictIsTriedAgainAtMostFiveTimes(conflicts: Int) async throws
    {
        try await makeTable()
        let runs = Runs()
        let end = await Result {
            try await store.write { tx in
                let run = runs.count()
                _ = try tx.run(Self.insert, .integer(9))
                if run <= conflicts { try tx.execute(Self.conflict) }
            }
        }
        #expect(runs.number == min(conflicts + 1, 5))
        #expect((end.failure as? StoreFault)?.kind == (conflicts < 5 ? nil : .busy))
        #expect(try await rows() == (conflicts < 5 ? 3 : 2))
    }

    private static let conflict = SQL(
        "DO $$ BEGIN RAISE 'in the way' USING ERRCODE = '40001'; END $$")

    @Test func aConnectionLostBeforeTheCommitIsMadeAnew() async throws {
        try await makeTable()
        let database = try #require(temporary.database)
        let runs = Runs()
        try await store.write { tx in
            let run = runs.count()
            _ = try tx.run(Self.insert, .integer(9))
            if run == 1 { try database.disconnectAll() }
            _ = try tx.run(Self.update, .integer(9))
        }
        #expect(runs.number == 2)
        #expect(try await rows() == 3)
    }

    /// The commit was asked for: whether it came about, the client cannot know.
    @Test func aConnectionLostDuringTheCommitIsToldAndNotTriedAgain() async throws {
        try await makeTable()
        try await store.write { try $0.execute(Self.lethalCommit) }
        let runs = Runs()
        let fault = await #expect(throws: StoreFault.self) {
            try await store.write { tx in
                runs.count()
                _ = try tx.run(Self.insert, .integer(9))
            }
        }
        #expect(fault?.kind == .unreachable && runs.number == 1)
        #expect(try await rows() == 2)
    }

    private static let lethalCommit = SQL(
        """
        CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER lethal AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION die()
        """)

    /// On the server the transaction is over; to go on as if it were not would lose what came before.
    @Test func aBodyThatSwallowsAFailureKeepsNothing() async throws {
        try await makeTable()
        let fault = await #expect(throws: StoreFault.self) {
            try await store.write { tx in
                _ = try tx.run(Self.insert, .integer(9))
                _ = try? tx.run(Self.insert, .integer(1))
            }
        }
        #expect(fault?.kind == .constraint)
        #expect(try await rows() == 2)
    }

    @Test func whatABodyRefusesIsUndoneAndNotTriedAgain() async throws {
        struct Refusal: Error {}
        try await makeTable()
        let runs = Runs()
        await #expect(throws: Refusal.self) {
            try await store.write { tx in
                runs.count()
                _ = try tx.run(Self.insert, .integer(9))
                throw Refusal()
            }
        }
        #expect(runs.number == 1)
        #expect(try await rows() == 2)
    }
}

/// How often a body ran.
private final class Runs: Sendable {
    private let state = Mutex(0)

    var number: Int { state.withLock { $0 } }

    @discardableResult func count() -> Int {
        state.withLock { number in
            number += 1
            return number
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }

    fileprivate var failure: (any Error)? {
        if case .failure(let error) = self { error } else { nil }
    }
}

import Store
import TestSupport
import Testing
import Time

/// Goal: a schema goes forward and back by whole steps, and never from or to the unknown.
/// Method: a line of two small migrations, altered in the ways a release could alter it.
@Suite struct MigratorTests {
    private static let first = Migration(
        1, "a table", up: SQL("CREATE TABLE t (a BIGINT); INSERT INTO t (a) VALUES (7)"),
        down: .script(SQL("DROP TABLE t")))
    private static let second = Migration(
        2, "a column", up: SQL("ALTER TABLE t ADD COLUMN b BIGINT"),
        down: .script(SQL("ALTER TABLE t DROP COLUMN b")))
    private static let broken = Migration(
        3, "nonsense", up: SQL("CREATE TABLE u (a BIGINT); INSERT INTO missing VALUES (1)"),
        down: .script(SQL("DROP TABLE u")))
    private static let oneWay = Migration(
        3, "merge", up: SQL("UPDATE t SET a = 0"), down: .refused("Restore the backup."))
    private static let now = Timestamp(microseconds: 1_767_225_600_000_000)

    private func read(_ store: Store, _ sql: SQL) async throws -> [Int64?] {
        try await store.read { try $0.all(sql) { $0.optionalInteger(0) } }
    }

    @Test(arguments: Backend.all) func appliesWhatIsMissingOnce(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let store = temporary.store
        let empty = try await Migrator([Self.first]).status(of: store)
        #expect(empty.version == 0 && empty.pending.map(\.number) == [1])
        #expect(try await Migrator([Self.first]).up(store, at: Self.now).map(\.number) == [1])
        let both = Migrator([Self.first, Self.second])
        #expect(try await both.up(store, at: Self.now).map(\.number) == [2])
        #expect(try await both.up(store, at: Self.now).isEmpty)
        let status = try await both.status(of: store)
        #expect(status.version == 2 && status.pending.isEmpty)
        #expect(status.applied[1].name == "a column" && status.applied[1].appliedAt == Self.now)
        #expect(try await read(store, SQL("SELECT b FROM t")) == [nil])
    }

    @Test(arguments: Backend.all) func goesBackByWholeSteps(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let store = temporary.store
        let migrator = Migrator([Self.first, Self.second])
        _ = try await migrator.up(store, at: Self.now)
        #expect(try await migrator.down(store, to: 1).map(\.number) == [2])
        #expect(try await read(store, SQL("SELECT a FROM t")) == [7])
        #expect(try await migrator.down(store, to: 0).map(\.number) == [1])
        #expect(try await migrator.status(of: store).version == 0)
        #expect(try await migrator.up(store, at: Self.now).map(\.number) == [1, 2])
    }

    @Test(arguments: Backend.all) func refusesToLoseData(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let store = temporary.store
        let migrator = Migrator([Self.first, Self.second, Self.oneWay])
        _ = try await migrator.up(store, at: Self.now)
        let refusal = MigrationRefusal.noWayBack(number: 3, reason: "Restore the backup.")
        await #expect(throws: refusal) { _ = try await migrator.down(store, to: 1) }
        #expect(try await migrator.status(of: store).version == 3)
    }

    @Test(arguments: Backend.all) func undoesAMigrationThatFails(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let store = temporary.store
        let migrator = Migrator([Self.first, Self.second, Self.broken])
        await #expect(throws: StoreFault.self) { _ = try await migrator.up(store, at: Self.now) }
        #expect(try await migrator.status(of: store).version == 2)
        await #expect(throws: StoreFault.self) { try await read(store, SQL("SELECT a FROM u")) }
    }

    @Test(arguments: Backend.all) func refusesWhatWasAltered(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let store = temporary.store
        _ = try await Migrator([Self.first]).up(store, at: Self.now)
        let altered = Migration(
            1, "a table", up: SQL("CREATE TABLE t (a BIGINT); INSERT INTO t (a) VALUES (8)"),
            down: .script(SQL("DROP TABLE t")))
        await #expect(throws: MigrationRefusal.altered(number: 1)) {
            _ = try await Migrator([altered, Self.second]).up(store, at: Self.now)
        }
        #expect(try await Migrator([Self.first]).status(of: store).version == 1)
    }

    @Test(arguments: Backend.all) func refusesTheFuture(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let store = temporary.store
        _ = try await Migrator([Self.first, Self.second]).up(store, at: Self.now)
        await #expect(throws: MigrationRefusal.fromTheFuture(number: 2, newestKnown: 1)) {
            _ = try await Migrator([Self.first]).status(of: store)
        }
    }

    @Test(arguments: Backend.all) func refusesALineWithAHole(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let store = temporary.store
        _ = try await Migrator([Self.first, Self.second]).up(store, at: Self.now)
        try await store.write { tx in
            _ = try tx.run(SQL("DELETE FROM schema_migration WHERE number = 1"))
        }
        await #expect(throws: MigrationRefusal.incomplete(missing: 1)) {
            _ = try await Migrator([Self.first, Self.second]).status(of: store)
        }
    }

    @Test(arguments: Backend.all) func leavesNothingOfADryRun(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let store = temporary.store
        let migrator = Migrator([Self.first, Self.second])
        #expect(try await migrator.dryRun(store, at: Self.now).map(\.number) == [1, 2])
        #expect(try await migrator.status(of: store).pending.count == 2)
        let broken = Migrator([Self.first, Self.second, Self.broken])
        await #expect(throws: StoreFault.self) { _ = try await broken.dryRun(store, at: Self.now) }
    }

    @Test func digestsEveryText() {
        let digests = Set([Self.first, Self.second, Self.broken, Self.oneWay].map(\.digest))
        #expect(digests.count == 4)
        #expect(
            Self.first.digest == "999b18cab40f60e750d796ce87e69d25e806b90bd01b9548920d8e492c358741")
    }
}

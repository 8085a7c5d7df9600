import Schema
import Store
import TestSupport
import Testing
import Time

/// Goal: the line of migrations stays as it was released, and applies to every database.
@Suite struct MigrationTests {
    private static let now = Timestamp(microseconds: 1_767_225_600_000_000)

    /// A released migration is never altered: databases out there remember its digest.
    private static let released: [String] = []

    @Test func keepsReleasedDigests() {
        #expect(Schema.migrations.map(\.digest).starts(with: Self.released))
    }

    @Test(arguments: Backend.all) func appliesToAnEmptyDatabase(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let applied = try await Schema.migrator.up(temporary.store, at: Self.now)
        #expect(applied.count == Schema.migrations.count)
        #expect(try await Schema.migrator.status(of: temporary.store).pending.isEmpty)
        #expect(try await temporary.store.check(isDeep: true) == [])
    }

    @Test(arguments: Backend.all) func refusesToDropEvents(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        _ = try await Schema.migrator.up(temporary.store, at: Self.now)
        await #expect(throws: MigrationRefusal.self) {
            _ = try await Schema.migrator.down(temporary.store, to: 0)
        }
    }
}

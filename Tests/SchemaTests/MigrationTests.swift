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
        guard backend == .sqlite else { return }
        #expect(try await temporary.store.check(isDeep: true) == [])
    }

    @Test(arguments: Backend.all) func refusesToDropEvents(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        _ = try await Schema.migrator.up(temporary.store, at: Self.now)
        await #expect(throws: MigrationRefusal.self) {
            _ = try await Schema.migrator.down(temporary.store, to: 0)
        }
    }

    @Test(arguments: Backend.all)
    func keepsSecretsWhileTheirTableIsRebuilt(_ backend: Backend) async throws {
        let temporary = try backend.makeStore()
        let before = Migrator(Array(Schema.migrations.prefix(13)))
        _ = try await before.up(temporary.store, at: Self.now)
        try await temporary.store.write { transaction in
            for (statement, value) in Self.twoSecrets { try transaction.run(statement, value) }
        }
        _ = try await Schema.migrator.up(temporary.store, at: Self.now)
        let kept = try await temporary.store.read { transaction in
            try transaction.all(Self.kept) { row in "\(row.text(0)) \(row.integer(1))" }
        }
        #expect(kept == ["shopify 0", "woocommerce 1"])
    }

    private static let id = SQLValue.bytes(Array(repeating: 0, count: 16))
    private static let sealed = SQLValue.bytes(Array(repeating: 0, count: 9))

    private static let twoSecrets = [
        (SQL("INSERT INTO organization (number, id, created_at_us) VALUES (1, $1, 1)"), id),
        (
            SQL(
                """
                INSERT INTO site (number, organization, id, created_at_us) VALUES (1, 1, $1, 1)
                """), id
        ),
        (
            SQL(
                """
                INSERT INTO site_secret
                    (organization, site, platform, place, sealed, created_at_us)
                VALUES (1, 1, 'shopify', 0, $1, 1), (1, 1, 'woocommerce', 1, $1, 1)
                """), sealed
        ),
    ]
    private static let kept = SQL(
        "SELECT use, place FROM site_secret WHERE length(sealed) = 9 ORDER BY use")
}

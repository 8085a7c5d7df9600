package import Store
import Synchronization
import Testing
import Time

/// The databases that a contract must hold on: `@Test(arguments: Backend.all)`.
package enum Backend: Sendable, CustomTestStringConvertible {
    case sqlite, postgres

    /// Every backend that this machine can run.
    package static let all: [Backend] = [.sqlite, .postgres]

    /// What a failing test names.
    package var testDescription: String {
        switch self {
        case .sqlite: "SQLite"
        case .postgres: "PostgreSQL"
        }
    }

    /// An empty store of this kind.
    /// - Parameter root: where SQLite's directory is made.
    package func makeStore(in root: String? = nil) throws -> TemporaryStore {
        switch self {
        case .sqlite: try TemporaryStore(in: root)
        case .postgres: try TemporaryStore(TestPostgres.makeDatabase())
        }
    }

    /// A store with a schema: a copy of one that was migrated once for the whole process.
    /// - Parameter migrator: the same one with every call.
    /// - Parameter root: where SQLite's directory is made.
    package func makeStore(
        migrated migrator: Migrator, in root: String? = nil
    ) async throws -> TemporaryStore {
        try await Self.migrated(by: migrator).value(self).makeStore(in: root)
    }

    private static let templates = Mutex<MadeOnce<StoreTemplate>?>(nil)

    private static func migrated(by migrator: Migrator) -> MadeOnce<StoreTemplate> {
        templates.withLock { templates in
            let known =
                templates
                ?? MadeOnce { backend in
                    let temporary = try backend.makeStore()
                    _ = try await migrator.up(temporary.store, at: Timestamp(microseconds: 0))
                    return try await StoreTemplate(of: temporary)
                }
            templates = known
            return known
        }
    }
}

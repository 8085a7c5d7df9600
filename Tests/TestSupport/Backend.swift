package import Store
import Testing

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
    package func makeStore() throws -> TemporaryStore {
        switch self {
        case .sqlite: try TemporaryStore()
        case .postgres: try TemporaryStore(TestPostgres.makeDatabase())
        }
    }

    /// A store with a schema: a copy of one that was migrated once for the whole process.
    /// - Parameter migrator: the same one with every call.
    package func makeStore(migrated migrator: Migrator) async throws -> TemporaryStore {
        switch self {
        case .sqlite:
            let template = try await Self.sqliteTemplate.made {
                try await SQLiteTemplate(migrator)
            }
            return try template.makeStore()
        case .postgres:
            let template = try await Self.postgresTemplate.made {
                try await TestPostgres.makeTemplate(migrator)
            }
            return try TemporaryStore(TestPostgres.makeDatabase(copyOf: template.name))
        }
    }

    private static let sqliteTemplate = MigratedTemplate<SQLiteTemplate>()
    private static let postgresTemplate = MigratedTemplate<TestPostgres.Database>()
}

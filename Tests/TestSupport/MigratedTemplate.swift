import Foundation
import Store
import Synchronization
import Time

/// A store that was migrated once, for copies: the first who asks makes it, all others wait for it.
final class MigratedTemplate<Template: Sendable>: Sendable {
    private let making = Mutex<Task<Template, any Error>?>(nil)

    func made(_ make: @escaping @Sendable () async throws -> Template) async throws -> Template {
        let task = making.withLock { making in
            let task = making ?? Task { try await make() }
            making = task
            return task
        }
        return try await task.value
    }
}

/// A copy of a migrated SQLite store.
final class SQLiteTemplate: Sendable {
    private let file: Data

    init(_ migrator: Migrator) async throws {
        let temporary = try TemporaryStore()
        _ = try await migrator.up(temporary.store, at: Timestamp(microseconds: 0))
        let copy = temporary.directory.file("copy.db")
        try await temporary.store.backup(to: copy)
        file = try Data(contentsOf: URL(filePath: copy))
    }

    func makeStore() throws -> TemporaryStore {
        let directory = try TemporaryDirectory()
        try file.write(to: URL(filePath: directory.file("convey.db")))
        return try TemporaryStore(directory: directory)
    }
}

extension TestPostgres {
    /// A migrated database that nobody is connected to.
    static func makeTemplate(_ migrator: Migrator) async throws -> Database {
        let database = try makeDatabase()
        let store = try Store.postgres(url: database.url, options: options)
        _ = try await migrator.up(store, at: Timestamp(microseconds: 0))
        await store.close()
        return database
    }
}

import Foundation
import Store
import Synchronization
import Time

/// A store as it was at one moment, for any number of copies: what many tests begin with, or a backup.
package final class StoreTemplate: Sendable {
    private enum Copy {
        case file(Data)
        case database(TestPostgres.Database)
    }

    private let copy: Copy

    /// Copies a store at rest. A PostgreSQL store loses its connections and makes new ones.
    /// - Parameter root: where SQLite's copy lies for a moment.
    package init(of temporary: TemporaryStore, in root: String? = nil) async throws {
        if let database = temporary.database {
            try database.disconnectAll()
            copy = .database(try TestPostgres.makeDatabase(copyOf: database.name))
        } else {
            let directory = try root.map(TemporaryDirectory.init(in:)) ?? TemporaryDirectory()
            try await temporary.store.backup(to: directory.file("copy.db"))
            copy = .file(try Data(contentsOf: URL(filePath: directory.file("copy.db"))))
        }
    }

    /// Makes a store that is a copy.
    /// - Parameter root: where SQLite's directory is made.
    package func makeStore(in root: String? = nil) throws -> TemporaryStore {
        switch copy {
        case .database(let database):
            return try TemporaryStore(TestPostgres.makeDatabase(copyOf: database.name))
        case .file(let bytes):
            let directory = try root.map(TemporaryDirectory.init(in:)) ?? TemporaryDirectory()
            try bytes.write(to: URL(filePath: directory.file("convey.db")))
            return try TemporaryStore(directory: directory)
        }
    }
}

/// Something that a process makes once for each database: the first who asks makes it, all others wait.
package final class MadeOnce<Value: Sendable>: Sendable {
    private let making = Mutex<[Backend: Task<Value, any Error>]>([:])
    private let make: @Sendable (Backend) async throws -> Value

    /// - Parameter make: called once for each database at most.
    package init(_ make: @escaping @Sendable (Backend) async throws -> Value) { self.make = make }

    /// What was made, or the reason why not.
    package func value(_ backend: Backend) async throws -> Value {
        let task = making.withLock { making in
            let task = making[backend] ?? Task { [make] in try await make(backend) }
            making[backend] = task
            return task
        }
        return try await task.value
    }
}

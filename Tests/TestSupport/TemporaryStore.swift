package import Store

/// An empty store for one test, gone with the last reference.
package final class TemporaryStore: Sendable {
    /// Where its files are; empty with PostgreSQL.
    package let directory: TemporaryDirectory
    /// The store itself, open.
    package let store: Store
    /// The database, where it is PostgreSQL's.
    package let database: TestPostgres.Database?

    /// The SQLite file.
    package var path: String {
        precondition(store.kind == .sqlite, "Only SQLite has a file.")
        return Self.path(in: directory)
    }

    private static func path(in directory: TemporaryDirectory) -> String {
        directory.file("convey.db")
    }

    /// Opens the SQLite store of a directory, empty or used before.
    package init(directory: TemporaryDirectory) throws {
        self.directory = directory
        database = nil
        store = try Store.sqlite(path: Self.path(in: directory))
    }

    /// Opens another's files or database once more, as a daemon does after a restart.
    package convenience init(again other: TemporaryStore) throws {
        if let database = other.database {
            try self.init(database)
        } else {
            try self.init(directory: other.directory)
        }
    }

    /// Makes an empty SQLite store.
    /// - Parameter root: where the directory is made.
    package init(
        in root: String? = nil, options: SQLiteOptions = SQLiteOptions()
    ) throws {
        directory = try root.map(TemporaryDirectory.init(in:)) ?? TemporaryDirectory()
        database = nil
        store = try Store.sqlite(path: Self.path(in: directory), options: options)
    }

    /// The same database, with a witness of all its statements.
    package init(
        _ other: TemporaryStore, witness: @escaping @Sendable (WitnessedStatement) -> Void
    ) {
        (directory, database) = (other.directory, other.database)
        store = other.store.witnessed(by: witness)
    }

    /// Opens a PostgreSQL store.
    package init(
        _ database: TestPostgres.Database, options: PostgresOptions = TestPostgres.options
    ) throws {
        directory = try TemporaryDirectory()
        self.database = database
        store = try Store.postgres(url: database.url, options: options)
    }
}

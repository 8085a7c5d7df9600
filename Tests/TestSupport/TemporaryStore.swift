package import Store
import Testing

/// The databases that a contract must hold on: `@Test(arguments: Backend.all)`.
package enum Backend: Sendable, CustomTestStringConvertible {
    case sqlite

    /// Every backend that this machine can run.
    package static let all: [Backend] = [.sqlite]

    /// What a failing test names.
    package var testDescription: String {
        switch self {
        case .sqlite: "SQLite"
        }
    }

    /// An empty store of this kind.
    package func makeStore() throws -> TemporaryStore {
        switch self {
        case .sqlite: try TemporaryStore()
        }
    }
}

/// An empty store for one test, gone with the last reference.
package final class TemporaryStore: Sendable {
    /// Where its files are.
    package let directory: TemporaryDirectory
    /// The SQLite file.
    package let path: String
    /// The store itself, open.
    package let store: Store

    /// Opens the store of a directory, empty or used before.
    package init(directory: TemporaryDirectory) throws {
        self.directory = directory
        path = directory.file("convey.db")
        store = try Store.sqlite(path: path)
    }

    /// - Parameter root: where the directory is made.
    package init(
        in root: String? = nil, options: SQLiteOptions = SQLiteOptions()
    ) throws {
        directory = try root.map(TemporaryDirectory.init(in:)) ?? TemporaryDirectory()
        path = directory.file("convey.db")
        store = try Store.sqlite(path: path, options: options)
    }
}

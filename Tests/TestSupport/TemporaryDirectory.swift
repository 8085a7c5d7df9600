import Foundation

/// A directory of its own for one test, removed when the last reference is gone.
package final class TemporaryDirectory: Sendable {
    /// Its absolute path, without a slash at the end.
    package let path: String
    private let isOwner: Bool

    /// Takes a directory that another process made and will remove.
    package init(existing path: String) {
        self.path = path
        isOwner = false
    }

    /// - Parameter root: where it is made; a test that needs a full or slow disk names another.
    package init(in root: String = NSTemporaryDirectory()) throws {
        isOwner = true
        path = (root as NSString).appendingPathComponent("convey-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// A database that is still closing takes files away meanwhile: then once more.
    deinit {
        guard isOwner else { return }
        for _ in 0..<10 where FileManager.default.fileExists(atPath: path) {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// The path of a file in it.
    package func file(_ name: String) -> String { path + "/" + name }
}

import Child
import Foundation

/// Small C libraries that a program is started with (`LD_PRELOAD`), to stand between it and its
/// machine. Compiled when first needed; one file a version of the source serves all test runs.
enum Preload {
    /// - Parameter name: of the file in `Preloaded`, without `.c`.
    /// - Returns: the path of the library.
    static func library(_ name: String) throws -> String {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Preloaded/\(name).c")
        let version = try Data(contentsOf: source).reduce(into: UInt64(14_695_981_039_346_656_037))
        {
            $0 = ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        let target = NSTemporaryDirectory() + "/convey-\(name)-\(version).so"
        guard !FileManager.default.fileExists(atPath: target) else { return target }
        let directory = try TemporaryDirectory()
        let own = directory.file(name)
        let outcome = try Program.runBlocking(
            "/usr/bin/env",
            ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-o", own, source.path, "-ldl"],
            scratch: directory.file("compiler"))
        guard outcome.status == 0 else { throw CompilerFailure(words: outcome.errors) }
        guard unsafe rename(own, target) == 0 else { throw CocoaError(.fileWriteUnknown) }
        return target
    }

    private struct CompilerFailure: Error { let words: String }
}

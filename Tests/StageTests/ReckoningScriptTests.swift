import Child
import Foundation
import TestSupport
import Testing

/// Goal: the script that reckons conversions again is itself right where a person can say so. Method:
/// its own tests, in Python.
@Suite struct ReckoningScriptTests {
    @Test func agreesWithWhatAPersonSays() async throws {
        let folder = try TemporaryDirectory()
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Independent/reckoning_tests.py").standardized.path
        let program = try Program.start(
            "/usr/bin/env", ["python3", script], log: folder.file("log"))
        let status = await program.ended()
        let log = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
        #expect(status == 0, "\(log)")
        #expect(log.contains("Ran 16 tests"))
    }
}

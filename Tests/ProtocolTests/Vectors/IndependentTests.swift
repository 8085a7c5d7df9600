import Child
import Foundation
import TestSupport
import Testing

/// Goal: programs that are not ours agree with vectors and schemas. Method: a Python program on PyPI's
/// cryptography, jsonschema and zstandard computes all of them again.
@Suite struct IndependentTests {
    @Test func agreesWithAnotherImplementation() async throws {
        let python = VectorFolder.root.appending(path: ".venv/bin/python").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python),
            "`make setup` installs what this test needs into .venv")
        let folder = try TemporaryDirectory()
        let script = VectorFolder.root.appending(path: "Tests/Independent/protocol_vectors.py").path
        let program = try Program.start(
            python, [script, VectorFolder.root.appending(path: "protocol").path],
            log: folder.file("log"))
        let status = await program.ended()
        let log = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
        #expect(status == 0, "\(log)")
    }
}

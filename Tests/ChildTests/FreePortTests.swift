import Child
import Foundation
import Testing

/// Goal: ports for programs are free and below those of outgoing connections. Method: pick many, and
/// keep one taken.
@Suite struct FreePortTests {
    @Test func picksDifferentPortsBelowTheEphemeralRange() throws {
        let ports = try (0..<100).map { _ in try FreePort.pick() }
        #expect(Set(ports).count == 100)
        #expect(ports.allSatisfy { (20_000..<32_000).contains($0) })
    }
}

/// Goal: a command's end and words are told. Method: the shell.
@Suite struct ProgramTests {
    private let scratch = NSTemporaryDirectory() + "convey-child-\(UUID().uuidString)"

    private func remove() {
        for end in [".out", ".err"] { try? FileManager.default.removeItem(atPath: scratch + end) }
    }

    @Test func tellsStatusOutputAndErrors() async throws {
        defer { remove() }
        let outcome = try await Program.run(
            "/bin/sh", ["-c", "echo $WORD; echo bad >&2; exit 3"], environment: ["WORD": "good"],
            scratch: scratch)
        #expect(outcome.status == 3)
        #expect(outcome.output == "good\n")
        #expect(outcome.errors == "bad\n")
    }

    @Test func tellsTheSignalThatEndedIt() throws {
        defer { remove() }
        #expect(
            try Program.runBlocking("/bin/sh", ["-c", "kill -9 $$"], scratch: scratch).status == 137
        )
    }

    @Test func aMissingProgramIsAFault() {
        defer { remove() }
        #expect(throws: Program.Fault.self) {
            try Program.runBlocking("/nowhere/program", [], scratch: scratch)
        }
    }
}

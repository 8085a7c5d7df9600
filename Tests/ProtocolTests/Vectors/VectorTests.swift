import Foundation
import Testing

/// Goal: the published vectors are what this code makes. Method: make each file anew and compare; with
/// CONVEY_WRITE_VECTORS=1 the files are written instead, and the change shows in the diff.
@Suite struct VectorTests {
    private static let files: [String] = [
        "valid/keys.json", "valid/chains.json", "valid/batches.json", "valid/exchanges.json",
        "valid/events.json", "valid/enrolment.json", "valid/settings.json",
        "valid/key-statements.json", "invalid/key-statements.json",
        "invalid/batches.json", "invalid/requests.json", "invalid/answers.json",
        "invalid/events.json", "invalid/receipts.json",
    ]

    private static func make(_ path: String) throws -> String {
        switch path {
        case "valid/keys.json": try vectorText(VectorEnrolment.keys())
        case "valid/chains.json": try vectorText(VectorBatches.chains())
        case "valid/batches.json": try vectorText(VectorBatches.batches())
        case "valid/exchanges.json": try vectorText(VectorExchanges.all())
        case "valid/events.json": try vectorText(VectorEvents.written())
        case "valid/enrolment.json": try vectorText(VectorEnrolment.enrolment())
        case "valid/settings.json": try vectorText(VectorEnrolment.settingsVector())
        case "valid/key-statements.json": try vectorText(VectorKeyStatements.valid())
        case "invalid/key-statements.json": try vectorText(VectorKeyStatements.invalid())
        case "invalid/batches.json": try vectorText(VectorBrokenBatches.all())
        case "invalid/requests.json": try vectorText(VectorRefusals.requests())
        case "invalid/answers.json": try vectorText(VectorRefusals.answers())
        case "invalid/events.json": try vectorText(VectorEvents.rejected())
        case "invalid/receipts.json": try vectorText(VectorRefusals.receipts())
        default: throw CocoaError(.fileNoSuchFile)
        }
    }

    @Test(arguments: files) func isMadeAgainTheSame(_ path: String) throws {
        let made = try Self.make(path)
        if ProcessInfo.processInfo.environment["CONVEY_WRITE_VECTORS"] == "1" {
            let file = VectorFolder.vectors.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try VectorBatches.compressed().write(
                to: VectorFolder.vectors.appending(path: "valid/batch.zst"))
            try VectorBatches.coded().write(
                to: VectorFolder.vectors.appending(path: "valid/batch.dcz"))
            try made.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(decoding: VectorFolder.read(path), as: UTF8.self) == made)
    }

    @Test func noFileLiesBesideThem() throws {
        let known = Set(Self.files + ["valid/batch.zst", "valid/batch.dcz", "README.md"])
        let found = try FileManager.default.subpathsOfDirectory(
            atPath: VectorFolder.vectors.path
        ).filter { $0.contains(".") }
        #expect(Set(found) == known)
    }
}

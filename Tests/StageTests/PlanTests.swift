import Foundation
import HTTP
import Stage
import TestSupport
import Testing

/// Goal: a stage runs its aggregator on the database that was asked for, and further processes beside
/// it share what they must and nothing else. Method: read the files that it writes.
@Suite struct PlanTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func namesNoDatabaseUnlessAsked() throws {
        let folder = try TemporaryDirectory()
        let stage = try Stage::Stage(folder: folder.path, programs: "")
        #expect(!(try Self.text(stage.configuration)).contains("database:"))
    }

    @Test func namesTheDatabaseThatWasAskedFor() throws {
        let folder = try TemporaryDirectory()
        let stage = try Stage::Stage(
            folder: folder.path, programs: "", database: .postgres(url: "postgres://a/b"))
        #expect(try Self.text(stage.configuration).contains("database:\n  url: \"postgres://a/b\""))
    }

    @Test func aFurtherProcessSharesTheSealingKeyAlone() throws {
        let folder = try TemporaryDirectory()
        let stage = try Stage::Stage(
            folder: folder.path, programs: "", database: .postgres(url: "postgres://a/b"))
        #expect(throws: (any Error).self) { try stage.beside(2) }
        let key = Data(repeating: 7, count: 32)
        try FileManager.default.createDirectory(
            atPath: stage.path("aggregator"), withIntermediateDirectories: true)
        try key.write(to: URL(filePath: stage.path("aggregator/sealing.key")))
        let second = try stage.beside(2)
        #expect(
            try Data(contentsOf: URL(filePath: stage.path("aggregator-2/sealing.key"))) == key)
        #expect(second.aggregator.url != stage.aggregator.url)
        let text = try Self.text(second.configuration)
        #expect(text.contains("data_directory: \(stage.path("aggregator-2"))"))
        #expect(text.contains(second.aggregator.authority) && text.contains("postgres://a/b"))
    }
}

import Child
import Daemon
import Foundation
import HTTP
import Testing

/// Goal: the running program serves a document that others can read. Method: PyPI's
/// openapi-spec-validator reads what a real collector serves.
@Suite struct OpenAPIDocumentTests {
    private let directory = NSTemporaryDirectory() + "convey-openapi-\(UUID().uuidString)"

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardized

    @Test func othersCanReadIt() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let python = Self.root.appending(path: ".venv/bin/python").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python),
            "`make setup` installs what this test needs into .venv")
        try BoundedFile.makeDirectory(directory)
        let file = directory + "/openapi.json"
        try Data(try await document()).write(to: URL(filePath: file))
        let script = Self.root.appending(path: "Tests/Independent/openapi.py").path
        let log = directory + "/findings"
        let program = try Program.start(python, [script, file], log: log)
        let status = await program.ended()
        let findings = try String(contentsOfFile: log, encoding: .utf8)
        #expect(status == 0, "\(findings)")
    }

    /// What a collector serves that nobody has enrolled: the document needs no settings.
    private func document() async throws -> [UInt8] {
        let port = try FreePort.pick()
        let collector = try Program.start(
            URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
                .appending(path: "convey-collector").path, ["run"],
            environment: [
                "CONVEY_COLLECTOR_DATA_DIRECTORY": directory + "/data",
                "CONVEY_COLLECTOR_LISTEN_PLAIN": "127.0.0.1:\(port)",
            ], log: directory + "/log")
        try await collector.ready()
        let client = Client(Client.Settings(totalTimeout: .seconds(20)))
        let response = try await client.send(
            ClientRequest(
                .get, try #require(Origin("http://127.0.0.1:\(port)")), "/openapi.json"))
        #expect(response.status == 200)
        #expect(response.headers["Content-Type"] == "application/json")
        let text = String(decoding: response.body, as: UTF8.self)
        for path in ["/openapi.json", "/healthz", "/metrics", "/readyz", "/v1/events"] {
            #expect(text.contains(#""\#(path)":{"#), "\(path)")
        }
        #expect(await collector.stop() == 0)
        return response.body
    }
}

import Child
import Daemon
import Foundation
import Testing

/// Goal: commands that change the buffer go to the running collector, or take its lock; two never
/// write at once. Method: the real program, running and stopped.
@Suite struct BufferOrderTests {
    private let directory = NSTemporaryDirectory() + "convey-orders-\(UUID().uuidString)"

    private var environment: [String: String] {
        [
            "CONVEY_COLLECTOR_DATA_DIRECTORY": directory + "/data",
            "CONVEY_COLLECTOR_LISTEN_PLAIN": "127.0.0.1:0",
        ]
    }

    private var program: String {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "convey-collector").path
    }

    private func run(_ words: String...) async throws -> Program.Outcome {
        try BoundedFile.makeDirectory(directory)
        return try await Program.run(
            program, words, environment: environment,
            scratch: "\(directory)/out-\(UUID().uuidString)")
    }

    private func withCollector(_ body: () async throws -> Void) async throws {
        try BoundedFile.makeDirectory(directory)
        let collector = try Program.start(
            program, ["run"], environment: environment, log: directory + "/log")
        try await collector.ready()
        do {
            try await body()
        } catch {
            await collector.crash()
            throw error
        }
        #expect(await collector.stop() == 0)
    }

    @Test func withoutABufferThereIsNothingToDo() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try BoundedFile.makeDirectory(directory + "/data")
        for words in [["buffer", "verify"], ["buffer", "requeue"], ["buffer", "salvage"]] {
            #expect(try await run(words[0], words[1]).status == 66)
        }
    }

    @Test func theRunningCollectorCarriesOrdersOut() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await withCollector {
            let verified = try await run("buffer", "verify", "--json")
            #expect(verified.status == 0 && verified.output.contains(#""sound":true"#))
            let requeued = try await run("buffer", "requeue")
            #expect(requeued.status == 0 && requeued.output.contains("Nothing lies in quarantine."))
            let refused = try await run("buffer", "requeue", "--file", "x.ndjson.zst", "--json")
            #expect(refused.status == 65 && refused.output.contains(#""outcome":"refused""#))
            let own = try await run("buffer", "salvage")
            #expect(own.status == 69 && own.output.contains("Stop the collector first"))
            #expect(try await run("buffer", "salvage", "--file", "/nowhere").status == 1)
            #expect(try await run("buffer", "list", "--quarantine").status == 0)
        }
    }

    @Test func aStoppedOneIsMendedByTheCommand() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await withCollector {}
        let sound = try await run("buffer", "salvage")
        #expect(sound.status == 0 && sound.output.contains("It is sound"))
        let path = directory + "/data/buffer.db"
        let other = directory + "/other.db"
        try FileManager.default.copyItem(atPath: path, toPath: other)
        let saved = try await run("buffer", "salvage", "--file", other)
        #expect(saved.status == 0 && saved.output.contains("0 events were saved"))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seek(toOffset: 4096)
        try file.write(contentsOf: Data(repeating: 0x5A, count: 4096))
        try file.close()
        #expect(try await run("buffer", "verify").status == 65)
        let mended = try await run("buffer", "salvage")
        #expect(mended.status == 0, "\(mended.output)\(mended.errors)")
        #expect(try await run("buffer", "verify").status == 0)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/data")
        #expect(names.contains { $0.hasPrefix("buffer.db.damaged-") })
    }
}

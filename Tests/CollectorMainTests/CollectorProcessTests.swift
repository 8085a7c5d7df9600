import Child
import Daemon
import Foundation
import Glibc
import HTTP
import Testing

/// Goal: the real program starts, obeys signals and ends at once. Method: a process of its own, on a
/// free port, in a directory of its own.
@Suite struct CollectorProcessTests {
    private let directory = NSTemporaryDirectory() + "convey-collector-\(UUID().uuidString)"
    private var log: String { directory + "/log" }

    private func start(
        _ words: [String] = ["run"], listen: String? = "127.0.0.1:0"
    ) throws -> Program {
        try BoundedFile.makeDirectory(directory)
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "convey-collector").path
        var environment = ["CONVEY_COLLECTOR_DATA_DIRECTORY": directory + "/data"]
        environment["CONVEY_COLLECTOR_LISTEN_PLAIN"] = listen
        return try Program.start(program, words, environment: environment, log: log)
    }

    private func lines() throws -> [String] {
        try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func endsAtOnceWhenAsked() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let collector = try start()
        try await collector.ready()
        // Status 0 says that all services finished within the 1.8 s that they have.
        let began = ContinuousClock.now
        #expect(await collector.stop() == 0)
        #expect(ContinuousClock.now - began < .seconds(10), "room for a loaded machine")
        #expect(try lines().last?.contains("The collector stopped.") == true)
    }

    @Test func livesThroughReloadAndLevelSignals() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let collector = try start()
        try await collector.ready()
        for signal in [SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE] { collector.signal(signal) }
        #expect(await collector.stop() == 0)
        #expect(try lines().contains { $0.contains("Reloading.") })
        #expect(try lines().contains { $0.contains(#""level_now":"debug""#) })
    }

    /// Writes the configuration and lets a running collector read it again; returns when it has.
    private func reload(_ yaml: String) async throws {
        try yaml.write(toFile: directory + "/collector.yaml", atomically: true, encoding: .utf8)
        var settings = Client.Settings(totalTimeout: .seconds(20))
        settings.socketPath = directory + "/data/admin.sock"
        let request = ClientRequest(.post, try #require(Origin("http://collector")), "/reload")
        #expect(try await Client(settings).send(request).status == 204)
    }

    @Test func takesOverWhatHasChangedInItsFile() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try BoundedFile.makeDirectory(directory)
        try "{}".write(toFile: directory + "/collector.yaml", atomically: true, encoding: .utf8)
        let collector = try start(["run", "--config", directory + "/collector.yaml"])
        try await collector.ready()
        try await reload("log: {level: debug, requests: all}\nbuffer: {bytes_max: 64MiB}")
        try await reload("log: {level: loud, requests: off}\nlok: 1")
        try await reload("log: {level: debug}\nbuffer: {bytes_max: 64MiB}")
        #expect(await collector.stop() == 0)
        let lines = try lines()
        #expect(
            lines.contains {
                $0.contains("configuration was replaced") && $0.contains("log.level log.requests")
            })
        #expect(
            lines.contains {
                $0.contains("wait for a restart") && $0.contains("buffer.bytes_max")
            })
        // A file that is refused is named line by line, and nothing of it is taken over.
        #expect(lines.count { $0.contains("configuration was not replaced") } == 2)
        #expect(lines.contains { $0.contains("line 1: log.level must be one of") })
        #expect(!lines.contains { $0.contains("bytes_max") && $0.contains("was replaced") })
    }

    @Test func aFileThatIsRefusedLeavesAllAsItWas() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try BoundedFile.makeDirectory(directory)
        let port = try FreePort.pick()
        let door = "listen: {plain: ['127.0.0.1:\(port)']}\n"
        let file = directory + "/collector.yaml"
        try (door + "log: {requests: all}").write(toFile: file, atomically: true, encoding: .utf8)
        let collector = try start(["run", "--config", file], listen: nil)
        try await collector.ready()
        let ask = ClientRequest(
            .post, try #require(Origin("http://127.0.0.1:\(port)")), "/v1/events",
            body: Array("{}".utf8))
        let client = Client(Client.Settings(totalTimeout: .seconds(20)))
        try await reload(door + "log: {requests: never}")
        #expect(try await client.send(ask).status == 503)
        try await reload(door + "log: {requests: off}")
        #expect(try await client.send(ask).status == 503)
        #expect(await collector.stop() == 0)
        #expect(try lines().count { $0.contains(#""endpoint":"/v1/events""#) } == 1)
    }

    @Test func twoDoNotShareOneDirectory() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let first = try start()
        try await first.ready()
        let second = try start()
        #expect(await second.ended() == 1)
        #expect(try lines().contains { $0.contains("another process holds it") })
        #expect(await first.stop() == 0)
    }
}

import Child
import Daemon
import Foundation
import Glibc
import Testing

/// Goal: the real program starts, obeys signals and ends at once. Method: a process of its own, on a
/// free port, in a directory of its own.
@Suite struct CollectorProcessTests {
    private let directory = NSTemporaryDirectory() + "convey-collector-\(UUID().uuidString)"
    private var log: String { directory + "/log" }

    private func start(_ words: [String] = ["run"]) throws -> Program {
        try BoundedFile.makeDirectory(directory)
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "convey-collector").path
        return try Program.start(
            program, words,
            environment: [
                "CONVEY_COLLECTOR_DATA_DIRECTORY": directory + "/data",
                "CONVEY_COLLECTOR_LISTEN_PLAIN": "127.0.0.1:0",
            ], log: log)
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

import Child
import Daemon
import Doubles
import Foundation
import HTTP
import TestSupport
import Testing

/// Goal: what the double said yes to, it remembers, however it ends. Method: the real program, killed
/// while several callers send, started again, asked for its record.
@Suite struct KillTests {
    private let folder: TemporaryDirectory
    private let port: Int
    private let origin: Origin

    init() throws {
        folder = try TemporaryDirectory()
        port = try FreePort.pick()
        origin = try #require(Origin("http://127.0.0.1:\(port)"))
        let configuration = """
            listen:
              plain: ["127.0.0.1:\(port)"]
            record_file: \(folder.file("record"))
            """
        try Data(configuration.utf8).write(to: URL(filePath: folder.file("doubles.yaml")))
    }

    private static let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "convey-doubles").path

    private func start() async throws -> Program {
        let program = try Program.start(
            Self.program, ["serve", "--config", folder.file("doubles.yaml")],
            log: folder.file("log"))
        try await program.ready()
        return program
    }

    /// Sends one event after another until the program is gone.
    /// - Returns: ids of those that were accepted.
    private func send(from first: Int, killing program: Program, after count: Int) async throws
        -> [String]
    {
        let caller = Caller(origin: origin)
        let token = try await caller.token()
        var accepted: [String] = []
        for number in 0... {
            let id = "\(first)-\(number)"
            let event = Bodies.event(id, at: "2026-01-01T00:00:00Z")
            do {
                let answer = try await caller.post(
                    "/v1/events:ingest", Bodies.request([event]), token: token)
                if answer.status == 200 { accepted.append(id) }
            } catch is HTTPFault {
                return accepted
            }
            if number == count { program.signal(SIGKILL) }
        }
        return accepted
    }

    @Test func remembersAllThatItAccepted() async throws {
        var accepted: Set<String> = []
        for round in 0..<5 {
            let program = try await start()
            let new = try await withThrowingTaskGroup(of: [String].self) { group in
                for number in 0..<3 {
                    group.addTask {
                        try await send(
                            from: round * 10 + number, killing: program, after: 7 + 5 * number)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            accepted.formUnion(new)
            await program.crash()
        }
        // A line cut off in the middle, as a kill at another moment leaves it.
        let record = try FileHandle(forWritingTo: URL(filePath: folder.file("record")))
        try record.seekToEnd()
        try record.write(contentsOf: Data(#"{"id":"cut","at_us":1"#.utf8))
        try record.close()
        let program = try await start()
        let answer = try await Caller(origin: origin).get("/control/statistics")
        let events = try #require(Caller.member("events", of: answer) as? Int)
        #expect(accepted.count >= 5 * 8)
        #expect((accepted.count...accepted.count + 5 * 3).contains(events))
        let caller = Caller(origin: origin)
        _ = try await caller.requestID(Bodies.request([Bodies.event("last")]))
        await program.crash()
        let again = try await start()
        let after = try await caller.get("/control/statistics")
        #expect(try Caller.member("events", of: after) as? Int == events + 1)
        #expect(await again.stop() == 0)
    }

    @Test func printsTheCredentialThatItTakes() async throws {
        let outcome = try await Program.run(
            Self.program, ["credential"], scratch: folder.file("credential"))
        #expect(outcome.status == 0 && outcome.output == DoubleCredentials().file)
    }

    @Test func saysWhatIsWrongWithItsSettings() async throws {
        let behaviour = folder.file("behaviour.json")
        try Data(#"{"fautls":{}}"#.utf8).write(to: URL(filePath: behaviour))
        let outcome = try await Program.run(
            Self.program, ["serve", "--config", folder.file("doubles.yaml")],
            environment: ["CONVEY_DOUBLES_BEHAVIOUR_FILE": behaviour],
            scratch: folder.file("refused"))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("There is no setting of that name."))
    }
}

import Child
import Daemon
import Foundation
import Glibc
import Testing

@testable import CollectorMain
@testable import HTTP

/// Goal: who works on a page sees what it sends and why it is refused, and nothing that was sent steers
/// the terminal. Method: events and answers by hand, then the real program.
@Suite struct DevTests {
    private let plain = EventPrint(isColoured: false)

    private func text(_ event: String) -> String {
        plain.text(ofEvent: Array(event.utf8)[...], lane: "conversion")
    }

    @Test func showsAnEventLineByLine() {
        let shown = text(
            """
            {"id":"1","type":"purchase","source":"browser","received_at":"2026-01-01T10:20:30.123Z",\
            "value":{"amount":"1.50","currency":"EUR"},"items":[{"id":"a","quantity":2}],"bot":false}
            """)
        #expect(shown.hasPrefix("10:20:30.123  purchase  stored  as conversion, from browser\n"))
        for line in ["id ", "value.amount ", "value.currency ", "items[0].quantity ", "bot "] {
            #expect(shown.contains("\n  \(line)"), "\(line)")
        }
        #expect(shown.contains("1.50"))
    }

    @Test func nothingSentSteersTheTerminal() {
        let shown = text(#"{"type":"a\u001b[2J","data":{"\u009bx":"\u202egnp\u0007\n"}}"#)
        #expect(
            !shown.unicodeScalars.contains {
                "\u{1B}\u{9B}\u{202E}\u{7}".unicodeScalars.contains($0)
            })
        #expect(shown.split(separator: "\n").count == 2)
        let coloured = EventPrint(isColoured: true)
            .text(ofEvent: Array(#"{"type":"login"}"#.utf8)[...], lane: "pageview")
        #expect(coloured.contains("\u{1B}[1mlogin\u{1B}[0m"))
    }

    @Test func showsWhyARequestIsRefused() {
        let problem = Response.problem(
            Problem(
                400, "events_refused", "No event could be taken.",
                errors: [.init(pointer: "/type", code: "missing", message: "It is needed.")]))
        let shown = plain.text(
            ofAnswer: problem.body, problem.status, code: problem.code, at: "/v1/events")
        #expect(
            shown == """
                refused  /v1/events  400  events_refused
                  No event could be taken.
                  /type: missing: It is needed.
                """)
    }

    @Test func showsWhatIsRefusedOfManyAndNothingElse() {
        let show = { (body: String) in
            plain.text(ofAnswer: Array(body.utf8), 200, code: nil, at: "/v1/events")
        }
        let partly = show(
            """
            {"stored":1,"refused":1,"results":[{"index":0,"status":"stored"},{"index":1,\
            "status":"refused","code":"missing","pointer":"/type","message":"It is needed."}]}
            """)
        #expect(
            partly == """
                partly refused  /v1/events  200
                  event 1 /type: missing: It is needed.
                """)
        #expect(show(#"{"stored":1,"refused":0,"results":[{"index":0,"status":"stored"}]}"#) == nil)
        #expect(show("") == nil)
    }

    // MARK: The program

    private let directory = NSTemporaryDirectory() + "convey-dev-test-\(UUID().uuidString)"

    private func start(_ listen: String) throws -> Program {
        try BoundedFile.makeDirectory(directory)
        let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "convey-collector").path
        return try Program.start(
            program, ["run", "--dev"],
            environment: [
                "CONVEY_COLLECTOR_LISTEN_PLAIN": listen,
                "CONVEY_COLLECTOR_LISTEN_PLAIN_ON_NETWORK": "true", "TMPDIR": directory,
            ], log: directory + "/log")
    }

    @Test func showsWhatAPageSends() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let port = try FreePort.pick()
        let collector = try start("127.0.0.1:\(port)")
        try await collector.ready()
        let client = Client(Client.Settings(totalTimeout: .seconds(20)))
        let origin = try #require(Origin("http://127.0.0.1:\(port)"))
        let send = { (body: String) in
            try await client.send(
                ClientRequest(
                    .post, origin, "/v1/events?key=site_dev",
                    headers: ["Origin": "http://localhost:9292"], body: Array(body.utf8)))
        }
        let taken = try await send(#"{"type":"page_view","page":{"url":"https://shop.example/a"}}"#)
        #expect(taken.status == 200)
        #expect(taken.headers["Access-Control-Allow-Origin"] == "http://localhost:9292")
        #expect(try await send(#"{"type":"NO"}"#).status == 400)
        #expect(await collector.stop() == 0)
        let said = try String(contentsOfFile: directory + "/log", encoding: .utf8)
        #expect(said.contains("page_view  stored  as pageview, from browser"))
        #expect(said.contains("https://shop.example/a"))
        #expect(said.contains("refused  /v1/events  400  events_refused"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["log"])
    }

    @Test func listensOnThisMachineOnly() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let collector = try start("0.0.0.0:0")
        #expect(await collector.ended() == 78)
    }
}

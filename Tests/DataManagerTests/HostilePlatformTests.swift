import Destinations
import Doubles
import HTTP
import Testing

/// Goal: whoever stands where a platform should be leads no token away, fills no memory, and is never
/// taken for a yes. Method: the client before a server that answers what it likes.
@Suite struct HostilePlatformTests {
    /// Answers of 200 or 3xx that are no yes.
    private static func answers(_ elsewhere: String) -> [Response] {
        let page = "<html><body>Welcome to the hotel</body></html>"
        let large = #"{"requestId":""# + String(repeating: "a", count: 20_000_000) + #""}"#
        return [
            Response(302, headers: ["Location": "\(elsewhere)/v1/events:ingest"]),
            Response(307, headers: ["Location": "\(elsewhere)/v1/events:ingest"]),
            Response(308, headers: ["Location": "\(elsewhere)/v1/events:ingest"]),
            Response.text(200, page), Response.json(200, Array(page.utf8)),
            Response.json(200, Array(large.utf8)), Response(204),
            Response.json(200, Array(#"{"requestId":["a"]}"#.utf8)),
            Response.json(200, Array(String(repeating: "[", count: 10_000).utf8)),
        ]
    }

    @Test(arguments: 0..<9) func anAnswerThatIsNoYesIsUncertainAndLeadsNowhere(
        number: Int
    ) async throws {
        try await Bench.with { bench async throws in
            // The double stands elsewhere: a redirect that was followed would reach it.
            let answer = Self.answers(bench.double.origin.url)[number]
            let handler = Route.Handler.concurrent { _ in answer }
            let server = Server(
                [
                    Route(.post, "/v1/events:ingest", handler: handler),
                    Route(.get, "/v1/requestStatus:retrieve", handler: handler),
                ], settings: GoogleDouble.serverSettings)
            try server.start([.plain(IPAddress(v4: 0x7F00_0001), port: 0)])
            let origin = try #require(Origin("http://127.0.0.1:\(server.ports[0])"))
            let client = DataManagerClient(
                origin, tokens: bench.tokens, client: Client(DataManagerClient.clientSettings))
            let ingested = await client.ingest(Bench.batch(["1"]))
            let asked = await client.status(of: "request-1")
            await server.stop(within: .seconds(1))
            guard case .trouble(.uncertain) = ingested else {
                Issue.record("taken for \(ingested)")
                return
            }
            guard case .trouble(.uncertain) = asked else {
                Issue.record("taken for \(asked)")
                return
            }
            #expect(bench.requests(.ingest) == 0 && bench.double.conversions.isEmpty)
        }
    }
}

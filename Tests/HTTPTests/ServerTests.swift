import Foundation
import Testing

@testable import HTTP

/// Goal: one connection carries requests and answers as HTTP says. Method: exact bytes over real
/// sockets.
@Suite struct ServerTests {
    @Test func answersOverOneConnectionAgainAndAgain() async throws {
        try await withServer([echo, hello]) { server, port in
            let client = try RawClient(port: port)
            for _ in 0..<3 {
                client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
                let reply = try client.reply()
                #expect(reply.status == 200)
                #expect(reply.text == "POST /echo abc")
            }
            client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.reply().text == "hello")
            let counted = server.counters.snapshot
            #expect(counted.requests == 4)
            #expect(counted.accepted == 1)
            #expect(counted.answers[2] == 4)
            #expect(counted.queuedBytes == 0)
        }
    }

    @Test func namesEachAnswerAndItsTime() async throws {
        try await withServer([hello]) { _, port in
            let client = try RawClient(port: port)
            var names: Set<Substring> = []
            for _ in 0..<2 {
                client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                let lines = try client.reply().head.split(separator: "\r\n")
                names.insert(try #require(lines.first { $0.hasPrefix("X-Request-Id: ") }))
                let date = try #require(lines.first { $0.hasPrefix("Date: ") })
                #expect(date.hasSuffix(" GMT"))
            }
            #expect(names.count == 2)
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await withServer([echo]) { _, port in
            let client = try RawClient(port: port)
            let requests = (0..<500).map { number in
                let body = "number \(number)"
                return
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                    + body
            }
            client.send(requests.joined())
            for number in 0..<500 {
                #expect(try client.reply().text == "POST /echo number \(number)")
            }
        }
    }

    @Test func takesBytesOneByOne() async throws {
        try await withServer([echo]) { _, port in
            let client = try RawClient(port: port)
            let request =
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
            for byte in request.utf8 { client.send([byte]) }
            #expect(try client.reply().text == "POST /echo abcde")
        }
    }

    @Test func speaksHTTP10() async throws {
        try await withServer([hello]) { _, port in
            let client = try RawClient(port: port)
            client.send("GET /hello HTTP/1.0\r\n\r\n")
            let reply = try client.reply()
            #expect(reply.head.hasPrefix("HTTP/1.0 200 OK\r\n"))
            #expect(reply.text == "hello")
            #expect(client.isEnded())

            let keeping = try RawClient(port: port)
            for _ in 0..<2 {
                keeping.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(try keeping.reply().head.contains("Connection: keep-alive\r\n"))
            }
        }
    }

    /// As WordPress' client does, which sends a shop's webhooks.
    @Test func takesABodyOverHTTP10() async throws {
        try await withServer([echo]) { _, port in
            let client = try RawClient(port: port)
            client.send("POST /echo HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde")
            let reply = try client.reply()
            #expect(reply.head.hasPrefix("HTTP/1.0 200 OK\r\n"))
            #expect(reply.text == "POST /echo abcde")
            #expect(client.isEnded())
        }
    }

    @Test func closesWhenAsked() async throws {
        try await withServer([hello]) { _, port in
            let client = try RawClient(port: port)
            client.send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try client.reply().head.contains("Connection: close\r\n"))
            #expect(client.isEnded())
        }
    }

    @Test func answersHalfClosedClients() async throws {
        try await withServer([hello]) { _, port in
            let client = try RawClient(port: port)
            client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            client.finishSending()
            #expect(try client.reply().text == "hello")
            #expect(client.isEnded())
        }
    }

    @Test func leavesTheBodyOutForHead() async throws {
        try await withServer([hello]) { _, port in
            let client = try RawClient(port: port)
            client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            let reply = try client.reply(toHead: true)
            #expect(reply.head.contains("Content-Length: 5\r\n"))
            client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.reply().text == "hello")
        }
    }

    @Test func tellsWhatIsNotThere() async throws {
        try await withServer([hello]) { _, port in
            let client = try RawClient(port: port)
            client.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
            let missing = try client.reply()
            #expect(missing.status == 404)
            #expect(missing.head.contains("Content-Type: application/problem+json\r\n"))
            let id = try #require(missing.head.split(separator: "X-Request-Id: ").last?.prefix(32))
            #expect(missing.text.contains(#""request_id":"\#(id)""#))
            client.send("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            let other = try client.reply()
            #expect(other.status == 405)
            #expect(other.head.contains("Allow: GET, HEAD, OPTIONS\r\n"))
            client.send("OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.reply().status == 204)
            client.send("GET http://a/hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.reply().text == "hello")
        }
    }

    @Test func sendsContinueOnlyForAWantedBody() async throws {
        try await withServer([echo]) { _, port in
            let client = try RawClient(port: port)
            client.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
            )
            #expect(try client.reply().status == 100)
            client.send("abc")
            #expect(try client.reply().text == "POST /echo abc")

            client.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n"
                    + "Expect: 100-continue\r\n\r\n")
            #expect(try client.reply().status == 413)
            #expect(client.isEnded())
        }
    }

    @Test func runsConcurrentHandlersAsTasks() async throws {
        let slow = Route(
            .get, "/slow",
            handler: .concurrent { request in
                await Task.yield()
                return .text(200, "slow \(request.query["n"] ?? "")")
            })
        try await withServer([slow]) { _, port in
            let client = try RawClient(port: port)
            client.send("GET /slow?n=1%202 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.reply().text == "slow 1 2")
        }
    }

    @Test func listensOnAUnixSocketOfItsOwn() async throws {
        let path = NSTemporaryDirectory() + "convey-\(UUID().uuidString).sock"
        let who = Route(.get, "/who") { request in
            guard case .local(let user, let process) = request.peer else { return Response(500) }
            return .text(200, "\(user) \(process)")
        }
        // What a killed daemon leaves behind is replaced.
        _ = try await withServer([who], listener: .unix(path: path)) { _, _ in
            #expect(throws: (any Error).self) { try Socket.listen(path: path) }
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
        try await withServer([who], listener: .unix(path: path)) { _, _ in
            let client = try RawClient(path: path)
            client.send("GET /who HTTP/1.1\r\nHost: local\r\n\r\n")
            #expect(try client.reply().text == "\(getuid()) \(getpid())")
        }
        try FileManager.default.removeItem(atPath: path)
    }

    @Test func refusesAPortThatAnotherServerHas() async throws {
        try await withServer([hello]) { _, port in
            let other = Server([hello])
            #expect(throws: (any Error).self) {
                try other.start([.plain(IPAddress(v4: 0x7F00_0001), port: port)])
            }
        }
    }
}

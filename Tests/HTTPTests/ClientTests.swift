import Foundation
import HTTP
import Testing

/// Goal: a request travels as written, and the answer comes back whole or not at all, within its
/// bounds. Method: a peer of plain sockets that follows a script.
@Suite struct ClientTests {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"

    func fault(_ client: Client, _ request: ClientRequest) async -> HTTPFault.Reason? {
        do throws(HTTPFault) {
            _ = try await client.send(request)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func sendsWhatWasAskedAndNothingElse() async throws {
        let peer = try ScriptedPeer([.answer(Self.ok)])
        defer { peer.stop() }
        let response = try await Client().send(
            ClientRequest(
                .post, peer.origin, "/v1/../batches?a=%20b",
                headers: ["Content-Type": "application/x-ndjson", "X-Empty": ""],
                body: Array("{}\n".utf8)))
        #expect(response.status == 200)
        #expect(response.headers["content-type"] == "text/plain")
        #expect(String(decoding: response.body, as: UTF8.self) == "hi")
        #expect(
            peer.requests == [
                "POST /v1/../batches?a=%20b HTTP/1.1\r\nHost: 127.0.0.1:\(peer.port)\r\n"
                    + "Content-Type: application/x-ndjson\r\nX-Empty:\r\nContent-Length: 3\r\n\r\n{}\n"
            ])
    }

    @Test func sendsEmptyBodiesAndOtherMethods() async throws {
        let peer = try ScriptedPeer([.answer(Self.ok), .answer(Self.ok), .answer(Self.ok)])
        defer { peer.stop() }
        let client = Client()
        for method in [Method.post, .delete, .get] {
            _ = try await client.send(ClientRequest(method, peer.origin, "/"))
        }
        let host = "Host: 127.0.0.1:\(peer.port)\r\n"
        #expect(
            peer.requests == [
                "POST / HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n",
                "DELETE / HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n",
                "GET / HTTP/1.1\r\n\(host)\r\n",
            ])
    }

    @Test func usesAConnectionAgain() async throws {
        let peer = try ScriptedPeer([.answer(Self.ok), .answer(Self.ok), .close, .answer(Self.ok)])
        defer { peer.stop() }
        let client = Client()
        let request = ClientRequest(.get, peer.origin, "/")
        for _ in 0..<2 { _ = try await client.send(request) }
        #expect(peer.connectionCount == 1)
    }

    @Test func keepsOnlyTheFinalHead() async throws {
        let peer = try ScriptedPeer([
            .answer("HTTP/1.1 103 Early Hints\r\nX-A: early\r\n\r\n" + Self.ok)
        ])
        defer { peer.stop() }
        let response = try await Client().send(ClientRequest(.get, peer.origin, "/"))
        #expect(response.status == 200)
        #expect(response.headers["X-A"] == nil)
    }

    @Test func followsNoRedirect() async throws {
        let peer = try ScriptedPeer([
            .answer("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n")
        ])
        defer { peer.stop() }
        let response = try await Client().send(ClientRequest(.get, peer.origin, "/"))
        #expect(response.status == 302)
        #expect(peer.requests.count == 1)
    }

    @Test func refusesAnswersThatAreTooLarge() async throws {
        let body = String(repeating: "a", count: 101)
        let field = "X-A: \(String(repeating: "b", count: 1000))\r\n"
        for rest in [
            "Content-Length: 101\r\n\r\n\(body)",
            "Transfer-Encoding: chunked\r\n\r\n65\r\n\(body)\r\n0\r\n\r\n",
            "Content-Length: 0\r\n" + String(repeating: field, count: 66) + "\r\n",
        ] {
            let peer = try ScriptedPeer([.answer("HTTP/1.1 200 OK\r\n" + rest)])
            defer { peer.stop() }
            let client = Client(Client.Settings(answerBytesMax: 100))
            let found = await fault(client, ClientRequest(.get, peer.origin, "/"))
            #expect(found == .answerTooLarge)
        }
    }

    @Test func takesAnAnswerOfExactlyTheBound() async throws {
        let peer = try ScriptedPeer([.answer(Self.ok)])
        defer { peer.stop() }
        let client = Client(Client.Settings(answerBytesMax: 2))
        #expect(await fault(client, ClientRequest(.get, peer.origin, "/")) == nil)
    }

    @Test func saysWhatWentWrong() async throws {
        for (steps, reason) in [
            ([ScriptedPeer.Step.close, .close], HTTPFault.Reason.reset),
            ([.reset, .reset], .reset),
            ([.answer("SSH-2.0-OpenSSH_9.2\r\n")], .answerMalformed),
        ] {
            let peer = try ScriptedPeer(steps)
            defer { peer.stop() }
            let found = await fault(Client(), ClientRequest(.get, peer.origin, "/"))
            #expect(found == reason, "after \(steps)")
        }
    }

    /// Without `isSentOnce` libcurl sends it again, where it notices the end only after sending.
    @Test func aRequestSentOnceIsNotRepeatedOnAnotherConnection() async throws {
        let peer = try ScriptedPeer([.answer(Self.ok), .close, .answer(Self.ok)])
        defer { peer.stop() }
        let client = Client()
        #expect(await fault(client, ClientRequest(.get, peer.origin, "/")) == nil)
        var request = ClientRequest(.post, peer.origin, "/", body: [1])
        request.isSentOnce = true
        #expect(await fault(client, request) == .reset)
        #expect(peer.requests.count == 2)
    }

    @Test(arguments: [
        ScriptedPeer.Step.answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"), .stall,
    ])
    func givesUpWhenTheAnswerDoesNotEnd(step: ScriptedPeer.Step) async throws {
        let peer = try ScriptedPeer([step])
        defer { peer.stop() }
        let client = Client(Client.Settings(totalTimeout: .seconds(1)))
        let found = await fault(client, ClientRequest(.get, peer.origin, "/"))
        #expect(found == .answerTimedOut)
    }

    @Test func saysThatNobodyListens() async throws {
        let peer = try ScriptedPeer([])
        let origin = peer.origin
        peer.stop()
        // The port is free for good once a connection to it fails.
        var found: HTTPFault.Reason?
        for _ in 0..<100 where found != .refused {
            found = await fault(Client(), ClientRequest(.get, origin, "/"))
        }
        #expect(found == .refused)
    }

    @Test func endsAtOnceWhenCancelled() async throws {
        let peer = try ScriptedPeer([.stall])
        defer { peer.stop() }
        let client = Client()
        let request = ClientRequest(.get, peer.origin, "/")
        let task = Task { await fault(client, request) }
        while peer.requests.isEmpty { await Task.yield() }
        let start = ContinuousClock.now
        task.cancel()
        #expect(await task.value == .stopped)
        #expect(ContinuousClock.now - start < .seconds(10))
        let early = Task { await fault(client, request) }
        early.cancel()
        #expect(await early.value == .stopped)
    }

    @Test func sendsSeveralAtATime() async throws {
        let peer = try ScriptedPeer([.stall, .answer(Self.ok)])
        defer { peer.stop() }
        let client = Client()
        let request = ClientRequest(.get, peer.origin, "/")
        let stalled = Task { await fault(client, request) }
        while peer.requests.isEmpty { await Task.yield() }
        #expect(await fault(client, request) == nil)
        stalled.cancel()
        #expect(await stalled.value == .stopped)
    }

    @Test func speaksOverAUnixSocket() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        let peer = try ScriptedPeer([.answer(Self.ok)], socketPath: path)
        defer {
            peer.stop()
            try? FileManager.default.removeItem(atPath: path)
        }
        var settings = Client.Settings()
        settings.socketPath = path
        let origin = try #require(Origin("http://localhost"))
        let request = ClientRequest(.get, origin, "/v1/status")
        #expect(try await Client(settings).send(request).status == 200)
        #expect(peer.requests.first?.contains("Host: localhost\r\n") == true)
        settings.socketPath = path + ".not"
        #expect(await fault(Client(settings), request) == .socketMissing)
    }

    @Test(arguments: [
        ("https://Aggregator.example:8443", "aggregator.example:8443"),
        ("https://aggregator.example:443/", "aggregator.example"),
        ("http://[::1]:80", "[::1]"), ("http://[::1]:8080", "[::1]:8080"),
        ("http://localhost:443", "localhost:443"),
    ])
    func readsOrigins(url: String, authority: String) {
        #expect(Origin(url)?.authority == authority)
    }

    @Test(arguments: [
        "", "https://", "ftp://a", "a.example", "https://a/b", "https://a?b", "https://u@a",
        "https://a b", "https://a:0", "https://a:65536", "https://a:+1", "https://[::1",
        "https://:1",
        "https://a\r\nb", "https://[x]",
    ])
    func refusesOtherOrigins(url: String) {
        #expect(Origin(url) == nil)
    }
}

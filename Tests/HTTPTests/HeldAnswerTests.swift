import Daemon
import Testing

@testable import HTTP

/// Goal: a handler may answer later, from any thread, once, and nobody gets hurt when the client is
/// gone by then. Method: the handler hands its tickets to the test.
@Suite struct HeldAnswerTests {
    @Test func answersManyHeldRequestsFromOneOtherThread() async throws {
        let tickets = Handover<(Request, Answer)>()
        let held = Route(.post, "/held", handler: .direct { tickets.put(($0, $1)) })
        try await withServer([held]) { server, port in
            let clients = try (0..<64).map { _ in try RawClient(port: port) }
            for (number, client) in clients.enumerated() {
                client.send(
                    "POST /held?\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
            }
            let all = clients.map { _ in tickets.take() }
            #expect(server.counters.snapshot.queuedBytes > 0)
            for (request, answer) in all.reversed() {
                #expect(answer.send(.text(200, request.rawQuery ?? "")))
                #expect(!answer.send(.text(200, "again")))
            }
            for (number, client) in clients.enumerated() {
                #expect(try client.reply().text == "\(number)")
            }
            #expect(server.counters.snapshot.queuedBytes == 0)
        }
    }

    @Test func readsNothingPastAHeldRequest() async throws {
        let tickets = Handover<Answer>()
        let held = Route(.get, "/held", handler: .direct { tickets.put($1) })
        try await withServer([held, hello]) { server, port in
            let client = try RawClient(port: port)
            client.send(
                "GET /held HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            let ticket = tickets.take()
            #expect(server.counters.snapshot.requests == 1)
            ticket.send(.text(200, "first"))
            #expect(try client.reply().text == "first")
            #expect(try client.reply().text == "hello")
        }
    }

    @Test func closesTheConnectionOfAnAbandonedTicket() async throws {
        let tickets = Handover<Answer>()
        let held = Route(.get, "/held", handler: .direct { tickets.put($1) })
        let lost = Route(.get, "/lost", handler: .direct { $1.abandon() })
        try await withServer([held, lost, hello]) { server, port in
            for path in ["held", "lost"] {
                let client = try RawClient(port: port)
                client.send("GET /\(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                if path == "held" {
                    let ticket = tickets.take()
                    #expect(ticket.abandon())
                    #expect(!ticket.abandon() && !ticket.send(.text(200, "late")))
                }
                #expect(client.isEnded())
            }
            wait(server) { $0.open == 0 }
        }
    }

    @Test func voidsTheTicketOfAVanishedClient() async throws {
        let tickets = Handover<Answer>()
        let held = Route(.get, "/held", handler: .direct { tickets.put($1) })
        try await withServer([held, hello]) { server, port in
            do {
                let client = try RawClient(port: port)
                client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
                client.reset()
                let ticket = tickets.take()
                #expect(!ticket.isVoid)
                tickets.put(ticket)
            }
            wait(server) { $0.open == 0 }
            let ticket = tickets.take()
            #expect(ticket.isVoid)
            #expect(!ticket.send(.text(200, "to nobody")))
            #expect(server.counters.snapshot.vanished == 1)
            let other = try RawClient(port: port)
            other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try other.reply().text == "hello")
        }
    }

    @Test func answersForAHandlerThatIsTooSlow() async throws {
        let tickets = Handover<Answer>()
        let limits = Route.Limits(answerWithin: .milliseconds(20))
        let held = Route(.get, "/held", limits: limits, handler: .direct { tickets.put($1) })
        var settings = testSettings
        settings.handshakeWithin = .milliseconds(50)
        try await withServer([held, hello], settings: settings) { server, port in
            let client = try RawClient(port: port)
            client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            let reply = try client.reply()
            #expect(reply.status == 503)
            #expect(reply.head.contains("Retry-After: 1\r\n"))
            #expect(!tickets.take().send(.text(200, "too late")))
            client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.reply().text == "hello")
            #expect(server.counters.snapshot.timedOut == 1)
        }
    }

    @Test func sendsLargeAnswersToSlowReaders() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "z"), count: 8_000_000)
        let large = Route(.get, "/large") { _ in Response(200, body: body) }
        try await withServer([large, hello]) { _, port in
            let client = try RawClient(port: port)
            client.send(
                "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.reply().body == body)
            #expect(try client.reply().text == "hello")
        }
    }
}

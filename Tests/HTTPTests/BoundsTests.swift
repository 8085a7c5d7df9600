import Foundation
import Synchronization
import Testing

@testable import HTTP

/// Goal: no client costs more than the settings say. Method: clients that want more, over real
/// sockets; deadlines of milliseconds.
@Suite struct BoundsTests {
    @Test func refusesTooLargeABodyBeforeItComes() async throws {
        let small = Route(.post, "/small", limits: Route.Limits(bodyBytesMax: 10)) { _ in
            Response(200)
        }
        try await withServer([small]) { server, port in
            let client = try RawClient(port: port)
            client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
            #expect(try client.reply().status == 413)
            #expect(client.isEnded())
            let chunked = try RawClient(port: port)
            chunked.send(
                "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nB\r\n"
                    + "elevenbytes")
            #expect(try chunked.reply().status == 413)
            let exact = try RawClient(port: port)
            exact.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789")
            #expect(try exact.reply().status == 200)
            #expect(server.counters.snapshot.queuedBytes == 0)
        }
    }

    @Test func refusesInTheFormOfTheRoute() async throws {
        let limits = Route.Limits(bodyBytesMax: 10, answerWithin: .milliseconds(30))
        let held = Mutex<[Answer]>([])
        let shaped = Route(
            .post, "/shaped", limits: limits,
            handler: .direct { _, answer in held.withLock { $0.append(answer) } }
        ).refusing { problem, _ in .text(problem.status, "refused: \(problem.code)") }
        try await withServer([shaped]) { _, port in
            let client = try RawClient(port: port)
            client.send("POST /shaped HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
            let large = try client.reply()
            #expect(large.status == 413)
            #expect(large.text == "refused: body_too_large")
            let late = try RawClient(port: port)
            late.send("POST /shaped HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
            let reply = try late.reply()
            #expect(reply.status == 503)
            #expect(reply.text == "refused: too_busy")
            #expect(reply.head.contains("Retry-After: 1"))
        }
    }

    @Test func deliversA413ToAClientThatIsStillSending() async throws {
        try await withServer([echo]) { _, port in
            let client = try RawClient(port: port)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n")
            client.send([UInt8](repeating: 0, count: 500_000))
            #expect(try client.reply().status == 413)
        }
    }

    @Test func dropsAClientThatDribbles() async throws {
        var settings = testSettings
        settings.requestWithin = .milliseconds(60)
        try await withServer([echo], settings: settings) { server, port in
            let client = try RawClient(port: port)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")
            // Every byte comes well within any idle time; the request's own time still ends.
            while server.counters.snapshot.timedOut == 0 { client.send("x") }
            #expect(try client.reply().status == 408)
            let head = try RawClient(port: port)
            head.send("POST /echo HTTP/1.1\r\nX: ")
            #expect(try head.reply().status == 408)
            #expect(head.isEnded())
        }
    }

    @Test func closesIdleAndOldConnections() async throws {
        var settings = testSettings
        settings.idleWithin = .milliseconds(50)
        try await withServer([hello], settings: settings) { _, port in
            let client = try RawClient(port: port)
            #expect(client.isEnded())
        }
        settings.idleWithin = .seconds(60)
        settings.handshakeWithin = .milliseconds(50)
        settings.connectionWithin = .milliseconds(50)
        try await withServer([hello], settings: settings) { _, port in
            let client = try RawClient(port: port)
            #expect(client.isEnded())
        }
    }

    @Test func stopsAcceptingAtTheCapAndGoesOn() async throws {
        var settings = testSettings
        settings.connectionsMax = 4
        try await withServer([hello], settings: settings) { server, port in
            var clients = try (0..<4).map { _ in try RawClient(port: port) }
            for client in clients {
                client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.reply().status == 200)
            }
            wait(server) { $0.pausesAtCap > 0 }
            #expect(server.counters.snapshot.open == 4)
            clients.removeAll()
            wait(server) { $0.open == 0 }
            let next = try RawClient(port: port)
            next.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try next.reply().status == 200)
        }
    }

    @Test func refusesWhatWouldWaitBeyondTheQueue() async throws {
        let tickets = Handover<Answer>()
        let held = Route(.post, "/held", handler: .direct { tickets.put($1) })
        var settings = testSettings
        settings.queuedBytesMax = 25_000
        try await withServer([held], settings: settings) { server, port in
            let body = String(repeating: "x", count: 10_000)
            let clients = try (0..<3).map { _ in try RawClient(port: port) }
            for client in clients.prefix(2) {
                client.send(
                    "POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n\(body)")
            }
            let answers = [tickets.take(), tickets.take()]
            clients[2].send(
                "POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n\(body)")
            let refused = try clients[2].reply()
            #expect(refused.status == 503)
            #expect(refused.head.contains("Retry-After"))
            for answer in answers { answer.send(Response(204)) }
            for client in clients.prefix(2) { #expect(try client.reply().status == 204) }
            #expect(server.counters.snapshot.queuedBytes == 0)
            #expect(server.counters.snapshot.shed == 1)
        }
    }

    @Test func countsWhatIsNotUnderstoodYet() async throws {
        var settings = testSettings
        settings.queuedBytesMax = 20_000
        try await withServer([hello], settings: settings) { server, port in
            let head = "GET /hello HTTP/1.1\r\nX: \(String(repeating: "x", count: 9_000))"
            let clients = try (0..<3).map { _ in try RawClient(port: port) }
            for client in clients.prefix(2) { client.send(head) }
            wait(server) { $0.queuedBytes > 18_000 }
            clients[2].send(head)
            #expect(try clients[2].reply().status == 503)
            for client in clients.prefix(2) {
                client.send("\r\nHost: a\r\n\r\n")
                #expect(try client.reply().text == "hello")
            }
            wait(server) { $0.queuedBytes == 0 }
        }
    }

    @Test func readsLittleBehindAHeldRequest() async throws {
        let tickets = Handover<Answer>()
        let held = Route(.get, "/held", handler: .direct { tickets.put($1) })
        try await withServer([held, echo]) { server, port in
            let client = try RawClient(port: port)
            client.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
            let ticket = tickets.take()
            let body = String(repeating: "x", count: 60_000)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n\(body)")
            wait(server) { $0.queuedBytes > 4_000 }
            #expect(server.counters.snapshot.queuedBytes < 9_000)
            ticket.send(.text(200, "first"))
            #expect(try client.reply().text == "first")
            #expect(try client.reply().text == "POST /echo \(body)")
            #expect(server.counters.snapshot.queuedBytes == 0)
        }
    }

    @Test func holdsAThousandIdleConnections() async throws {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        try await withServer([hello]) { server, port in
            let clients = try (0..<1_000).map { _ in try RawClient(port: port) }
            wait(server) { $0.open == 1_000 }
            for client in clients {
                client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            for client in clients { #expect(try client.reply().status == 200) }
        }
    }

    @Test func drainsWithoutLosingARequest() async throws {
        let tickets = Handover<Answer>()
        let held = Route(.get, "/held", handler: .direct { tickets.put($1) })
        let server = Server([held, hello], settings: testSettings)
        try server.start([.plain(IPAddress(v4: 0x7F00_0001), port: 0)])
        let idle = try RawClient(port: server.ports[0])
        let busy = try RawClient(port: server.ports[0])
        busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        let ticket = tickets.take()
        wait(server) { $0.open == 2 }
        async let stopped: Void = server.stop(within: .seconds(30))
        #expect(idle.isEnded())
        ticket.send(.text(200, "at last"))
        let reply = try busy.reply()
        #expect(reply.text == "at last")
        #expect(busy.isEnded())
        await stopped
        #expect(throws: (any Error).self) { try RawClient(port: server.ports[0]) }
    }

    @Test func endsADrainAtItsDeadline() async throws {
        let tickets = Handover<Answer>()
        let held = Route(.get, "/held", handler: .direct { tickets.put($1) })
        let server = Server([held], settings: testSettings)
        try server.start([.plain(IPAddress(v4: 0x7F00_0001), port: 0)])
        let busy = try RawClient(port: server.ports[0])
        busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        let ticket = tickets.take()
        await server.stop(within: .milliseconds(10))
        #expect(ticket.isVoid)
        #expect(busy.isEnded())
    }
}

import Daemon
import Foundation
import Synchronization

@testable import HTTP

/// Runs a test's client on a thread of its own beside a server that is stopped afterwards.
func withServer<Value: Sendable>(
    _ routes: [Route], settings: ServerSettings = testSettings,
    listener: Listener = .plain(IPAddress(v4: 0x7F00_0001), port: 0),
    _ body: @escaping @Sendable (Server, UInt16) throws -> Value
) async throws -> Value {
    let server = Server(routes, settings: settings)
    try server.start([listener])
    let thread = ThreadExecutor(name: "client")
    let port = server.ports[0]
    let result: Result<Value, any Error> = await thread.run {
        Result { try body(server, port) }
    }
    await server.stop(within: .seconds(5))
    return try result.get()
}

var testSettings: ServerSettings {
    var settings = ServerSettings()
    settings.loops = 2
    return settings
}

/// Answers at once with what it was told of the request.
let echo = Route(.post, "/echo") { request in
    .text(
        200,
        "\(request.method.name) \(request.path) \(String(decoding: request.body, as: UTF8.self))")
}

let hello = Route(.get, "/hello") { _ in .text(200, "hello") }

extension Route {
    /// A direct route that answers at once.
    init(
        _ method: HTTP.Method, _ path: String, limits: Limits = Limits(),
        answer: @escaping @Sendable (Request) -> Response
    ) {
        self.init(method, path, limits: limits, handler: .direct { $1.send(answer($0)) })
    }
}

/// Hands values from one thread to another; taking waits until there is one.
final class Handover<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    private let ready = DispatchSemaphore(value: 0)

    func put(_ value: Value) {
        values.withLock { $0.append(value) }
        ready.signal()
    }

    func take() -> Value {
        precondition(ready.wait(timeout: .now() + 10) == .success, "Nothing came in ten seconds.")
        return values.withLock { $0.removeFirst() }
    }
}

/// Waits until a count of the server's is as told: its loops work on their own threads.
func wait(_ server: Server, until isReached: (ServerCounters.Snapshot) -> Bool) {
    let end = ContinuousClock.now + .seconds(10)
    while !isReached(server.counters.snapshot) {
        precondition(ContinuousClock.now < end, "The server's counters never came to that.")
        sched_yield()
    }
}

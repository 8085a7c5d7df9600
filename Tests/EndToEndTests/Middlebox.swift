import Crypto
import Foundation
import HTTP
import Stage
import Synchronization
import Time
import Troupe

/// What stands between collector and aggregator and speaks TLS itself: a portal, a firewall, a proxy
/// that alters what it passes on.
final class Middlebox: Sendable {
    /// How it treats requests from now on.
    enum Conduct: Sendable, CaseIterable {
        case passes
        /// 200 and a page to sign in.
        case portal
        /// 400, as for an attack.
        case firewall
        case badGateway
        case redirect
        /// One bit of the body is turned over.
        case altersRequests, altersAnswers
        /// Every request arrives twice; the second answer is passed on.
        case doubles
        /// The answer to the request before is passed on.
        case answersFromMemory
    }

    /// Whose certificate it shows.
    enum Certificate { case theAggregators, unknownAuthority, expired }

    private let target: UInt16
    private let state = Mutex(State())
    private let server = Mutex<Server?>(nil)

    private struct State {
        var conduct = Conduct.passes
        var treated = 0
        var previous: Response?
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    /// Listens on a free port and passes requests on to a plain port of the aggregator.
    init(to target: UInt16, on stage: Stage, _ certificate: Certificate = .theAggregators) throws {
        self.target = target
        let tls = try Self.context(stage, certificate)
        var settings = ServerSettings()
        settings.loops = 1
        let limits = Route.Limits(bodyBytesMax: 8 << 20)
        let handler = Route.Handler.concurrent { [weak self] request in
            await self?.answer(request) ?? Response(503)
        }
        let routes = [
            Route(.post, "/v1/batches", limits: limits, handler: handler),
            Route(.get, "/v1/collectors/self/settings", handler: handler),
        ]
        let server = Server(routes, settings: settings)
        try server.start([.tls(IPAddress(v4: 0x7F00_0001), port: 0, tls)])
        self.server.withLock { $0 = server }
    }

    var port: UInt16 { server.withLock { $0?.ports.first } ?? 0 }

    func stop() async { await server.withLock { $0 }?.stop(within: .milliseconds(100)) }

    private static func context(_ stage: Stage, _ certificate: Certificate) throws -> TLSContext {
        if case .theAggregators = certificate {
            return try TLSContext(
                certificateFile: stage.path("aggregator.crt"),
                keyFile: stage.path("aggregator.key"))
        }
        let now = SystemClock().now()
        let day = Duration.seconds(86_400)
        let validity =
            certificate == .expired ? now - day * 9..<now - day * 2 : now - day..<now + day * 9
        let authority = CertificateAuthority(
            name: "Somebody else", validity: now - day * 20..<now + day)
        let identity = authority.issue(hosts: ["localhost"], validity: validity)
        try stage.write(identity.certificatePEM, to: "other.crt")
        try stage.write(identity.keyPEM, to: "other.key")
        return try TLSContext(
            certificateFile: stage.path("other.crt"), keyFile: stage.path("other.key"))
    }

    // MARK: Conduct

    func set(_ conduct: Conduct) {
        state.withLock { state in
            state.conduct = conduct
            state.treated = 0
        }
    }

    /// Returns once so many requests were treated as it was last told.
    func treated(times: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.treated < times else { return true }
                state.watchers.append((times, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func answer(_ request: Request) async -> Response {
        let conduct = state.withLock { $0.conduct }
        let response = await treat(request, conduct)
        let woken = state.withLock { state in
            state.treated += 1
            let ready = state.watchers.filter { $0.count <= state.treated }
            state.watchers.removeAll { $0.count <= state.treated }
            return ready.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
        return response
    }

    private func treat(_ request: Request, _ conduct: Conduct) async -> Response {
        switch conduct {
        case .passes: return await pass(request)
        case .portal: return .text(200, "<html>Please sign in.</html>")
        case .firewall: return .text(400, "This request was blocked.")
        case .badGateway: return .text(502, "Bad gateway")
        case .redirect:
            return Response(302, headers: ["Location": "https://portal.example/"])
        case .altersRequests:
            return await pass(request) { body in
                if !body.isEmpty { body[body.count / 2] ^= 4 }
            }
        case .altersAnswers:
            var response = await pass(request)
            if !response.body.isEmpty { response.body[response.body.count / 2] ^= 1 }
            return response
        case .doubles:
            _ = await pass(request)
            return await pass(request)
        case .answersFromMemory:
            let fresh = await pass(request)
            return state.withLock { state in
                defer { state.previous = fresh }
                return state.previous ?? Response(502)
            }
        }
    }

    // MARK: Passing on

    /// Passes a request on as it came, its Host field included: the signature covers it.
    private func pass(
        _ request: Request, alter: @escaping @Sendable (inout [UInt8]) -> Void = { _ in }
    ) async -> Response {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [target] in
                var body = request.body
                alter(&body)
                continuation.resume(returning: Self.exchange(request, body, with: target))
            }
        }
    }

    private static func exchange(
        _ request: Request, _ body: [UInt8], with port: UInt16
    ) -> Response {
        guard let descriptor = try? TCP.connect(to: port) else { return Response(502) }
        defer { close(descriptor) }
        var head = "\(request.method.name) \(request.path) HTTP/1.1\r\n"
        let hopByHop = ["connection", "content-length", "transfer-encoding", "expect"]
        for field in request.headers.all where !hopByHop.contains(field.name.lowercased()) {
            head += "\(field.name): \(field.value)\r\n"
        }
        if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        head += "Connection: close\r\n\r\n"
        guard TCP.send(Array(head.utf8) + body, to: descriptor) else { return Response(502) }
        var bytes: [UInt8] = []
        while let more = TCP.receive(descriptor) { bytes += more }
        return response(bytes) ?? Response(502)
    }

    private static func response(_ bytes: [UInt8]) -> Response? {
        guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        var response = Response(status, body: Array(bytes[end.upperBound...]))
        let ours = ["content-length", "date", "connection", "x-request-id"]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let name = String(line[..<colon])
            guard !ours.contains(name.lowercased()) else { continue }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            response.headers.add(name, value)
        }
        return response
    }
}

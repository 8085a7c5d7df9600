import Crypto
import Daemon
import FoundationEssentials
import Glibc
import HTTP
import Store

/// What the bench runs of itself in processes of their own.
enum Helper: String, CaseIterable {
    case bareServer = "serve-bare"
    case houseServer = "serve-house"
    case sink = "serve-sink"
    case probe = "probe"

    static var commands: [CommandGrammar.Command] {
        let serving: [CommandGrammar.Option] = [
            .init("port", value: "N", "Port on 127.0.0.1."),
            .init("certificate", value: "FILE", "With --key: over TLS."),
            .init("key", value: "FILE", "The certificate's private key."),
        ]
        return [
            .init(bareServer.rawValue, options: serving, "Serve 204 without a framework."),
            .init(houseServer.rawValue, options: serving, "Serve 204 by the room HTTP."),
            .init(
                sink.rawValue,
                options: [
                    .init("port", value: "N", "Port on 127.0.0.1."),
                    .init("stage", value: "PATH", "The folder with the aggregator's keys."),
                ], "Take batches in the aggregator's place and keep nothing."),
            .init(
                probe.rawValue, operands: ["NAME", "CALLS"],
                "Make so many calls of one probe, for counting."),
        ]
    }

    func run(_ invocation: CommandInvocation) async throws -> Int32 {
        switch self {
        case .bareServer:
            try Native.serveBare(
                port: try Self.port(invocation), threads: 2,
                certificate: invocation.values["certificate"], key: invocation.values["key"])
        case .houseServer: try await Self.serveHouse(invocation)
        case .sink: try await Self.serveSink(invocation)
        case .probe:
            guard let probe = RoomProbe.all.first(where: { $0.name == invocation.operands[0] }),
                let calls = Int(invocation.operands[1])
            else { throw BenchFault("there is no such probe") }
            let call = try probe.make()
            for _ in 0..<calls { try call() }
        }
        return 0
    }

    private static func port(_ invocation: CommandInvocation) throws -> UInt16 {
        guard let port = UInt16(invocation.values["port"] ?? "") else {
            throw BenchFault("--port is missing")
        }
        return port
    }

    /// The house's server with a handler that does nothing, until the process is killed.
    private static func serveHouse(_ invocation: CommandInvocation) async throws {
        let route = Route(
            .post, "/v1/events", limits: Route.Limits(bodyBytesMax: 1_048_576),
            handler: .direct { _, answer in answer.send(Response(204)) })
        let server = Server([route])
        let port = try port(invocation)
        if let certificate = invocation.values["certificate"], let key = invocation.values["key"] {
            let context = try TLSContext(certificateFile: certificate, keyFile: key)
            try server.start([.tls(IPAddress(v4: 0x7F00_0001), port: port, context)])
        } else {
            try server.start([.plain(IPAddress(v4: 0x7F00_0001), port: port)])
        }
        try await ContinuousClock().sleep(for: .seconds(86_400))
    }

    private static func serveSink(_ invocation: CommandInvocation) async throws {
        let stage = invocation.values["stage"] ?? ""
        let port = try port(invocation)
        let store = try Store.sqlite(path: "\(stage)/aggregator/aggregator.db")
        let key = try await HouseAggregator.signingKey("\(stage)/aggregator", store)
        await store.close()
        let sink = Sink(key: key, authority: "localhost:\(port)")
        let context = try TLSContext(
            certificateFile: "\(stage)/aggregator.crt", keyFile: "\(stage)/aggregator.key")
        let server = Server(sink.routes)
        try server.start([.tls(IPAddress(v4: 0x7F00_0001), port: port, context)])
        try await ContinuousClock().sleep(for: .seconds(86_400))
    }
}

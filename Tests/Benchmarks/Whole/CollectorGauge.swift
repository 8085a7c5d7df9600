import HTTP

/// Reads a program's metrics as an operator's monitor would.
struct CollectorGauge: Sendable {
    private let origin: Origin
    private let client = Client()

    init(_ origin: Origin) { self.origin = origin }

    /// Events without a receipt, over all lanes.
    func pending() async throws -> Int {
        Int(try await sum(of: "convey_buffer_pending_events"))
    }

    /// Whether the collector takes events now.
    func isReady() async throws -> Bool {
        try await client.send(ClientRequest(.get, origin, "/readyz")).status == 200
    }

    private func sum(of name: String) async throws -> Double {
        let answer = try await client.send(ClientRequest(.get, origin, "/metrics"))
        guard answer.status == 200 else { throw BenchFault("/metrics answered \(answer.status)") }
        return String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("\(name){") || $0.hasPrefix("\(name) ") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            .reduce(0, +)
    }
}

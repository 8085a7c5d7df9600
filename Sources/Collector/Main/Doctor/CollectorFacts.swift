import Daemon
import HTTP
import JSON

/// What the running collector says of itself.
struct CollectorFacts {
    private let place: CollectorPlace

    init(_ place: CollectorPlace) { self.place = place }

    struct Facts {
        var finding = Finding.warning(
            "collector", "It does not run.", "Start it: systemctl start convey-collector.")
        var untrustedProxyRequests: Int64 = 0
        /// Nil while it does not run.
        var usedBytes: Int64?
    }

    func look() async -> Facts {
        guard let origin = Origin("http://collector") else { return Facts() }
        do {
            let answer = try await place.client(totalTimeout: .seconds(5)).send(
                ClientRequest(.get, origin, "/status"))
            var parser = JSONParser(bytesMax: 1_048_576)
            return try parser.parse(answer.body.span, Self.facts)
        } catch {
            return Facts()
        }
    }

    private static func facts(_ root: JSONElement) -> Facts {
        var facts = Facts()
        facts.untrustedProxyRequests = root["untrusted_proxy_requests"]?.int64 ?? 0
        facts.usedBytes = root["used_bytes"]?.int64
        var problems: [String] = []
        if let list = root["problems"]?.array {
            for problem in list { if let text = problem.string { problems.append(text) } }
        }
        facts.finding =
            problems.isEmpty
            ? .fine("collector", "It runs, and says that all is well.")
            : .warning(
                "collector", "It runs, and says: \(problems.joined(separator: " "))",
                "See convey-collector status.")
        return facts
    }
}

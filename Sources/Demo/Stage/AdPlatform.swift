package import Child
import FoundationEssentials
package import HTTP

/// The advertising platform on the stage: a double that is strict, fails at times, and keeps a record of
/// its own of every conversion that it was told of.
package struct AdPlatform: Sendable {
    /// Where it takes conversions.
    package let origin: Origin
    private let stage: Stage

    /// The one conversion action that all shops feed.
    private static let (customer, action) = ("1234567890", "987654321")
    /// What its destination is called at the aggregator.
    package static let name = "google"

    /// Lays out its configuration.
    /// - Parameter behaviour: JSON, as the double's own `behaviour_file`.
    package init(on stage: Stage, behaviour: String = "{}") throws {
        self.stage = stage
        origin = try Stage.origin("http://127.0.0.1:\(FreePort.pick())")
        try stage.write(behaviour, to: "behaviour.json")
        try stage.write(
            """
            record_file: \(stage.path("platform.record"))
            behaviour_file: \(stage.path("behaviour.json"))
            listen:
              plain: ["\(origin.authority)"]

            """, to: "doubles.yaml")
    }

    /// Starts the double; it remembers what it had recorded.
    package func start() async throws -> Program {
        try await stage.start(
            "convey-doubles", ["serve", "--config", stage.path("doubles.yaml")], log: "doubles")
    }

    /// Makes it a destination of the organization, live for conversions since `start` (RFC 3339).
    package func become(destinationOf organization: String, since start: String) async throws {
        let own = ["--organization", organization]
        let credential = try await stage.output(
            "convey-doubles", ["credential", "--config", stage.path("doubles.yaml")])
        try stage.write(credential, to: "credential.json")
        let orders: [[String]] = [
            [
                "add", Self.name, "--customer", Self.customer, "--action", Self.action,
                "--url", origin.url, "--token-url", "\(origin.url)/token",
            ],
            ["credential", Self.name, "--file", stage.path("credential.json")],
            ["mode", Self.name, "live"],
            ["backfill", Self.name, "--from", start, "--confirm"],
        ]
        for order in orders { _ = try await stage.aggregator(["destinations"] + order + own) }
    }

    /// What it has recorded, by transaction id.
    package func record() async throws -> [Outcome.Recorded] {
        let answer = try await Client().send(ClientRequest(.get, origin, "/control/conversions"))
        guard answer.status == 200 else {
            throw Program.Fault(description: "the platform answered \(answer.status)")
        }
        return try JSONDecoder().decode(Page.self, from: Data(answer.body)).conversions
    }

    private struct Page: Decodable {
        let conversions: [Outcome.Recorded]
    }
}

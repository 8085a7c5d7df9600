import Child
import Foundation
import HTTP
import Stage

/// The real `convey-doubles` on a stage, standing in for Google. What it took survives its death.
struct StandIn: Sendable {
    /// Where it answers.
    let origin: Origin
    /// Its own record: a line for every request that it took, written before it answers.
    let recordPath: String
    private let stage: Stage
    private let name: String

    /// The account that owns every conversion action of these tests.
    static let customer = "1234567890"

    init(_ name: String, on stage: Stage) throws {
        (self.stage, self.name) = (stage, name)
        origin = try Stage.origin("http://127.0.0.1:\(FreePort.pick())")
        recordPath = stage.path("\(name).record")
        try stage.write(
            """
            record_file: \(recordPath)
            behaviour_file: \(stage.path("\(name).json"))
            listen:
              plain: ["\(origin.authority)"]

            """, to: "\(name).yaml")
    }

    /// Starts it and waits until it answers.
    /// - Parameter behaviour: JSON, as its control takes it.
    func start(_ behaviour: String = "{}") async throws -> Program {
        try stage.write(behaviour, to: "\(name).json")
        return try await stage.start(
            "convey-doubles", ["serve", "--config", stage.path("\(name).yaml")], log: name)
    }

    /// The file that `destinations credential` takes.
    /// - Parameter secret: nil for the right one.
    func credential(secret: String? = nil) async throws -> String {
        var text = try await stage.output(
            "convey-doubles", ["credential", "--config", stage.path("\(name).yaml")])
        if let secret { text = text.replacing("double-client-secret", with: secret) }
        let file = "\(name)-\(secret == nil ? "right" : "wrong").credential"
        try stage.write(text, to: file)
        return stage.path(file)
    }

    // MARK: Its control

    /// Changes how it behaves, for the next requests on.
    func change(_ behaviour: String) async throws {
        let request = ClientRequest(
            .patch, origin, "/control/behaviour",
            headers: ["Content-Type": "application/json"], body: Array(behaviour.utf8))
        _ = try await answer(to: request)
    }

    /// What happened since it was started, by name: `faults.ingest.reset`.
    func counts() async throws -> [String: Int] {
        struct Statistics: Decodable { let counts: [String: Int] }
        let body = try await answer(to: ClientRequest(.get, origin, "/control/statistics"))
        return try JSONDecoder().decode(Statistics.self, from: body).counts
    }

    /// Every conversion that it holds.
    func conversions() async throws -> [Held] {
        struct Page: Decodable { let conversions: [Held] }
        let body = try await answer(to: ClientRequest(.get, origin, "/control/conversions"))
        return try JSONDecoder().decode(Page.self, from: body).conversions
    }

    /// A conversion as it holds it.
    struct Held: Decodable {
        let action: String
        let transactionID: String
        let click: String
        let currency: String
        let valueMicros: Int64
        let received: Int
        /// Changes of value before its verdict on the value before.
        let earlyChanges: Int
        let values: [Value]

        struct Value: Decodable {
            let valueMicros: Int64
            private enum CodingKeys: String, CodingKey { case valueMicros = "value_micros" }
        }

        private enum CodingKeys: String, CodingKey {
            case action, click, currency, received, values
            case transactionID = "transaction_id"
            case valueMicros = "value_micros"
            case earlyChanges = "early_changes"
        }
    }

    private func answer(to request: ClientRequest) async throws -> Data {
        let answer = try await Self.client.send(request)
        guard answer.status == 200 else {
            throw Program.Fault(
                description:
                    "the double answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))"
            )
        }
        return Data(answer.body)
    }

    private static let client = Client(
        Client.Settings(totalTimeout: .seconds(30), answerBytesMax: 256 << 20), name: "control")
}

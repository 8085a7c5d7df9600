import HTTP
import OpenAPI

/// `/openapi.json`: what this program serves, itself included; written once, when it starts.
struct OpenAPIRoute {
    private let text: [UInt8]

    private static let operation: Operation = {
        var operation = Operation("openapi", "This document")
        operation.replies = [
            Operation.Reply(
                200, "OpenAPI 3.1.", [Operation.Content("application/json", nil)])
        ]
        return operation
    }()

    /// - Parameter routes: All others of the public doors.
    init(describing routes: [Route]) {
        let own = Self.route { _, _ in }
        text = OpenAPIDocument(
            title: "convey-collector", version: collectorVersion, routes + [own]
        ).json()
    }

    var route: Route {
        Self.route { [text] _, answer in answer.send(.json(200, text)) }
    }

    private static func route(_ handle: @escaping @Sendable (Request, Answer) -> Void) -> Route {
        Route(.get, "/openapi.json", handler: .direct(handle)).described(operation)
    }
}

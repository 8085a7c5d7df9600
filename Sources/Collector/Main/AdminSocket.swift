import HTTP

/// Where commands reach the running collector, for orders that only it may carry out.
struct AdminSocket {
    private let place: CollectorPlace
    /// A look at a full buffer's quarantine, or a salvage that begins, takes a while.
    private static let patience: Duration = .seconds(60)

    init(_ place: CollectorPlace) { self.place = place }

    /// Posts an order; the body is its one operand.
    func post(_ target: String, _ operand: String = "") async throws(HTTPFault) -> Response {
        guard let origin = Origin("http://collector") else {
            preconditionFailure("The local socket has an origin.")
        }
        var settings = Client.Settings(totalTimeout: Self.patience)
        settings.socketPath = place.adminSocket
        return try await Client(settings).send(
            ClientRequest(.post, origin, target, body: Array(operand.utf8)))
    }
}

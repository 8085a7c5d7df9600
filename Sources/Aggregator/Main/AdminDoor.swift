import FoundationEssentials
import HTTP

/// The local socket on which the running daemon takes an operator's orders. Who may open the socket
/// may give every order: it has mode 0600.
enum AdminDoor {
    private static let path = "/orders"
    private static let replyBytesMax = 256 << 20

    /// The daemon's side.
    static func route(_ office: Office) -> Route {
        Route(
            .post, path,
            limits: Route.Limits(bodyBytesMax: 262_144, answerWithin: .seconds(600)),
            handler: .concurrent { request in
                do {
                    let order = try JSONDecoder().decode(Order.self, from: Data(request.body))
                    let reply = await office.carryOut(order)
                    return .json(200, Array(try JSONEncoder().encode(reply)))
                } catch {
                    return .problem(400, "malformed", "This is not an order.")
                }
            })
    }

    /// The command's side.
    static func send(_ order: Order, to socket: String) async throws(HTTPFault) -> Reply {
        var settings = Client.Settings(
            totalTimeout: .seconds(600), answerBytesMax: replyBytesMax)
        settings.socketPath = socket
        guard let origin = Origin("http://aggregator") else {
            preconditionFailure("A constant origin is well formed.")
        }
        let body: [UInt8]
        do {
            body = Array(try JSONEncoder().encode(order))
        } catch {
            throw HTTPFault(.answerMalformed)
        }
        let response = try await Client(settings).send(
            ClientRequest(
                .post, origin, path, headers: ["Content-Type": "application/json"], body: body))
        do {
            return try JSONDecoder().decode(Reply.self, from: Data(response.body))
        } catch {
            throw HTTPFault(.answerMalformed)
        }
    }
}

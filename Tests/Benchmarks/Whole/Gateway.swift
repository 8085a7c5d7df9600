import HTTP
import Ingest

/// The way to a receiver in this process, for clients that would else take the network.
struct Gateway: Transport {
    let receiver: BatchReceiver
    /// The name that collectors sign for.
    let authority: String

    func send(_ request: ClientRequest) async throws(HTTPFault) -> Response {
        var headers: Headers = ["Host": authority]
        for field in request.headers.all { headers.add(field.name, field.value) }
        return await receiver.receive(
            Request(request.method, request.target, headers: headers, body: request.body))
    }
}

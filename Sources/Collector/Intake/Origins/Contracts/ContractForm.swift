import ConveyProtocol
import HTTP
import JSON

/// A contract whose errors have a shape of their own. What refuses a request is the same as
/// everywhere; only the body of the answer differs.
protocol ContractForm {
    /// - Parameter code: As `IntakeRefusal` and the server spell it.
    static func writeRefusal(_ refusal: ContractRefusal, to writer: inout JSONWriter)
}

/// What an answer of a contract says of a request that was turned away whole.
struct ContractRefusal: Equatable {
    let status: Int
    let code: String
    let sentence: String
}

extension ContractForm {
    /// The server's own refusal in the contract's shape.
    static func response(_ problem: Problem, _ id: RequestID) -> Response {
        shaped(
            Response(problem.status),
            ContractRefusal(status: problem.status, code: problem.code, sentence: problem.title))
    }

    /// Intake's refusal in the contract's shape.
    /// - Parameter response: The usual answer, whose status and fields stay.
    static func response(_ refusal: IntakeRefusal, for response: Response) -> Response {
        shaped(
            response,
            ContractRefusal(
                status: response.status, code: refusal.code, sentence: refusal.title))
    }

    private static func shaped(_ response: Response, _ refusal: ContractRefusal) -> Response {
        var writer = JSONWriter()
        writeRefusal(refusal, to: &writer)
        var shaped = response
        shaped.headers.set("Content-Type", "application/json")
        shaped.body = writer.bytes
        shaped.code = refusal.code
        return shaped
    }
}

/// Who speaks one of the contracts: found by the key in the request, else by a site key in the body.
struct ContractSender {
    let request: Request
    let admission: Admission
    let feature: SiteSettings.Feature
    private(set) var sender: Sender?

    private static let mediaTypes = ["application/json", "text/plain"]

    init(
        _ request: Request, _ admission: Admission, for feature: SiteSettings.Feature
    ) throws(IntakeRefusal) {
        self.request = request
        self.admission = admission
        self.feature = feature
        if let credential = Credential(request) {
            sender = try admission.sender(of: request, credential, for: feature)
        }
        let headers = request.headers
        guard
            headers.occurrences(of: "content-type") == 0
                || Self.mediaTypes.contains(where: headers.hasMediaType)
        else { throw .mediaTypeUnknown }
    }

    /// The sender, whom the body may name where nothing else has.
    mutating func identified(by body: JSONElement) throws(IntakeRefusal) -> Sender {
        if let sender { return sender }
        guard let credential = Credential(body: body) else { throw .keyMissing }
        let found = try admission.sender(of: request, credential, for: feature)
        sender = found
        return found
    }
}

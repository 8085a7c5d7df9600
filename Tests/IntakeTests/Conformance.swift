import HTTP
import JSON
import OpenAPI
import Testing

/// Holds answers against what the routes' descriptions promise; every test of this room passes by it.
enum Conformance {
    static func check(_ response: Response, to request: Request, by route: Route) {
        guard let operation = route.operation else {
            Issue.record("\(route.method.name) \(route.path) has no description.")
            return
        }
        guard let reply = operation.replies.first(where: { $0.status == response.status }) else {
            Issue.record("\(operation.id) does not promise the status \(response.status).")
            return
        }
        for violation in violations(of: response, by: reply) {
            Issue.record("\(operation.id), \(reply.status): \(violation) in \(response.text)")
        }
        if response.status < 300 { checkRequest(request, operation, response) }
    }

    private static func violations(
        of response: Response, by reply: Operation.Reply
    ) -> [String] {
        let type = response.headers["Content-Type"]?.split(separator: ";").first.map(String.init)
        if response.body.isEmpty { return [] }
        guard let content = reply.content.first(where: { $0.type == type }) else {
            return ["the type \(type ?? "none") is not promised"]
        }
        return content.schema.map { violations(of: response.body, by: $0) } ?? []
    }

    static func violations(of text: [UInt8], by schema: Operation.Schema) -> [String] {
        do {
            let value = try JSONValue(text)
            return try JSONSchema(components: components(schema)).violations(
                of: value, by: JSONValue(Array(schema.json.utf8)))
        } catch {
            return ["no JSON"]
        }
    }

    private static func components(_ schema: Operation.Schema) throws -> [String: JSONValue] {
        var found = [schema.name: try JSONValue(Array(schema.json.utf8))]
        for used in schema.uses { found.merge(try components(used)) { first, _ in first } }
        return found
    }

    /// What was taken whole must be what the description asks for.
    private static func checkRequest(
        _ request: Request, _ operation: Operation, _ response: Response
    ) {
        guard response["refused"] ?? "0" == "0", response["data.failed"] ?? "0" == "0",
            request.headers.occurrences(of: "content-encoding") == 0,
            // In binary mode a CloudEvent's body is only its data.
            request.headers.occurrences(of: "ce-specversion") == 0,
            request.headers["Content-Type"].map({ $0 == "application/json" }) ?? true,
            let schema = operation.request.first(where: { $0.type == "application/json" })?.schema
        else { return }
        for violation in violations(of: request.body, by: schema) {
            Issue.record("\(operation.id) took what it does not describe: \(violation)")
        }
    }
}

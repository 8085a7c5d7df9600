import HTTP
import JSON
import OpenAPI
import Testing

@testable import ConveyProtocol
@testable import Intake

/// Goal: the OpenAPI document says what the routes do, all of it and nothing else. Method: the routes
/// walked against the document; its examples sent; every answer of this room's tests held against it
/// (`Conformance`).
@Suite struct OpenAPITests {
    private let harness = IntakeHarness()
    private var routes: [Route] { harness.intake.routes }

    private func document() throws -> JSONValue {
        try JSONValue(OpenAPIDocument(title: "convey-collector", version: "1", routes).json())
    }

    @Test func describesEveryRoute() throws {
        let paths = try #require(try document()["paths"]?.object)
        #expect(Set(paths.keys) == Set(routes.map(\.path)))
        for route in routes {
            let operation = try #require(
                paths[route.path]?[route.method.name.lowercased()], "\(route.path)")
            let id = operation["operationId"]?.string
            #expect(id?.isEmpty == false)
            let hasBody = operation["requestBody"] != nil
            #expect(hasBody == (route.method == .post))
            let limit = operation["x-body-bytes-max"]?.number
            #expect(limit == (hasBody ? Double(route.limits.bodyBytesMax) : nil))
        }
    }

    @Test func namesEveryOperationOnce() {
        let ids = routes.compactMap { $0.operation?.id }
        #expect(ids.count == routes.count)
        #expect(Set(ids).count == ids.count)
    }

    @Test func promisesWhatServersSayUnderLoad() throws {
        for route in routes where route.method == .post {
            let statuses = try #require(route.operation).replies.map(\.status)
            for status in [413, 503] {
                #expect(statuses.contains(status), "\(route.path) \(status)")
                let refusal = route.refusalForm(
                    Problem(status, "too_busy", "Sample."), RequestID(high: 0, low: 0))
                Conformance.check(refusal, to: Request(.post, route.path), by: route)
            }
        }
    }

    @Test func refersToNothingThatIsNotThere() throws {
        let text = String(
            decoding: OpenAPIDocument(title: "c", version: "1", routes).json(), as: UTF8.self)
        let names = try #require(try document()["components"]?["schemas"]?.object).keys
        for reference in text.matches(of: /"#\/components\/schemas\/([A-Za-z]+)"/) {
            #expect(names.contains(String(reference.1)))
        }
        #expect(names.count > 8)
    }

    @Test func takesItsOwnExamples() throws {
        var sent = 0
        for route in routes {
            for content in try #require(route.operation).request {
                guard let example = content.example, let schema = content.schema else { continue }
                #expect(Conformance.violations(of: Array(example.utf8), by: schema).isEmpty)
                let response = harness.send(
                    Request(
                        route.method, route.path,
                        headers: [
                            "X-API-Key": IntakeHarness.serverKey, "Content-Type": content.type,
                        ], body: Array(example.utf8)))
                #expect((200..<300).contains(response.status), "\(route.path) \(response.text)")
                sent += 1
            }
            for content in route.operation?.replies.flatMap(\.content) ?? [] {
                guard let example = content.example, let schema = content.schema else { continue }
                #expect(Conformance.violations(of: Array(example.utf8), by: schema).isEmpty)
            }
        }
        #expect(sent == 4)
    }

    // MARK: The check itself

    @Test(arguments: [
        (#"{"type":"object","required":["a"]}"#, "{}"), (#"{"type":"integer"}"#, "1.5"),
        (#"{"const":true}"#, "false"), (#"{"enum":["a"]}"#, #""b""#),
        (#"{"pattern":"^a$"}"#, #""b""#),
        (#"{"properties":{"a":{"type":"string"}}}"#, #"{"a":1}"#),
        (#"{"items":{"const":1}}"#, "[1,2]"),
        (#"{"additionalProperties":false}"#, #"{"a":1}"#), (#"{"anyOf":[{"const":1}]}"#, "2"),
        (#"{"maxItems":1}"#, "[1,2]"), (#"{"minLength":2}"#, #""a""#), (#"{"unheard":1}"#, "1"),
        (##"{"$ref":"#/components/schemas/None"}"##, "1"),
    ])
    func findsViolations(_ schema: String, _ value: String) {
        #expect(
            !Conformance.violations(of: Array(value.utf8), by: Operation.Schema("S", schema))
                .isEmpty)
    }
}

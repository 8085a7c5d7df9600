import HTTP
import JSON

/// Writes one operation of the document.
struct OperationText {
    private let operation: Operation
    private let limits: Route.Limits

    init(_ operation: Operation, _ limits: Route.Limits) {
        (self.operation, self.limits) = (operation, limits)
    }

    func write(to writer: inout JSONWriter) {
        writer.member("operationId", operation.id)
        writer.member("summary", operation.summary)
        writer.member("description", operation.details)
        let milliseconds = limits.answerWithin / .milliseconds(1)
        writer.member("x-answer-within-ms", Int64(milliseconds))
        writer.key("security")
        writer.array { writer in
            for key in operation.keys {
                writer.object { writer in
                    writer.key(key.rawValue)
                    writer.array { _ in }
                }
            }
        }
        if !operation.parameters.isEmpty {
            writer.key("parameters")
            writer.array { writer in
                for parameter in operation.parameters { write(parameter, to: &writer) }
            }
        }
        writeRequest(to: &writer)
        writer.key("responses")
        writer.object { writer in
            for reply in operation.replies { write(reply, to: &writer) }
        }
    }

    private func write(_ parameter: Operation.Parameter, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", parameter.name)
            writer.member("in", parameter.place.rawValue)
            writer.member("description", parameter.details)
            writer.member("required", parameter.isRequired)
            writer.key("schema")
            writer.verbatim(parameter.schema.utf8.span)
        }
    }

    private func writeRequest(to writer: inout JSONWriter) {
        guard !operation.request.isEmpty else { return }
        writer.member("x-body-bytes-max", Int64(limits.bodyBytesMax))
        writer.key("requestBody")
        writer.object { writer in
            writer.member("required", true)
            write(operation.request, to: &writer)
        }
    }

    private func write(_ reply: Operation.Reply, to writer: inout JSONWriter) {
        writer.key(String(reply.status))
        writer.object { writer in
            writer.member("description", reply.details)
            if !reply.headers.isEmpty {
                writer.key("headers")
                writer.object { writer in
                    for (name, details) in reply.headers.sorted(by: { $0.key < $1.key }) {
                        writer.key(name)
                        writer.object { writer in
                            writer.member("description", details)
                            writer.key("schema")
                            writer.object { $0.member("type", "string") }
                        }
                    }
                }
            }
            if !reply.content.isEmpty { write(reply.content, to: &writer) }
        }
    }

    private func write(_ contents: [Operation.Content], to writer: inout JSONWriter) {
        writer.key("content")
        writer.object { writer in
            for content in contents {
                writer.key(content.type)
                writer.object { writer in
                    if let schema = content.schema {
                        writer.key("schema")
                        writer.object { writer in
                            writer.member("$ref", "#/components/schemas/\(schema.name)")
                        }
                    }
                    if let example = content.example {
                        writer.key("example")
                        writer.verbatim(example.utf8.span)
                    }
                }
            }
        }
    }
}

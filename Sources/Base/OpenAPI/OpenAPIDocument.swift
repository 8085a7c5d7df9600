package import HTTP
import JSON

/// Writes the OpenAPI 3.1 document of a program from the routes that it serves: what no route has, the
/// document cannot say. Limits come from the routes themselves.
/// - Source: OpenAPI Specification 3.1.0.
package struct OpenAPIDocument {
    private let title: String
    private let version: String
    private let routes: [Route]

    /// - Parameter routes: Those without a description are left out.
    package init(title: String, version: String, _ routes: [Route]) {
        (self.title, self.version, self.routes) = (title, version, routes)
    }

    /// The document's text.
    package func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 32_768)
        writer.object { writer in
            writer.member("openapi", "3.1.0")
            writer.key("info")
            writer.object { writer in
                writer.member("title", title)
                writer.member("version", version)
            }
            writer.key("paths")
            writer.object { writer in
                for path in paths { write(path, to: &writer) }
            }
            writer.key("components")
            writer.object { writer in
                writeSchemas(to: &writer)
                writeKeys(to: &writer)
            }
        }
        return writer.bytes
    }

    private var paths: [String] {
        var paths: [String] = []
        for route in routes where route.operation != nil && !paths.contains(route.path) {
            paths.append(route.path)
        }
        return paths
    }

    private func write(_ path: String, to writer: inout JSONWriter) {
        writer.key(path)
        writer.object { writer in
            for route in routes where route.path == path {
                guard let operation = route.operation else { continue }
                writer.key(route.method.name.lowercased())
                writer.object { OperationText(operation, route.limits).write(to: &$0) }
            }
        }
    }

    private func writeSchemas(to writer: inout JSONWriter) {
        var schemas: [String: String] = [:]
        for operation in routes.compactMap(\.operation) {
            for schema in operation.schemas { Self.gather(schema, into: &schemas) }
        }
        writer.key("schemas")
        writer.object { writer in
            for (name, text) in schemas.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.verbatim(text.utf8.span)
            }
        }
    }

    private static func gather(_ schema: Operation.Schema, into schemas: inout [String: String]) {
        precondition(
            schemas[schema.name] == nil || schemas[schema.name] == schema.json,
            "Two schemas have one name.")
        schemas[schema.name] = schema.json
        for used in schema.uses { gather(used, into: &schemas) }
    }

    private func writeKeys(to writer: inout JSONWriter) {
        writer.key("securitySchemes")
        writer.object { writer in
            for key in Operation.Key.allCases {
                writer.key(key.rawValue)
                writer.verbatim(key.scheme.utf8.span)
            }
        }
    }
}

extension Operation {
    fileprivate var schemas: [Schema] {
        (request + replies.flatMap(\.content)).compactMap(\.schema)
    }
}

extension Operation.Key {
    fileprivate var scheme: String {
        switch self {
        case .bearer: #"{"type":"http","scheme":"bearer"}"#
        case .basic: #"{"type":"http","scheme":"basic"}"#
        case .apiKey: #"{"type":"apiKey","in":"header","name":"X-API-Key"}"#
        case .siteKey: #"{"type":"apiKey","in":"header","name":"X-Site-Key"}"#
        case .siteKeyQuery: #"{"type":"apiKey","in":"query","name":"key"}"#
        }
    }
}

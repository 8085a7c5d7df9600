/// One thing the server does: a method, a path, limits, and who answers.
package struct Route: Sendable {
    /// GET also serves HEAD.
    package let method: Method
    /// `/webhooks/shopify/{site}`: a braced segment matches any one non-empty segment.
    package let path: String
    /// What a request may cost.
    package let limits: Limits
    /// Who answers.
    package var handler: Handler
    /// How what the server itself refuses under this route looks: bodies that are too large, answers
    /// that are too late. A problem by default; endpoints with a shape of their own say it here.
    package var refusalForm: @Sendable (Problem, RequestID) -> Response = {
        .problem($0, requestID: $1)
    }

    /// What it does, for whoever reads of it; nil for a route that is nobody's business.
    package internal(set) var operation: Operation?

    /// A route whose pattern begins with `/`.
    package init(
        _ method: Method, _ path: String, limits: Limits = Limits(), handler: Handler
    ) {
        precondition(path.utf8.first == ASCII.slash, "A route's path begins with a slash.")
        self.method = method
        self.path = path
        self.limits = limits
        self.handler = handler
    }

    /// The same route with another form of the server's own refusals.
    package func refusing(
        in form: @escaping @Sendable (Problem, RequestID) -> Response
    ) -> Route {
        var route = self
        route.refusalForm = form
        return route
    }

    /// What a request under a route may cost.
    package struct Limits: Sendable {
        /// Largest body on the wire; a larger one is refused with 413 as early as it is known.
        package var bodyBytesMax: Int
        /// How long a complete request may wait for its answer before the server answers 503 itself.
        package var answerWithin: Duration

        /// By default 64 KB and 30 s.
        package init(bodyBytesMax: Int = 65_536, answerWithin: Duration = .seconds(30)) {
            self.bodyBytesMax = bodyBytesMax
            self.answerWithin = answerWithin
        }
    }

    /// Who answers.
    package enum Handler: Sendable {
        /// Runs on the loop's thread and must not block. It may keep the `Answer` and send it later
        /// from any thread.
        case direct(@Sendable (Request, Answer) -> Void)
        /// Runs as a task of its own.
        case concurrent(@Sendable (Request) async -> Response)
    }
}

/// Finds the route of a request. Pure.
///
/// A literal segment wins over a braced one at the same place, whatever the order of registration.
package struct Router: Sendable {
    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var braced: Int?
        /// Each method with its route and the names of the braced segments on the way to it.
        var routes: [Method: (route: Route, names: [String])] = [:]
    }

    private var nodes = [Node()]

    /// Registers the routes; two routes for one method and path are a bug.
    package init(_ routes: [Route]) {
        for route in routes { insert(route) }
    }

    /// What a method and path lead to.
    package enum Match: Sendable {
        /// The route and what its braced segments matched, each decoded once.
        case found(Route, parameters: [String: String])
        /// No such path: 404.
        case unknownPath
        /// The path is there under other methods: 405 with `Allow`, 204 for OPTIONS.
        case otherMethods(allow: String)
    }

    /// Looks up one request. HEAD finds GET's route where it has none of its own.
    package func match(_ method: Method, _ path: String) -> Match {
        var values: [String] = []
        guard path.utf8.first == ASCII.slash,
            let node = find(path.utf8.dropFirst(), from: 0, values: &values)
        else { return .unknownPath }
        let routes = nodes[node].routes
        guard let entry = routes[method] ?? (method == .head ? routes[.get] : nil) else {
            return .otherMethods(allow: Self.allow(routes.keys))
        }
        let parameters = Dictionary(
            zip(entry.names, values), uniquingKeysWith: { first, _ in first })
        return .found(entry.route, parameters: parameters)
    }

    private mutating func insert(_ route: Route) {
        var node = 0
        var names: [String] = []
        let segments = route.path.dropFirst().split(
            separator: "/", omittingEmptySubsequences: false)
        for segment in segments {
            if segment.first == "{", segment.last == "}" {
                names.append(String(segment.dropFirst().dropLast()))
                node = nodes[node].braced ?? append { nodes, new in nodes[node].braced = new }
            } else {
                let key = String(segment)
                node =
                    nodes[node].literals[key]
                    ?? append { nodes, new in nodes[node].literals[key] = new }
            }
        }
        precondition(nodes[node].routes[route.method] == nil, "Two routes for one method and path.")
        nodes[node].routes[route.method] = (route, names)
    }

    private mutating func append(_ link: (inout [Node], Int) -> Void) -> Int {
        nodes.append(Node())
        link(&nodes, nodes.count - 1)
        return nodes.count - 1
    }

    private func find(
        _ rest: Substring.UTF8View, from node: Int, values: inout [String]
    ) -> Int? {
        let end = rest.firstIndex(of: ASCII.slash)
        let segment = Substring(rest[..<(end ?? rest.endIndex)])
        let next = { (node: Int, values: inout [String]) -> Int? in
            guard let end else { return nodes[node].routes.isEmpty ? nil : node }
            return find(rest[rest.index(after: end)...], from: node, values: &values)
        }
        if let literal = nodes[node].literals[String(segment)],
            let found = next(literal, &values)
        {
            return found
        }
        guard let braced = nodes[node].braced, !segment.isEmpty,
            let value = PercentEncoding.decode(segment, plusIsSpace: false)
        else { return nil }
        values.append(value)
        if let found = next(braced, &values) { return found }
        values.removeLast()
        return nil
    }

    private static func allow(_ methods: some Sequence<Method>) -> String {
        var names = Set(methods.map(\.name))
        if names.contains("GET") { names.insert("HEAD") }
        names.insert("OPTIONS")
        return names.sorted().joined(separator: ", ")
    }
}

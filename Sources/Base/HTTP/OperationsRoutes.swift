package import Daemon

/// What operators and orchestrators ask of any daemon: whether it is alive, and its numbers.
package struct OperationsRoutes: Sendable {
    private let metrics: MetricRegistry
    private let readers: MetricsReaders

    /// - Parameter readers: who else gets 404 from `/metrics`.
    package init(_ metrics: MetricRegistry, readers: MetricsReaders) {
        (self.metrics, self.readers) = (metrics, readers)
    }

    /// `/healthz` and `/metrics`.
    package var routes: [Route] {
        [
            Route(
                .get, "/healthz",
                handler: .direct { _, answer in answer.send(.text(200, "alive\n")) }
            ).described(Self.health),
            Route(.get, "/metrics", handler: .direct { [self] in show($0, $1) })
                .described(Self.metrics),
        ]
    }

    private static let health: Operation = {
        var operation = Operation("healthz", "Whether the program is alive")
        operation.replies = [Operation.Reply(200, "It is.", [Operation.Content("text/plain", nil)])]
        return operation
    }()

    private static let metrics: Operation = {
        var operation = Operation("metrics", "Numbers for Prometheus")
        operation.details = "For programs of this machine, unless it is set otherwise."
        operation.replies = [
            Operation.Reply(200, "The numbers.", [Operation.Content("text/plain", nil)]),
            Operation.Reply(
                404, "`not_found`: the reader may not see them.",
                [Operation.Content("application/problem+json", .problem)]),
        ]
        return operation
    }()

    private func show(_ request: Request, _ answer: Answer) {
        guard mayRead(request) else {
            answer.send(.problem(404, "not_found", "There is nothing here."))
            return
        }
        var response = Response.text(200, metrics.text())
        response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        answer.send(response)
    }

    /// A request that a proxy passed on comes from nobody knows where.
    private func mayRead(_ request: Request) -> Bool {
        if request.headers["X-Forwarded-For"] != nil || request.headers["Forwarded"] != nil {
            return false
        }
        guard case .address(let address, _) = request.peer else { return true }
        return switch readers {
        case .loopback: address.isLoopback
        case .private: address.isLoopback || address.isPrivate
        case .any: true
        case .nobody: false
        }
    }
}

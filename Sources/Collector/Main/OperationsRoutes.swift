import Buffer
import Daemon
import HTTP

/// What operators and orchestrators ask: alive, ready, and the numbers.
struct OperationsRoutes {
    let metrics: MetricRegistry
    let metricsPeers: CollectorConfiguration.MetricsPeers
    let report: @Sendable () -> StatusReport

    /// For every listener.
    var routes: [Route] {
        [
            Route(
                .get, "/healthz",
                handler: .direct { _, answer in answer.send(.text(200, "alive\n")) }),
            Route(.get, "/readyz", handler: .direct { [self] _, answer in answer.send(readiness) }),
            Route(.get, "/metrics", handler: .direct { [self] in show($0, $1) }),
        ]
    }

    /// For the local socket, which only this user and root can open.
    var localRoutes: [Route] {
        [
            Route(
                .get, "/status",
                handler: .direct { [self] request, answer in
                    let report = report()
                    answer.send(
                        request.query["format"] == "text"
                            ? .text(200, report.text() + "\n") : .json(200, report.json()))
                })
        ]
    }

    /// Whether an event that came now would be on the disk before its answer.
    private var readiness: Response {
        switch report().buffer.condition {
        case .open: .text(200, "ready\n")
        case .refusing(let reason):
            .problem(503, reason.rawValue, "Events cannot be stored now.")
                .with("Retry-After", reason.retryAfter.components.seconds.description)
        }
    }

    private func show(_ request: Request, _ answer: Answer) {
        guard mayRead(request) else {
            answer.send(.problem(404, "not_found", "There is nothing here."))
            return
        }
        answer.send(
            .text(200, metrics.text()).with(
                "Content-Type", "text/plain; version=0.0.4; charset=utf-8"))
    }

    /// A request that a proxy passed on comes from nobody knows where.
    private func mayRead(_ request: Request) -> Bool {
        if request.headers["X-Forwarded-For"] != nil || request.headers["Forwarded"] != nil {
            return false
        }
        guard case .address(let address, _) = request.peer else { return true }
        return switch metricsPeers {
        case .loopback: address.isLoopback
        case .private: address.isLoopback || address.isPrivate
        case .any: true
        case .nobody: false
        }
    }
}

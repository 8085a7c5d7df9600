import Daemon
import HTTP

/// What operators and orchestrators ask: alive, ready, and the numbers.
struct OperationsRoutes {
    private let metrics: MetricRegistry
    private let peers: CollectorConfiguration.MetricsPeers

    init(_ metrics: MetricRegistry, peers: CollectorConfiguration.MetricsPeers) {
        (self.metrics, self.peers) = (metrics, peers)
    }

    var routes: [Route] {
        [
            Route(
                .get, "/healthz",
                handler: .direct { _, answer in answer.send(.text(200, "alive\n")) }),
            Route(.get, "/metrics", handler: .direct { [self] in show($0, $1) }),
        ]
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
        return switch peers {
        case .loopback: address.isLoopback
        case .private: address.isLoopback || address.isPrivate
        case .any: true
        case .nobody: false
        }
    }
}

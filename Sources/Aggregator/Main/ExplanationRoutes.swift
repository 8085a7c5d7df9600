import ConveyProtocol
import Destinations
import HTTP
import Pipeline
import Sites
import Store
import Tenancy
import Time

/// Explanations over HTTP, for the holder of a server key: its own organization's orders and no
/// other's.
struct ExplanationRoutes {
    private let store: Store
    private let verdicts: VerdictTable
    private let clock: any WallClock

    init(_ store: Store, _ verdicts: VerdictTable, _ clock: any WallClock) {
        (self.store, self.verdicts, self.clock) = (store, verdicts, clock)
    }

    var routes: [Route] {
        let limits = Route.Limits(bodyBytesMax: 0)
        return [
            Route(
                .get, "/api/v1/orders/explain", limits: limits,
                handler: .concurrent { request in
                    await explain(request.query["order"], request)
                }),
            Route(
                .get, "/api/v1/conversions/{id}/explain", limits: limits,
                handler: .concurrent { request in
                    await explain(request.pathParameters["id"], request)
                }),
        ]
    }

    /// A JSON array: shops may share an order's number.
    private func explain(_ text: String?, _ request: Request) async -> Response {
        guard let key = ServerKey(of: request) else { return ServerKey.missing }
        guard let text, !text.isEmpty, text.utf8.count <= 300 else {
            return .problem(400, "order_missing", "Name the order: ?order=1042.")
        }
        let (site, verdicts, now) = (request.query["site"], verdicts, clock.now())
        do {
            let answers = try await store.read { tx -> [Explainer.Answer]? in
                guard let organization = try key.organization(in: tx) else { return nil }
                let tenant = TenantTransaction(tx, organization: organization)
                let number = try site.map { try SiteTable(tenant, at: now).named($0).number }
                return try Explainer(tenant, tx, verdicts, at: now).explanations(
                    of: text, site: number)
            }
            guard let answers else { return ServerKey.missing }
            guard !answers.isEmpty else { return Self.unknown }
            let json = "[\(answers.map(\.json).joined(separator: ","))]"
            return Response.json(200, Array(json.utf8)).with("Cache-Control", "no-store")
        } catch is SiteRefusal {
            return Self.unknown
        } catch {
            return Response.unavailable
        }
    }

    private static let unknown = Response.problem(
        404, "order_unknown", "There is no such order.")
}

import ConveyProtocol
import HTTP
import Ingest
import Sites
import Store
import Tenancy
import Time
import Transfer

/// The books over HTTP, for the holder of a server key: its own organization's and no other's.
struct BookRoutes {
    private let store: Store

    init(_ store: Store) { self.store = store }

    var routes: [Route] {
        [
            Route(
                .get, "/api/v1/ledger", limits: Route.Limits(bodyBytesMax: 0),
                handler: .concurrent { await ledger($0) }),
            Route(
                .get, "/readyz", limits: Route.Limits(bodyBytesMax: 0),
                handler: .concurrent { _ in await readiness() }),
        ]
    }

    private func ledger(_ request: Request) async -> Response {
        guard let key = ServerKey(of: request) else { return ServerKey.missing }
        do {
            let organization = try await store.read { try key.organization(in: $0) }
            guard let organization else { return ServerKey.missing }
            let sheet = try await Balance(store).sheet(organization: organization)
            let collectors = try await collectorIDs(of: organization)
            let text = BalanceText(sheet: sheet, collectors: collectors)
            return Response.json(200, Array(text.json.utf8)).with("Cache-Control", "no-store")
        } catch {
            return Response.unavailable
        }
    }

    private func collectorIDs(of organization: Int64) async throws -> [Int64: String] {
        try await store.read { transaction in
            let tenant = TenantTransaction(transaction, organization: organization)
            let all = try CollectorTable(tenant, at: Timestamp(microseconds: 0)).all()
            return Dictionary(uniqueKeysWithValues: all.map { ($0.number, $0.id.description) })
        }
    }

    /// Whether a batch could be stored now: the database answers, and was not moved elsewhere.
    private func readiness() async -> Response {
        do {
            try await store.write { _ in }
            try await TransferDesk(store, tables: Transfers.tables).checkUse()
            return .text(200, "ready\n")
        } catch {
            return Response.unavailable
        }
    }
}

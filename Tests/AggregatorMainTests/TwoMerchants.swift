import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// Two organizations at one aggregator. The first has a collector, an order of yesterday with a click,
/// and a destination that only observes; the second has a site and a server key.
struct TwoMerchants {
    let stage: Stage
    let first: Merchant
    /// A server key of the second organization.
    let foreignKey: String
    private let programs: [Program]

    /// What must never be read anywhere.
    static let secrets = ["client-secret-that-nobody-sees", "refresh-token-that-nobody-sees"]
    static let gclid = "Cj0KCQiA-of-the-first-merchants-shopper"

    static func with(
        on backend: Backend, _ body: (TwoMerchants) async throws -> Void
    ) async throws {
        let stage = try await Stage.fresh(on: backend)
        let both = try await TwoMerchants(stage)
        try await body(both)
        for program in both.programs { await program.stop() }
        try stage.remove()
    }

    private init(_ stage: Stage) async throws {
        self.stage = stage
        let aggregator = try await stage.startAggregator()
        first = try await Merchant.open("First", stores: ["lamps"], on: stage)
        _ = try await stage.aggregator(["organizations", "add", "Second"])
        let second = ["--organization", "Second", "--json"]
        _ = try await stage.rows(["sites", "add", "chairs", "--platform", "shopify"] + second)
        let key = try await stage.rows(
            ["keys", "add", "chairs.myshopify.com", "--kind", "server"] + second)
        foreignKey = key.first?["key"] ?? ""
        programs = [try await first.startCollector(), aggregator]
        try await first.takesEvents()
    }

    /// A destination of the first organization, with a credential.
    func addDestination() async throws {
        try stage.write(
            """
            {"type":"authorized_user","client_id":"client","client_secret":"\(Self.secrets[0])",\
            "refresh_token":"\(Self.secrets[1])"}
            """, to: "credential.json")
        for order in [
            ["add", "google", "--customer", "123-456-7890", "--action", "1"],
            ["credential", "google", "--file", stage.path("credential.json")],
            ["mode", "google", "observe"],
        ] {
            _ = try await stage.aggregator(
                ["destinations"] + order + ["--organization", "First"])
        }
    }

    /// The first merchant's server tells of an order that was placed ten hours ago.
    func order(_ id: String, status: String = "paid") async throws {
        let time = SystemClock().now() - .seconds(36_000)
        let body = """
            [{"id":"order-\(id)","type":"purchase","occurred_at":"\(time)",\
            "order":{"id":"\(id)","name":"#1042","status":"\(status)"},\
            "value":{"amount":"50.00","currency":"EUR"},"click":{"gclid":"\(Self.gclid)"},\
            "consent":{"analytics":"granted","ad_user_data":"granted",\
            "ad_personalization":"granted"}}]
            """
        let response = try await Client().send(
            first.shops[0].serverRequest(Array(body.utf8), to: first.intake))
        #expect(response.status == 200)
    }

    /// Asks for rows of the first organization until they are as expected.
    @discardableResult
    func rows(
        _ words: [String], until isExpected: ([[String: String]]) -> Bool
    ) async throws -> [[String: String]] {
        let rows = try await Patience.ask(within: .seconds(60)) {
            try await stage.rows(words + ["--organization", "First", "--json"])
        } until: {
            isExpected($0)
        }
        #expect(isExpected(rows), "\(words): \(rows)")
        return rows
    }

    /// A command in the name of an organization, whatever comes of it.
    func command(
        _ words: [String], as organization: String
    ) async throws -> Program.Outcome {
        try await stage.command(
            "convey-aggregator",
            words + ["--organization", organization, "--config", stage.path("aggregator.yaml")])
    }

    /// A route of the aggregator, with a server key.
    func get(_ path: String, key: String) async throws -> Response {
        let client = Client(.init(trust: .authority(pem: stage.authorityPEM)))
        return try await client.send(
            ClientRequest(
                .get, stage.aggregator, path, headers: ["Authorization": "Bearer \(key)"]))
    }
}

import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Troupe

/// Both programs running for one site, and somebody who sends to them.
struct RunningPair {
    let stage: Stage
    let merchant: Merchant
    private let aggregator: Program
    private let collector: Program
    private let client = Client()

    /// - Parameters:
    ///   - store: A Shopify handle; a name with a dot is a shop of WooCommerce.
    ///   - prepare: What the aggregator is told before the collector asks it for the first time.
    init(
        on stage: Stage, store: String = "example-shop",
        prepare: (Merchant) async throws -> Void = { _ in }
    ) async throws {
        self.stage = stage
        aggregator = try await self.stage.startAggregator()
        merchant = try await Merchant.open("Real input", stores: [store], on: self.stage)
        try await prepare(merchant)
        collector = try await merchant.startCollector()
        try await merchant.takesEvents()
    }

    private var books: Books { Books(stage: stage, merchant: merchant) }

    func webhook(_ topic: String, _ body: [UInt8], id: String) async throws -> Int {
        let shop = merchant.shops[0]
        let response = try await client.send(
            shop.webhookRequest(topic, body, id: id, to: merchant.intake))
        return response.status
    }

    func woo(_ topic: String, _ body: [UInt8]) async throws -> Int {
        let shop = merchant.shops[0]
        return try await client.send(shop.wooRequest(topic, body, to: merchant.intake)).status
    }

    func wooPing(_ body: [UInt8]) async throws -> Int {
        let shop = merchant.shops[0]
        return try await client.send(shop.wooPing(body, to: merchant.intake)).status
    }

    /// Sends page views as the shop's server; how many the answer says are stored.
    func pageViews(_ events: [[String: Any]]) async throws -> Int {
        let shop = merchant.shops[0]
        let body = try JSONSerialization.data(withJSONObject: events)
        let response = try await client.send(
            shop.serverRequest(Array(body), to: merchant.intake))
        #expect(response.status == 200)
        let answer =
            try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
        if answer?["refused"] as? Int != 0 {
            print("Real input: \(String(decoding: response.body.prefix(2_000), as: UTF8.self))")
        }
        return answer?["stored"] as? Int ?? 0
    }

    /// The types of all stored events by their ids, once all is delivered.
    func settledEvents() async throws -> [String: String] {
        try await books.settled(within: .seconds(120))
        let rows = try await stage.rows(["events", "list", "--limit", "1000000", "--json"])
        return Dictionary(rows.map { ($0["id"] ?? "", $0["type"] ?? "") }) { first, _ in first }
    }

    /// - Parameter once: how many different events they are, where some came twice.
    func endBalanced(stored: Int, once: Int? = nil) async throws {
        let (edge, ledger) = (try await books.edge(), try await books.ledger())
        #expect(edge.isBalanced && ledger.balanced)
        #expect(edge.stored == Int64(stored) && ledger.accepted == Int64(once ?? stored))
        #expect(edge.pending == 0 && ledger.pending == 0 && ledger.rejected == 0)
        await collector.stop()
        await aggregator.stop()
        try stage.remove()
    }
}

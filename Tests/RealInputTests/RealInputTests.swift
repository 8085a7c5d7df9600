import Child
import Crypto
import Foundation
import HTTP
import Stage
import Testing

/// Goal: what real shops and real browsers send goes through the running pair, and the books balance.
/// Method: every Shopify body and every web request of `../shared/data`, where that folder stands
/// beside the project; the run says whether it did.
@Suite(.timeLimit(.minutes(10))) struct RealInputTests {
    private static let data = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/data").standardizedFileURL

    private static let isThere = FileManager.default.fileExists(atPath: data.path)

    @Test func saysWhetherTheRealInputIsThere() {
        print(
            Self.isThere
                ? "Real input: \(Self.data.path) is there and goes through the running pair."
                : "Real input: there is no \(Self.data.path); nothing real was sent.")
    }

    @Test(.enabled(if: RealInputTests.isThere))
    func everyShopifyBodyHasAFate() async throws {
        let pair = try await RunningPair()
        let bodies = try Self.shopifyBodies()
        for body in bodies {
            let status = try await pair.webhook(body.topic, body.bytes, id: body.id)
            #expect(status == 200, "\(body.file) was answered \(status)")
        }
        let events = try await pair.settledEvents()
        for body in bodies {
            let fate = events[body.id].map { "stored as \($0)" } ?? "not stored"
            print("Real input: \(body.file): \(fate)")
            #expect(events[body.id] == body.type, "\(body.file)")
        }
        try await pair.endBalanced(stored: bodies.count)
    }

    @Test(.enabled(if: RealInputTests.isThere))
    func everyWebRequestIsAPageView() async throws {
        let pair = try await RunningPair()
        let requests = try Self.webRequests()
        var stored = 0
        for start in stride(from: 0, to: requests.count, by: 200) {
            let batch = Array(requests[start..<min(start + 200, requests.count)])
            stored += try await pair.pageViews(batch)
        }
        print("Real input: \(stored) of \(requests.count) web requests are stored as page views")
        #expect(requests.count == 9_999 && stored == requests.count)
        let events = try await pair.settledEvents()
        #expect(events.count == stored && events.values.allSatisfy { $0 == "page_view" })
        try await pair.endBalanced(stored: stored)
    }
}

// MARK: The real input

extension RealInputTests {
    private struct Body {
        let file: String
        let topic: String
        let type: String
        let id: String
        let bytes: [UInt8]
    }

    /// What each topic becomes; what is not named here keeps its topic, with `_` for `/`.
    private static let types = [
        "orders/create": "purchase", "orders/paid": "purchase", "orders/updated": "purchase",
        "orders/cancelled": "refund", "refunds/create": "refund",
    ]

    private static func shopifyBodies() throws -> [Body] {
        let folder = data.appending(path: "webhooks/shopify")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".json") }.sorted()
        return try files.enumerated().map { number, file in
            let words = file.dropLast(".json".count).split(separator: "_").filter {
                $0 != "derived" && $0 != "gclid"
            }
            let topic = topic(words.map(String.init))
            return Body(
                file: file, topic: topic,
                type: types[topic] ?? "shopify.\(topic.replacing("/", with: "_"))",
                id: "00000000-0000-4000-8000-\(100_000_000_000 + number)",
                bytes: Array(try Data(contentsOf: folder.appending(path: file))))
        }
    }

    /// `customers_data_request` is the topic `customers/data_request`; only this one and
    /// `subscription_contracts_create` have a third word.
    private static func topic(_ words: [String]) -> String {
        words[0] == "subscription"
            ? "\(words[0])_\(words[1])/\(words[2])"
            : "\(words[0])/\(words.dropFirst().joined(separator: "_"))"
    }

    private struct WebRequest: Decodable {
        let ts: String
        let ip: String
        let path: String
        let referrer: String?
        let userAgent: String?
    }

    private static func webRequests() throws -> [[String: Any]] {
        let text = try String(
            contentsOf: data.appending(path: "events/web_requests.ndjson"), encoding: .utf8)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try text.split(separator: "\n").enumerated().map { number, line in
            let request = try decoder.decode(WebRequest.self, from: Data(line.utf8))
            var page = ["url": "https://www.example.com\(request.path)"]
            if let referrer = request.referrer, referrer != "-" { page["referrer"] = referrer }
            var client = ["ip": request.ip]
            if let agent = request.userAgent, agent != "-" { client["user_agent"] = agent }
            return [
                "id": "web-\(number)", "type": "page_view", "occurred_at": request.ts,
                "page": page, "client": client,
            ]
        }
    }
}

/// Both programs running for one site, and somebody who sends to them.
private struct RunningPair {
    private let stage: Stage
    private let aggregator: Program
    private let collector: Program
    private let merchant: Merchant
    private let client = Client()

    init() async throws {
        stage = try Stage.fresh(
            programs: URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
                .deletingLastPathComponent().path)
        aggregator = try await stage.startAggregator()
        merchant = try await Merchant.open("Real input", stores: ["example-shop"], on: stage)
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

    func endBalanced(stored: Int) async throws {
        let (edge, ledger) = (try await books.edge(), try await books.ledger())
        #expect(edge.isBalanced && ledger.balanced)
        #expect(edge.stored == Int64(stored) && ledger.accepted == Int64(stored))
        #expect(edge.pending == 0 && ledger.pending == 0 && ledger.rejected == 0)
        await collector.stop()
        await aggregator.stop()
        try stage.remove()
    }
}

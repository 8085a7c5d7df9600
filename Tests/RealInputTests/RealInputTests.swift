import Child
import Crypto
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: what real shops and real browsers send goes through the running pair, and the books balance.
/// Method: every Shopify body and every web request of `../shared/data`, where that folder stands
/// beside the project; the run says whether it did.
@Suite(.inTurn, .timeLimit(.minutes(10))) struct RealInputTests {
    static let data = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/data").standardizedFileURL

    static let isThere = FileManager.default.fileExists(atPath: data.path)

    @Test func saysWhetherTheRealInputIsThere() {
        print(
            Self.isThere
                ? "Real input: \(Self.data.path) is there and goes through the running pair."
                : "Real input: there is no \(Self.data.path); nothing real was sent.")
    }

    @Test(.enabled(if: RealInputTests.isThere), arguments: Backend.ofPrograms)
    func everyShopifyBodyHasAFate(_ backend: Backend) async throws {
        let pair = try await RunningPair(on: try await Stage.fresh(on: backend))
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

    @Test(.enabled(if: RealInputTests.isThere), arguments: Backend.ofPrograms)
    func everyWebRequestIsAPageView(_ backend: Backend) async throws {
        let pair = try await RunningPair(on: try await Stage.fresh(on: backend))
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
        "orders/cancelled": "refund", "refunds/create": "refund", "carts/create": "add_to_cart",
        "checkouts/create": "begin_checkout", "customers/create": "sign_up",
        "subscription_contracts/create": "subscription_start",
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

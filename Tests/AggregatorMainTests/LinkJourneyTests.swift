import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: a link that is made at the aggregator works at the edge within seconds, its click earns the
/// conversion that follows, and what is ended there ends here. Method: both real programs.
@Suite(.inTurn, .timeLimit(.minutes(5))) struct LinkJourneyTests {
    private struct Scene {
        let stage: Stage
        let merchant: Merchant
        let client = Client()

        func run(_ words: [String]) async throws -> [[String: String]] {
            try await stage.rows(words + ["--organization", "Acme", "--json"])
        }

        /// A page view, so that the collector has something to send and hears of what is new.
        private func stir() async throws {
            let body = #"[{"type":"page_view","visitor":"somebody"}]"#
            _ = try await client.send(
                merchant.shops[0].browserRequest(Array(body.utf8), to: merchant.intake))
        }

        /// Follows a link until the collector knows what was decided of it.
        func follow(_ code: String, until status: Int) async throws -> Response {
            let answer = try await Patience.ask(within: .seconds(60), every: .milliseconds(200)) {
                try await stir()
                return try await client.send(
                    ClientRequest(
                        .get, merchant.intake, "/l/\(code)",
                        headers: ["User-Agent": Self.browser, "X-Forwarded-For": "198.18.7.7"]))
            } until: {
                $0.status == status
            }
            #expect(answer.status == status)
            return answer
        }

        func convert(tracking: String, link: String, order: String) async throws -> Response {
            let body = """
                {"tracking_id":"\(tracking)","campaign_link_id":"\(link)","event_type":"purchase",\
                "revenue_amount":"49.90","event_data":{"order_id":"\(order)"}}
                """
            return try await client.send(
                ClientRequest(
                    .post, merchant.intake, "/api/conversions",
                    headers: [
                        "Content-Type": "application/json",
                        "X-API-Key": merchant.shops[0].serverKey,
                    ], body: Array(body.utf8)))
        }

        private static let browser =
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    }

    private static func scene(
        on backend: Backend, _ body: (Scene) async throws -> Void
    ) async throws {
        let stage = try await Stage.fresh(on: backend)
        let aggregator = try await stage.startAggregator()
        let merchant = try await Merchant.open("Acme", stores: ["lamps"], on: stage)
        let collector = try await merchant.startCollector()
        try await merchant.takesEvents()
        try await body(Scene(stage: stage, merchant: merchant))
        await collector.stop()
        await aggregator.stop()
        try stage.remove()
    }

    /// A parameter of the address that a click was sent to.
    private static func parameter(_ name: String, of location: String) -> String? {
        URLComponents(string: location)?.queryItems?.first { $0.name == name }?.value
    }

    @Test(arguments: Backend.ofPrograms)
    func aClickEarnsWhatFollowsIt(_ backend: Backend) async throws {
        try await Self.scene(on: backend) { scene in
            let made = try await scene.run([
                "links", "add", "lamps.myshopify.com", "https://lamps.myshopify.com/new?x=1#top",
                "--code", "new", "--utm-source", "youtube", "--window-days", "7",
            ])
            let link = try #require(made.first?["id"])
            let location = try #require(
                try await scene.follow("new", until: 302).headers["Location"])
            #expect(location.hasPrefix("https://lamps.myshopify.com/new?x=1&utm_source=youtube&"))
            #expect(location.hasSuffix("#top"))
            #expect(Self.parameter("ct_campaign_link_id", of: location) == link)
            let tracking = try #require(Self.parameter("ct_tracking_id", of: location))
            let taken = try await scene.convert(tracking: tracking, link: link, order: "A-1")
            #expect(taken.status == 201)
            let unknown = "0d5b6a8e-1111-4000-8000-000000000001"
            let doubtful = try await scene.convert(tracking: tracking, link: unknown, order: "A-2")
            #expect(doubtful.status == 202)
            let explained = try await Patience.ask(within: .seconds(60)) {
                try await scene.stage.command(
                    "convey-aggregator",
                    [
                        "explain", "A-1", "--organization", "Acme", "--config",
                        scene.stage.path("aggregator.yaml"),
                    ]
                ).output
            } until: {
                $0.contains("campaign_link") && $0.contains("micros by")
            }
            #expect(explained.contains("campaign_link"), "\(explained)")
            #expect(explained.contains("last_touch 49900000"), "\(explained)")
            #expect(explained.contains("of 7 days that its link has"))
            let letters = try await Patience.ask(within: .seconds(60)) {
                try await scene.run(["dead-letters", "list"])
            } until: {
                !$0.isEmpty
            }
            #expect(letters.map { $0["code"] } == ["unknown_link"])
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func whatIsEndedAtTheAggregatorEndsAtTheEdge(_ backend: Backend) async throws {
        try await Self.scene(on: backend) { scene in
            let target = "https://lamps.myshopify.com"
            let add = ["links", "add", "lamps.myshopify.com", target, "--code"]
            _ = try await scene.run(add + ["one"])
            _ = try await scene.follow("one", until: 302)
            try await scene.merchant.set(shop: 0, ["--off", "links"])
            _ = try await scene.follow("one", until: 503)
            try await scene.merchant.set(shop: 0, ["--on", "links"])
            _ = try await scene.follow("one", until: 302)
            _ = try await scene.stage.aggregator(
                ["links", "remove", "one", "--organization", "Acme"])
            _ = try await scene.follow("one", until: 404)
        }
    }
}

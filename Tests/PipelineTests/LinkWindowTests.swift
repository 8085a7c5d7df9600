import AggregatorBench
import ConveyProtocol
import Crypto
import Destinations
import Pipeline
import Sites
import Store
import Tenancy
import TestSupport
import Testing
import Time

/// Goal: a click on a campaign link earns credit within its link's own window, whenever the link was
/// changed or removed. Method: a click and an order five days later; the link's window moves.
@Suite struct LinkWindowTests {
    private static let visitor = "v"
    private static let tracking = "0192f0c1-0000-7000-8000-00000000cafe"

    /// The click, as a collector writes it, and the landing that carries it on to the order.
    private static func events(link: String) -> [WorldEvent] {
        let marks = [("ct_tracking_id", tracking), ("ct_campaign_link_id", link)]
        var click = WorldEvent(
            "click", site: 1, type: "link_click", source: .link, credential: .siteKey,
            at: 5 * 86_400)
        click.clicks = marks
        var landing = WorldEvent("landing", site: 1, type: "page_view", at: 5 * 86_400 + 2)
        landing.visitor = visitor
        landing.clicks = marks
        return [click, landing, .paid("paid", order: "9001", of: visitor)]
    }

    private static func change(
        _ bench: PipelineBench, _ link: LinkRecord,
        _ change: @escaping @Sendable (inout LinkContent) -> Void
    ) async throws {
        let now = bench.now
        try await bench.store.write { tx in
            let tenant = TenantTransaction(tx, organization: 1)
            let site = try SiteTable(tenant, at: now).numbered(1)
            if try LinkTable(tenant, at: now).change(link, of: site, change) {
                try Rejudging(tenant, at: now).all(ofSite: 1)
            }
        }
        await bench.pipeline().drain()
    }

    private static func makeLink(
        _ bench: PipelineBench, windowDays: Int?
    ) async throws -> LinkRecord {
        let now = bench.now
        return try await bench.store.write { tx in
            let tenant = TenantTransaction(tx, organization: 1)
            let sites = SiteTable(tenant, at: now)
            try sites.change(try sites.numbered(1)) { $0.origins = ["https://acme.example"] }
            var content = LinkContent(target: "https://acme.example/sale")
            content.windowDays = windowDays
            return try LinkTable(tenant, at: now)
                .add(content, to: try sites.numbered(1), random: RandomBytes())
        }
    }

    private static func credited(_ bench: PipelineBench) async throws -> [Int64] {
        try await bench.ingest.numbers(credits)
    }

    private static let credits = SQL(
        "SELECT last_touch_micros FROM credit WHERE last_touch_billionths > 0")

    private static func explained(_ bench: PipelineBench) async throws -> String {
        let now = bench.now
        return try await bench.store.read { tx in
            let tenant = TenantTransaction(tx, organization: 1)
            return try Explainer(tenant, tx, GoogleVerdicts.table, at: now)
                .explanations(of: "9001").map(\.text).joined()
        }
    }

    @Test(arguments: Backend.all) func aLinksWindowJudgesItsClicks(_ backend: Backend) async throws
    {
        let bench = try await PipelineBench(backend)
        let link = try await Self.makeLink(bench, windowDays: nil)
        try await bench.deliver(Self.events(link: link.id.description))
        await bench.pipeline().drain()
        #expect(try await Self.credited(bench) == [100_000_000])
        try await Self.change(bench, link) { $0.windowDays = 4 }
        #expect(try await Self.credited(bench) == [])
        #expect(try await Self.explained(bench).contains("of 4 days that its link has"))
        try await Self.change(bench, link) { $0.windowDays = 5 }
        #expect(try await Self.credited(bench) == [100_000_000])
        try await Self.change(bench, link) { $0.windowDays = 4 }
        let now = bench.now
        try await bench.store.write { tx in
            try LinkTable(TenantTransaction(tx, organization: 1), at: now).remove(link)
            try Rejudging(TenantTransaction(tx, organization: 1), at: now).all(ofSite: 1)
        }
        await bench.pipeline().drain()
        #expect(try await Self.credited(bench) == [])
    }

    @Test(arguments: Backend.all) func anotherLinksWindowJudgesNothing(_ backend: Backend)
        async throws
    {
        let bench = try await PipelineBench(backend)
        _ = try await Self.makeLink(bench, windowDays: 1)
        let stranger = "0192f0c1-0000-7000-8000-0000000beef1"
        try await bench.deliver(Self.events(link: stranger))
        await bench.pipeline().drain()
        #expect(try await Self.credited(bench) == [100_000_000])
        #expect(try await !Self.explained(bench).contains("that its link has"))
    }
}

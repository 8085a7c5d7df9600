import AggregatorBench
import ConveyProtocol
import Ingest
import Store
import TestSupport
import Testing

/// Goal: a campaign conversion of a link that its site never had becomes a dead letter, any other
/// event that names such a link is taken. Method: batches before and after the link is there.
@Suite struct UnknownLinkTests {
    private static let link = "0192f0c1-0000-7000-8000-00000000001a"

    private static func event(
        _ id: String, site: Int64 = 1, contract: String = #""campaign_conversion""#,
        link: String = link
    ) -> String {
        let data = TestEvent(id: id, site: site, data: #"{"contract":\#(contract)}"#).json
        return String(data.dropLast()) + #","click":{"ct_campaign_link_id":"\#(link)"}}"#
    }

    private static func addLink(_ bench: IngestBench, removedAt: Int64? = nil) async throws {
        let id = try #require(LinkID(link))
        _ = try await bench.store.write { tx in
            try tx.run(insert, .bytes(id.bytes), .optional(removedAt))
        }
    }

    private static let insert = SQL(
        """
        INSERT INTO site_link (organization, site, id, code, target, is_enabled, created_at_us,
            removed_at_us)
        VALUES (1, 1, $1, 'sale', 'https://one.example', 1, 1, $2)
        """)

    private static func send(
        _ bench: IngestBench, _ events: [String], from number: Int64 = 1
    ) async throws -> [EventFault] {
        var edge = bench.edge(number)
        let batch = try edge.seal(events.map { .event($0) })
        let receipt = try #require(try await bench.send(batch, from: edge).receipt)
        return receipt.rejected.map(\.fault)
    }

    @Test(arguments: Backend.all) func aConversionNeedsALinkOfItsSite(
        _ backend: Backend
    ) async throws {
        let bench = try await IngestBench(backend)
        try await Self.addLink(bench)
        let fault = EventFault(.unknownLink, at: "/click/ct_campaign_link_id")
        let other = "0192f0c1-0000-7000-8000-00000000001b"
        let rejected = try await Self.send(
            bench,
            [
                Self.event("known"), Self.event("unknown", link: other),
                Self.event("elsewhere", site: 2),
                Self.event("page", contract: #""other""#, link: other),
                Self.event("odd", contract: "[1]", link: other),
            ])
        #expect(rejected == [fault, fault])
        let letters = try await DeadLetters(bench.store, stages: []).waiting()
        #expect(letters.map(\.eventID) == ["unknown", "elsewhere"])
        #expect(letters.allSatisfy { $0.code == "unknown_link" })
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func anotherTenantsLinkIsUnknown(
        _ backend: Backend
    ) async throws {
        let bench = try await IngestBench(backend)
        try await Self.addLink(bench)
        let rejected = try await Self.send(bench, [Self.event("a", site: 3)], from: 3)
        #expect(rejected.map(\.code) == [.unknownLink])
    }

    @Test(arguments: Backend.all) func aRemovedLinkIsStillKnown(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        try await Self.addLink(bench, removedAt: 2)
        #expect(try await Self.send(bench, [Self.event("a")]).isEmpty)
    }

    @Test(arguments: Backend.all) func aLetterCountsOnceItsLinkIsThere(
        _ backend: Backend
    ) async throws {
        let bench = try await IngestBench(backend)
        #expect(try await Self.send(bench, [Self.event("a")]).count == 1)
        let letters = DeadLetters(bench.store, stages: [])
        let sites = [IngestBench.site(1): Int64(1)]
        let now = IngestBench.start
        let before = try await letters.replay(1, sites: sites, at: now)
        #expect(before == .faulty(EventFault(.unknownLink, at: "/click/ct_campaign_link_id")))
        try await Self.addLink(bench)
        #expect(try await letters.replay(1, sites: sites, at: now) == .settled(.replayed))
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }
}

import AggregatorBench
import ConveyProtocol
import Testing
import Time

extension PipelineBench {
    /// Delivers events from a collector of an organization, counted from 0, in one batch.
    /// - Parameter pendingFrom: since when the collector holds something back, in seconds after the
    ///   bench's start; nil: long ago.
    func deliver(
        _ events: [WorldEvent], of organization: Int64 = 1, from collector: Int = 0,
        pendingFrom: Int64? = nil
    ) async throws {
        var edge = ingest.edge(BenchPlan.collectors(of: organization)[collector])
        let since = IngestBench.start + .seconds(pendingFrom ?? -365 * 86_400)
        edge.standing.sentAt = now
        for lane in Lane.allCases {
            edge.lane = lane
            edge.go(to: 1, chain: Chain.start(of: edge.epoch))
            edge.standing.pendingFrom = PerLane(repeating: since)
            let own = lane == .conversion ? events : []
            let batch = try edge.seal(own.map { .event($0.line) })
            let receipt = try #require(try await ingest.send(batch, from: edge).receipt)
            #expect(receipt.rejected.isEmpty)
        }
    }
}

extension WorldEvent {
    /// A landing with an ad click.
    static func click(
        _ id: String, of visitor: String, at seconds: Int64, site: Int64 = 1
    ) -> WorldEvent {
        var event = WorldEvent(id, site: site, type: "page_view", at: seconds)
        event.visitor = visitor
        event.session = visitor
        event.clicks = [("gclid", "gclid-" + String(repeating: "x", count: 24))]
        return event
    }

    /// What the shop's webhook says of an order that a visitor's checkout led to.
    static func paid(
        _ id: String, order: String, _ amount: String = "100.00", of visitor: String? = nil,
        at seconds: Int64 = 10 * 86_400, site: Int64 = 1
    ) -> WorldEvent {
        var event = WorldEvent(
            id, site: site, type: "purchase", source: .shopify, credential: .webhook, at: seconds)
        event.order = [("id", order), ("status", "paid")]
        event.visitor = visitor
        event.amount = amount
        event.consent = ["granted", "granted", "granted"]
        event.data = [("topic", "\"orders/paid\""), ("created_at", "\"\(time(seconds))\"")]
        return event
    }
}

import ConveyProtocol
import Crypto
import Sites
import Store
import Tenancy
import TestSupport
import Testing
import Time
import Timeline

@testable import Conversions

/// Goal: a conversion settles when nothing older can come, or when nobody should wait longer. Method:
/// instants on both sides of each edge; then rows in a store.
@Suite struct SettlingTests {
    private let start = Sample.start

    private func settling(_ since: Timestamp?..., grace: Duration = .seconds(3600)) -> Settling {
        Settling(
            since.enumerated().map { index, since in
                Settling.Pending(collector: Int64(index), lane: .conversion, since: since)
            }, grace: grace)
    }

    @Test func everyLaneHasToBePastItByFiveMinutes() {
        let edge = start + .seconds(300)
        let late = settling(edge, edge + .seconds(60))
        #expect(
            late.verdict(occurredAt: start, arrivedAt: start, at: start)
                == .waits(
                    until: start + .seconds(3600),
                    by: [.init(collector: 0, lane: .conversion, since: edge)]))
        let past = settling(edge + .microseconds(1), edge + .seconds(60))
        #expect(past.verdict(occurredAt: start, arrivedAt: start, at: start) == .complete)
    }

    @Test func graceEndsTheWaiting() {
        let stuck = settling(start - .seconds(86_400), nil)
        let arrived = start + .seconds(10)
        let end = arrived + .seconds(3600)
        #expect(
            !stuck.verdict(occurredAt: start, arrivedAt: arrived, at: end - .microseconds(1))
                .isSettled)
        #expect(
            stuck.verdict(occurredAt: start, arrivedAt: arrived, at: end) == .graceIsOver)
        let none = settling(nil, grace: .zero)
        #expect(none.verdict(occurredAt: start, arrivedAt: arrived, at: arrived) == .graceIsOver)
    }

    @Test func aSiteWithoutCollectorsWaitsForNobody() {
        let settling = Settling([], grace: .seconds(3600))
        #expect(settling.verdict(occurredAt: start, arrivedAt: start, at: start) == .complete)
    }

    @Test(arguments: Backend.all) func rowsSettleOnce(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        let site = shop.site.number
        let late = Sample.version("b", "orders/paid", at: 1) { fact in
            fact.order = .init(id: "2")
            fact.order?.status = "paid"
            fact.platform?.createdAt = Sample.start + .seconds(900)
        }
        try await shop.judge([Sample.version("a", "orders/paid", at: 1)])
        try await shop.judge([late])
        let before = settling(start + .seconds(600))
        let (first, again, left, over) = try await shop.write(at: start + .seconds(60)) {
            table, tenant in
            let first = try table.settle(before, site: site, limit: 10)
            let again = try table.settle(before, site: site, limit: 10)
            let end = ConversionTable(tenant, at: Sample.start + .seconds(3600))
            return (
                first, again, try table.newest(10).filter { $0.settledAt == nil },
                try end.settle(before, site: site, limit: 10)
            )
        }
        #expect(first.map(\.identity.value) == ["6123456789012"])
        #expect(first.map(\.settledAt) == [start + .seconds(60)])
        #expect(again.isEmpty)
        #expect(left.map(\.identity.value) == ["2"])
        #expect(over.map(\.identity.value) == ["2"])
        let sites = try await shop.temporary.store.read { try UnsettledSite.all(in: $0) }
        #expect(sites.isEmpty)
    }

    @Test(arguments: Backend.all)
    func whatMovesToALaterTimeWaitsAgain(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        let site = shop.site.number
        let server = Sample.server("s", at: -100)
        let everything = Settling([], grace: .zero)
        try await shop.judge([server])
        _ = try await shop.write { table, _ in
            try table.settle(everything, site: site, limit: 10)
        }
        let moved = try await shop.judge([server, Sample.version("a", "orders/paid", at: 1)])
        #expect(moved.first?.conversion.occurredAt == Sample.start)
        #expect(moved.first?.conversion.settledAt == nil)
        let sites = try await shop.temporary.store.read { try UnsettledSite.all(in: $0) }
        #expect(sites.map(\.site) == [site])
    }

    @Test(arguments: Backend.all)
    func theNewestEpochOfEveryCollectorInForceTells(_ backend: Backend) async throws {
        let shop = try await Shop.make(backend)
        let site = shop.site
        let (none, silent, heard, moved) = try await shop.write { table, tenant in
            let collectors = CollectorTable(tenant, at: Sample.start)
            let none = try table.pending(at: site.number)
            let edge = try collectors.add(name: "edge", sites: [site], random: RandomBytes())
            _ = try collectors.add(name: "waiting", sites: [site], random: RandomBytes())
            try Self.enrol(edge.number, tenant)
            let silent = try table.pending(at: site.number)
            try Self.hear(edge.number, epoch: 1, pendingFrom: Sample.start, tenant)
            let heard = try table.pending(at: site.number)
            let later = Sample.start + .seconds(60)
            try Self.hear(edge.number, epoch: 2, pendingFrom: later, tenant)
            return (none, silent, heard, try table.pending(at: site.number))
        }
        #expect(none.isEmpty)
        #expect(silent.map(\.since) == [nil], "one that was never heard of holds the site up")
        #expect(heard.map(\.lane) == [.conversion, .interaction, .pageview])
        #expect(heard.map(\.since) == Array(repeating: Sample.start, count: 3))
        #expect(moved.map(\.since) == Array(repeating: Sample.start + .seconds(60), count: 3))
    }

    private static func enrol(_ collector: Int64, _ tenant: TenantTransaction) throws {
        try tenant.run(
            TenantSQL(
                """
                INSERT INTO collector_key (organization, collector, fingerprint, public_key,
                    box_key, enrolled_at_us) VALUES ($1, $2, $3, $3, $3, 0)
                """), .integer(collector), .bytes(Array(repeating: 7, count: 32)))
    }

    /// What Ingest keeps of a collector's batch.
    private static func hear(
        _ collector: Int64, epoch: UInt8, pendingFrom: Timestamp, _ tenant: TenantTransaction
    ) throws {
        let opened = try tenant.first(
            TenantSQL(
                """
                INSERT INTO ledger_epoch (organization, collector, epoch, shipper, sent_at_us,
                    clock_offset_ms, first_batch_at_us, last_batch_at_us)
                VALUES ($1, $2, $3, 'test', $4, 0, $4, $4) RETURNING number
                """), .integer(collector), .bytes(Array(repeating: epoch, count: 16)),
            .timestamp(pendingFrom)
        ) { $0.integer(0) }
        let number = try #require(opened)
        for lane in Lane.allCases {
            try tenant.run(
                TenantSQL(
                    """
                    INSERT INTO ledger_lane (organization, epoch, lane, expected_seq, accepted,
                        duplicate, rejected, gaps, assigned, pending_from_us)
                    VALUES ($1, $2, $3, 1, 0, 0, 0, 0, 0, $4)
                    """), .integer(number), .integer(Int64(lane.number)),
                .timestamp(pendingFrom))
        }
    }
}

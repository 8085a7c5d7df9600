import AggregatorBench
import ConveyProtocol
import Ingest
import Store
import TestSupport
import Testing
import Time

/// Goal: PostgreSQL stores each event in the week of its day, made ahead or not, and a week goes as a
/// whole, with its events counted. Method: batches on chosen days, tables read by name.
@Suite struct EventWeekTests {
    private static let start = IngestBench.start
    private static let firstDay = start.unixSeconds / 86_400

    private static func make(_ bench: IngestBench) async throws -> Int {
        let now = bench.clock.wall.now()
        return try await bench.store.write {
            try EventWeeks($0, of: bench.store.kind).makeAhead(at: now)
        }
    }

    private static func drop(_ bench: IngestBench) async throws -> EventExpiry.Deleted? {
        try await bench.store.write {
            try EventWeeks($0, of: bench.store.kind).drop(EventWeeks.Week(of: start))
        }
    }

    private static func send(
        _ count: Int, _ bench: IngestBench, by collector: Int64 = 1
    ) async throws {
        var edge = bench.edge(collector, seed: UInt64(bench.clock.wall.now().unixSeconds))
        let day = Int((bench.clock.wall.now() - start) / .seconds(86_400))
        let events = TestEvent.some(count, from: 1_000 * day + 100 * Int(collector))
        #expect(try await bench.send(try edge.seal(events: events), from: edge).receipt != nil)
    }

    private static func places(_ bench: IngestBench) throws -> String {
        let database = try #require(bench.temporary.database)
        return try database.query(
            "SELECT tableoid::regclass, count(*) FROM event GROUP BY 1 ORDER BY 1::text"
        ).split(separator: "\n").joined(separator: " ")
    }

    @Test func weeksAreMadeOnce() async throws {
        let bench = try await IngestBench(.postgres)
        #expect(try await Self.make(bench) == 5)
        #expect(try await Self.make(bench) == 0)
        bench.clock.setWall(Self.start + .seconds(8 * 86_400))
        #expect(try await Self.make(bench) == 1)
    }

    @Test func aChunkLiesInTheWeekOfItsDay() async throws {
        let bench = try await IngestBench(.postgres)
        _ = try await Self.make(bench)
        bench.clock.setWall(Self.start + .seconds(9 * 86_400))
        try await Self.send(3, bench)
        let week = Self.firstDay + 9 - (Self.firstDay + 9) % 7
        #expect(try Self.places(bench) == "event_d\(week)|3")
        let days = try await bench.numbers(SQL("SELECT number >> 40 FROM chunk"))
        #expect(days == [Self.firstDay + 9])
    }

    /// Nobody had looked after the weeks in time: nothing is refused, and what lies aside stays there.
    @Test func whatHasNoWeekLiesAside() async throws {
        let bench = try await IngestBench(.postgres)
        try await Self.send(2, bench)
        #expect(try Self.places(bench) == "event_other|2")
        #expect(try await Self.make(bench) == 4)
        try await Self.send(2, bench, by: 2)
        #expect(try Self.places(bench) == "event_other|4")
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test func aWeekIsDroppedWithItsEventsCounted() async throws {
        let bench = try await IngestBench(.postgres)
        _ = try await Self.make(bench)
        try await Self.send(3, bench)
        bench.clock.setWall(Self.start + .seconds(10 * 86_400))
        try await Self.send(2, bench, by: 2)
        #expect(try await Self.drop(bench) == EventExpiry.Deleted(events: 3, chunks: 1))
        #expect(try await Self.drop(bench) == nil)
        let sheet = try await Balance(bench.store).sheet()
        #expect(sheet.isBalanced && sheet.expired == 3 && sheet.events == 2)
    }

    /// Waiting for the batch would hold up all that come after it: dropping is put off instead.
    @Test(.timeLimit(.minutes(1))) func aWeekIsNotDroppedUnderABatch() async throws {
        let bench = try await IngestBench(.postgres)
        _ = try await Self.make(bench)
        try await Self.send(3, bench)
        let (isOpen, mayEnd) = (Latch(), Latch())
        async let batch: Void = bench.store.write { tx in
            try tx.run(SQL("DELETE FROM event WHERE organization = 1 AND chunk = 0"))
            isOpen.open()
            mayEnd.wait()
        }
        isOpen.wait()
        await #expect(throws: StoreFault.self) { _ = try await Self.drop(bench) }
        mayEnd.open()
        try await batch
        #expect(try await Balance(bench.store).sheet().events == 3)
        #expect(try await Self.drop(bench)?.events == 3)
    }

    @Test func sqliteHasNoWeeks() async throws {
        let bench = try await IngestBench(.sqlite)
        #expect(try await Self.make(bench) == 0)
        try await Self.send(3, bench)
        #expect(try await Self.drop(bench) == nil)
        #expect(try await Balance(bench.store).sheet().events == 3)
    }
}

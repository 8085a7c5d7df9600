import AggregatorBench
import ConveyProtocol
import Ingest
import Store
import TestSupport
import Testing

/// Goal: what cannot be used is kept, can be corrected, and then counts once.
@Suite struct DeadLetterTests {
    private let now = IngestBench.start
    private let sites: [SiteID: Int64] = [IngestBench.site(1): 1, IngestBench.site(2): 2]

    /// A bench with letters for: a missing type, another tenant's site, no JSON.
    private func bench(_ backend: Backend) async throws -> (IngestBench, DeadLetters) {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let batch = try edge.seal([
            .event(#"{"id":"a"}"#), .event(TestEvent(id: "b", site: 3).json), .event("{no"),
        ])
        #expect(try await bench.send(batch, from: edge).receipt?.rejected.count == 3)
        return (bench, DeadLetters(bench.store, stages: ["fold"]))
    }

    private func replay(
        _ letters: DeadLetters, _ number: Int64, _ event: TestEvent
    ) async throws -> DeadLetters.End {
        try await letters.replay(
            number, corrected: Array(event.json.utf8), sites: sites, at: now)
    }

    @Test(arguments: Backend.all) func keepsTheLineAsItCame(_ backend: Backend) async throws {
        let (bench, letters) = try await bench(backend)
        let waiting = try await letters.waiting()
        #expect(waiting.map(\.seq) == [1, 2, 3])
        #expect(waiting.map(\.code) == ["missing_member", "unknown_site", "invalid_json"])
        #expect(waiting.map(\.eventID) == ["a", "b", nil])
        #expect(String(decoding: waiting[2].line, as: UTF8.self) == #"{"seq":3,no"#)
        #expect(try await letters.waiting(after: waiting[1].number).count == 1)
        #expect(try await letters.waiting(organization: 2).isEmpty)
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    /// Texts of PostgreSQL hold no NUL: a line must not be able to stop its batch for ever.
    @Test(arguments: Backend.all) func takesALineWithNuls(_ backend: Backend) async throws {
        let bench = try await IngestBench(backend)
        var edge = bench.edge(1)
        let whole = TestEvent(id: "a").json
        let lines = [
            TestEvent(id: #"a\u0000b"#).json, TestEvent(id: "b", type: #"a\u0000b"#).json,
            TestEvent(id: "c", data: #"{"a\u0000b":"c\u0000d"}"#).json,
            TestEvent(id: "d", data: #"{"order":{"id":"c\u0000d","na\u0000me":1}}"#).json,
            whole.replacing(#"{"id""#, with: #"{"\u0000":1,"id""#),
            whole.replacing(#""browser""#, with: #""bro\u0000wser""#), "{\0\0",
        ]
        let batch = try edge.seal(lines.map { .event($0) })
        let receipt = try #require(try await bench.send(batch, from: edge).receipt)
        #expect(receipt.rejected.count + Int(receipt.accepted) == lines.count)
        let letters = DeadLetters(bench.store, stages: ["fold"])
        #expect(try await letters.waiting().count == receipt.rejected.count)
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func countsACorrectedEvent(_ backend: Backend) async throws {
        let (bench, letters) = try await bench(backend)
        let end = try await replay(letters, 1, TestEvent(id: "a"))
        #expect(end == .settled(.replayed))
        #expect(try await replay(letters, 1, TestEvent(id: "a")) == .notWaiting)
        let events = try await bench.store.read {
            try StoredEvents($0, organization: 1).newest(limit: 10)
        }
        #expect(events.count == 1 && events[0].seq == 1)
        #expect(String(decoding: events[0].line, as: UTF8.self).hasPrefix(#"{"seq":1,"id":"a""#))
        let sheet = try await Balance(bench.store).sheet()
        #expect(sheet.isBalanced && sheet.replayed == 1)
        #expect(try await bench.numbers(SQL("SELECT count(*) FROM work")) == [1])
    }

    @Test(arguments: Backend.all) func takesALineAsItCameOnceTheSiteIsThere(
        _ backend: Backend
    ) async throws {
        let (bench, letters) = try await bench(backend)
        #expect(
            try await letters.replay(2, sites: sites, at: now)
                == .faulty(EventFault(.unknownSite, at: "/site")))
        let more = sites.merging([IngestBench.site(3): 2]) { $1 }
        #expect(try await letters.replay(2, sites: more, at: now) == .settled(.replayed))
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func countsACopyOnce(_ backend: Backend) async throws {
        let (bench, letters) = try await bench(backend)
        var edge = bench.edge(2)
        _ = try await bench.send(
            try edge.seal(events: [TestEvent(id: "a", receivedAt: 5)]), from: edge)
        #expect(try await replay(letters, 1, TestEvent(id: "a")) == .settled(.duplicate))
        let events = try await bench.store.read {
            try StoredEvents($0, organization: 1).newest(limit: 10)
        }
        // The corrected copy was received first, so it is the one that counts.
        #expect(events.map(\.receivedAt) == [now])
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func staysWaitingWhileItIsFaulty(
        _ backend: Backend
    ) async throws {
        let (bench, letters) = try await bench(backend)
        let end = try await replay(letters, 3, TestEvent(id: "x", type: "No"))
        #expect(end == .faulty(EventFault(.invalidValue, at: "/type")))
        #expect(try await letters.letter(3)?.state == .waiting)
        #expect(try await letters.discard(3, at: now) == .settled(.discarded))
        #expect(try await letters.discard(3, at: now) == .notWaiting)
        #expect(try await letters.letter(3)?.state == .discarded)
        #expect(try await letters.letter(99) == nil)
        #expect(try await Balance(bench.store).sheet().isBalanced)
    }

    @Test(arguments: Backend.all) func takesACorrectionOfManyLines(
        _ backend: Backend
    ) async throws {
        let (bench, letters) = try await bench(backend)
        let text = TestEvent(id: "a").json.replacing(",\"", with: ",\n  \"")
        let end = try await letters.replay(
            1, corrected: Array("\n\(text)\n".utf8), sites: sites, at: now)
        #expect(end == .settled(.replayed))
        let events = try await bench.store.read {
            try StoredEvents($0, organization: 1).newest(limit: 10)
        }
        #expect(events.count == 1 && !events[0].line.contains(UInt8(ascii: "\n")))
    }
}

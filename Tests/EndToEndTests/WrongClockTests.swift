import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// Goal: a collector whose clock is a day wrong loses nothing, tells right times, and says so.
///
/// Method: the real collector with another wall clock, its monotonic clocks left alone; events come
/// before and after the aggregator has told it the time.
@Suite(.inTurn) struct WrongClockTests {
    @Test(
        arguments: Backend.ofPrograms, [(86_400, "24 hours ahead"), (-86_400, "24 hours behind")])
    func timesAreRightAllTheSame(
        _ backend: Backend, _ sample: (error: Int, words: String)
    ) async throws {
        let (error, words) = sample
        let fake = try WrongClock(seconds: error).environment
        let begun = SystemClock().now()
        try await Rehearsal.run(on: backend) { rehearsal in
            try await rehearsal.collector.stop()
            try await rehearsal.aggregator.stop()
            try await rehearsal.startCollector(environment: fake)
            let early = (0..<20).map { "early-\($0)-xx" }
            #expect(try await rehearsal.post(early)?.status == 200)
            try await rehearsal.collector.crash()
            try await rehearsal.startCollector(environment: fake)
            let later = (0..<20).map { "later-\($0)-xx" }
            #expect(try await rehearsal.post(later)?.status == 200)

            try await rehearsal.startAggregator()
            let edge = try await rehearsal.books.edge { $0.pending == 0 }
            #expect(edge.problems.contains { $0.contains(words) }, "\(edge.problems)")
            let known = (0..<20).map { "known-\($0)-xx" }
            #expect(try await rehearsal.post(known)?.status == 200)
            try await rehearsal.expectNothingLost()

            let rows = try await rehearsal.stage.rows([
                "events", "list", "--limit", "1000", "--json",
            ])
            #expect(rows.count >= 60)
            for row in rows {
                for name in ["occurred_at", "received_at"] {
                    let text = try #require(row[name])
                    let time = Timestamp(rfc3339: text) ?? .earliest
                    let isRight =
                        time > begun - .seconds(5) && time < SystemClock().now() + .seconds(5)
                    #expect(isRight, "\(row["id"] ?? ""): \(name) \(text)")
                }
            }
        }
    }
}

import TestSupport
import Testing
import Time

@testable import Destinations

/// Goal: a project's limits hold whatever waits, and a platform that fails is left in peace. Method: the
/// pure deciders, asked at times made up here.
@Suite struct PaceTests {
    /// Sends as fast as the budget lets for so many seconds; returns when each request went.
    private func requests(for seconds: Int) -> [Timestamp] {
        var budget = RequestBudget()
        var (now, sent) = (Sample.now, [Timestamp]())
        let end = now + .seconds(seconds)
        while now < end {
            let wait = budget.wait(at: now)
            if wait == .zero {
                budget.take(at: now)
                sent.append(now)
            }
            now += max(wait, .milliseconds(1))
        }
        return sent
    }

    @Test func noMinuteHasMoreThan300Requests() {
        let sent = requests(for: 600)
        for (index, start) in sent.enumerated() {
            let inMinute = sent[index...].prefix { $0 - start < .seconds(60) }.count
            #expect(inMinute <= 300)
        }
        #expect(sent.count > 1000)
    }

    @Test func noDayHasMoreThan100000Requests() {
        let sent = requests(for: 2 * 86_400)
        let secondDay = sent.filter { $0 - Sample.now >= .seconds(86_400) }.count
        #expect(sent.count - secondDay <= 100_000)
        #expect(secondDay <= 100_000 && secondDay > 60_000)
    }

    @Test func theFirstRequestGoesAtOnce() {
        var budget = RequestBudget()
        #expect(budget.wait(at: Sample.now) == .zero)
    }

    @Test func aClockThatGoesBackNeitherFillsNorBlocks() {
        var budget = RequestBudget()
        for _ in 0..<60 { budget.take(at: Sample.now) }
        #expect(budget.wait(at: Sample.now - .seconds(3600)) <= .seconds(1))
        #expect(budget.wait(at: Sample.now - .seconds(3600)) > .zero)
    }

    @Test func projectsAndKindsHaveTheirOwn() {
        let budgets = RequestBudgets()
        for _ in 0..<60 { budgets.take(.ingest, of: "one", at: Sample.now) }
        #expect(budgets.wait(.ingest, of: "one", at: Sample.now) > .zero)
        #expect(budgets.wait(.status, of: "one", at: Sample.now) == .zero)
        #expect(budgets.wait(.ingest, of: "two", at: Sample.now) == .zero)
    }

    @Test func failuresInARowWaitLongerAndOpenTheCircuit() {
        var breaker = CircuitBreaker()
        var waits: [Duration] = []
        for _ in 0..<12 {
            breaker.failed(retryAfter: nil, random: 1, at: Sample.now)
            waits.append(breaker.wait(at: Sample.now) ?? .zero)
        }
        #expect(waits == waits.sorted() && waits.first == .seconds(1))
        #expect(waits.last == .seconds(300) && breaker.isOpen)
        breaker.answered(at: Sample.now)
        #expect(!breaker.isOpen && breaker.wait(at: Sample.now) == nil)
    }

    @Test func keepsThePauseThatThePlatformAsksFor() {
        var breaker = CircuitBreaker()
        breaker.heard(.throttled(retryAfter: .seconds(45)), random: 0, at: Sample.now)
        #expect(breaker.wait(at: Sample.now) == .seconds(45))
        #expect(breaker.wait(at: Sample.now + .seconds(45)) == nil)
    }
}

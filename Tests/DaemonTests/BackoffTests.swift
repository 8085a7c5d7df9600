import Daemon
import Testing

/// Goal: waits grow to a bound and start anew after a success. Method: drive it by hand.
@Suite struct BackoffTests {
    @Test func doublesTheBoundUpToFiveMinutes() {
        var backoff = Backoff()
        let waits = (1...12).map { _ in backoff.failed(random: 1) }
        #expect(waits.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(waits.suffix(3) == [.seconds(300), .seconds(300), .seconds(300)])
        #expect(backoff.failures == 12)
    }

    @Test func drawsTheWaitBelowTheBound() {
        var backoff = Backoff()
        #expect(backoff.failed(random: 0) == .zero)
        #expect(backoff.failed(random: 0.25) == .milliseconds(500))
    }

    @Test func startsAnewAfterASuccess() {
        var backoff = Backoff(first: .milliseconds(100), most: .seconds(1))
        for _ in 0..<1000 { #expect(backoff.failed(random: 1) <= .seconds(1)) }
        backoff.succeeded()
        #expect(backoff.failed(random: 1) == .milliseconds(100))
    }
}

import Testing
import Time

/// Goal: instants and lengths add up, and never overflow. Method: plain values and both ends.
@Suite struct TimestampTests {
    @Test func comparesByInstant() {
        #expect(Timestamp(microseconds: 1) < Timestamp(microseconds: 2))
    }

    @Test func addsAndSubtractsDurations() {
        let start = Timestamp(unixSeconds: 1_700_000_000)
        #expect(start + .milliseconds(1500) - start == .milliseconds(1500))
        #expect(start - .seconds(1) == Timestamp(unixSeconds: 1_699_999_999))
        var moved = start
        moved += .seconds(5)
        moved -= .seconds(3)
        #expect(moved - start == .seconds(2))
    }

    @Test func stopsAtTheEndsInsteadOfOverflowing() {
        #expect(Timestamp(microseconds: .max) == .latest)
        #expect(Timestamp(unixSeconds: .min) == .earliest)
        #expect(Timestamp.latest + .seconds(Int64.max) == .latest)
        #expect(Timestamp.earliest - .seconds(Int64.max) == .earliest)
        #expect(Timestamp.earliest.description == "0000-01-01T00:00:00.000Z")
        #expect(Timestamp.latest.description == "9999-12-31T23:59:59.999Z")
    }

    @Test func roundsDownAlsoBefore1970() {
        let before = Timestamp(microseconds: -1)
        #expect(before.unixSeconds == -1)
        #expect(before.milliseconds == -1)
        #expect(before.description == "1969-12-31T23:59:59.999Z")
        #expect(before.roundedDownToMilliseconds == Timestamp(microseconds: -1000))
    }

    @Test func measuresDurationsInWholeUnits() {
        #expect(Duration.nanoseconds(1999).wholeMicroseconds == 1)
        #expect(Duration.seconds(-2).wholeMilliseconds == -2000)
        #expect(Duration.seconds(Int64.max).wholeMicroseconds == .max)
        #expect(Duration.milliseconds(250).fractionalSeconds == 0.25)
    }

    @Test func theSystemClockRuns() {
        let first = SystemClock().now()
        #expect(first > Timestamp(rfc3339: "2024-01-01T00:00:00Z")!)
        #expect(SystemClock().now() >= first)
    }
}

/// An instant of wall time in microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Holds the years 0000 to 9999, so that every value can be printed; arithmetic stops at the ends
/// instead of overflowing.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    package let microseconds: Int64

    /// The first instant of year 0000.
    package static let earliest = Timestamp(microseconds: microsecondsMin)
    /// The last microsecond of year 9999.
    package static let latest = Timestamp(microseconds: microsecondsMax)

    private static let microsecondsMin: Int64 = -62_167_219_200_000_000
    private static let microsecondsMax: Int64 = 253_402_300_799_999_999

    /// Takes any integer, also a foreign one: what lies outside the years 0000 to 9999 is moved to
    /// the nearest end.
    package init(microseconds: Int64) {
        self.microseconds = min(max(microseconds, Self.microsecondsMin), Self.microsecondsMax)
    }

    /// Takes Unix seconds, as `created` in a signature or a webhook's header has them; outside the
    /// years 0000 to 9999 the nearest end.
    package init(unixSeconds: Int64) {
        let (product, isTooFar) = unixSeconds.multipliedReportingOverflow(by: 1_000_000)
        self.init(microseconds: isTooFar ? (unixSeconds < 0 ? .min : .max) : product)
    }

    /// Whole seconds since 1970, rounded down (also before 1970).
    package var unixSeconds: Int64 { microseconds.dividedDown(by: 1_000_000) }

    /// Whole milliseconds since 1970, rounded down (also before 1970).
    package var milliseconds: Int64 { microseconds.dividedDown(by: 1000) }

    /// The same instant without its microseconds, as its printed form holds it.
    package var roundedDownToMilliseconds: Timestamp {
        Timestamp(microseconds: milliseconds * 1000)
    }

    /// Orders by instant.
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension Timestamp {
    /// The later instant; stops at the end of year 9999. Parts of a microsecond are cut off.
    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (sum, isTooFar) = left.microseconds.addingReportingOverflow(right.wholeMicroseconds)
        return Timestamp(microseconds: isTooFar ? (right < .zero ? .min : .max) : sum)
    }

    /// The earlier instant; stops at the start of year 0000. Parts of a microsecond are cut off.
    package static func - (left: Timestamp, right: Duration) -> Timestamp {
        left + (.zero - right)
    }

    /// How long `left` comes after `right`; negative when it comes before.
    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    /// Moves the instant later, within the years 0000 to 9999.
    package static func += (left: inout Timestamp, right: Duration) { left = left + right }

    /// Moves the instant earlier, within the years 0000 to 9999.
    package static func -= (left: inout Timestamp, right: Duration) { left = left - right }
}

extension Duration {
    /// The length in microseconds, parts of one cut off; beyond ±292,000 years the nearest end.
    package var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, isTooFarToo) =
            product.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return isTooFar || isTooFarToo ? (seconds < 0 ? .min : .max) : sum
    }

    /// The length in milliseconds, parts of one cut off.
    package var wholeMilliseconds: Int64 { wholeMicroseconds / 1000 }

    /// The length in seconds as a fraction, for metrics and for people.
    package var fractionalSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}

extension Int64 {
    /// The quotient rounded down, also where the number is negative.
    func dividedDown(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

/// Counts one client's requests over a sliding window, in slices of a twelfth of it. Pure.
///
/// A request counts until its whole slice lies outside of the window: for at least the window's
/// length, and at most a twelfth longer. So no stretch of that length, wherever it begins, holds more
/// requests than the quota; a client that was refused may come again after at most 13/12 of it.
struct RateWindow: Sendable {
    private static let slicesInWindow: Int64 = 12
    private static let slicesKept: Int64 = 13

    private var counts = InlineArray<13, UInt32>(repeating: 0)
    private var newest: Int64 = 0

    /// Requests that still counted when the window was last looked at.
    private(set) var used = 0

    /// Whether the quota has room now; else when it will, in whole seconds, rounded up.
    mutating func waitSeconds(for quota: RateQuota, atMilliseconds now: Int64) -> Int64? {
        let slice = Self.sliceMilliseconds(quota)
        move(to: now / slice)
        guard used >= quota.requests else { return nil }
        var left = used
        for number in (newest - Self.slicesInWindow)...newest {
            left -= Int(counts[Self.place(number)])
            if left < quota.requests {
                let free = (number + Self.slicesKept) * slice - now
                return max((free + 999) / 1000, 1)
            }
        }
        return quota.window.seconds
    }

    mutating func count(_ quota: RateQuota, atMilliseconds now: Int64) {
        move(to: now / Self.sliceMilliseconds(quota))
        counts[Self.place(newest)] += 1
        used += 1
    }

    /// When nothing of it counts any more, however the clock goes on.
    static func idleAfterMilliseconds(_ quota: RateQuota) -> Int64 {
        sliceMilliseconds(quota) * slicesKept
    }

    private mutating func move(to slice: Int64) {
        guard slice > newest else { return }
        for number in max(newest + 1, slice - Self.slicesInWindow)...slice {
            let place = Self.place(number)
            used -= Int(counts[place])
            counts[place] = 0
        }
        newest = slice
    }

    private static func place(_ slice: Int64) -> Int {
        Int((slice % slicesKept + slicesKept) % slicesKept)
    }

    private static func sliceMilliseconds(_ quota: RateQuota) -> Int64 {
        quota.window.seconds * 1000 / slicesInWindow
    }
}

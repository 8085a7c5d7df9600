private import Glibc

/// Tells how long the machine runs, asleep or awake. Unlike wall time it is never set or stepped, so
/// two readings of one boot measure truly.
package protocol Uptime: Sendable {
    /// Time since the machine started; called for every request, from any thread.
    func now() -> Duration
}

/// The machine's own uptime, by clock_gettime(2) with `CLOCK_BOOTTIME`.
package struct SystemUptime: Uptime {
    /// Costs nothing; every instance tells the same time.
    package init() {}

    /// The machine's uptime, to the microsecond.
    package func now() -> Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return .microseconds(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

private import Glibc

/// Tells the time of day. It may be wrong, and may jump: measure waiting with a `Clock` instead.
package protocol WallClock: Sendable {
    /// The wall time as this machine holds it; called for every event, from any thread.
    func now() -> Timestamp
}

/// The machine's own clock, by clock_gettime(2) with `CLOCK_REALTIME`.
package struct SystemClock: WallClock {
    /// Costs nothing; every instance tells the same time.
    package init() {}

    /// The machine's wall time, to the microsecond.
    package func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

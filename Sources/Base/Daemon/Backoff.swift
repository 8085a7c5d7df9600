/// How long to wait after each failure in a row: the bound doubles, the wait is drawn at random
/// below it, so that many clients of one server do not come back together. Knows no clock.
/// - Source: full jitter, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
package struct Backoff: Sendable, Equatable {
    /// Failures since the last success.
    package private(set) var failures = 0
    private let first: Duration
    private let most: Duration

    /// - Parameters:
    ///   - first: the bound after the first failure; above zero.
    ///   - most: where the bound stops growing; not below `first`.
    package init(first: Duration = .seconds(1), most: Duration = .seconds(300)) {
        precondition(first > .zero && most >= first, "Waits must be able to grow.")
        self.first = first
        self.most = most
    }

    /// Counts a failure and says how long to wait before the next try.
    /// - Parameter random: drawn evenly from 0 to 1 for this call.
    package mutating func failed(random: Double) -> Duration {
        precondition((0...1).contains(random), "A random share lies between 0 and 1.")
        let doublings = min(failures, 40)
        failures = min(failures + 1, 1_000_000)
        return bound(afterDoublings: doublings) * random
    }

    /// Forgets the failures.
    package mutating func succeeded() { failures = 0 }

    private func bound(afterDoublings doublings: Int) -> Duration {
        var bound = first
        for _ in 0..<doublings where bound < most { bound = min(bound * 2, most) }
        return min(bound, most)
    }
}

import Synchronization

/// Counts answers, and lets others wait for so many more.
final class Progress: Sendable {
    private let state = Mutex((count: 0, isOver: false))

    /// Nobody waits longer: where everything waits for everything, somebody must begin.
    private static let patience: Duration = .seconds(2)

    /// How many there were.
    var count: Int { state.withLock { $0.count } }
    /// Whether nobody waits any more.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Counts one.
    func note() { state.withLock { $0.count += 1 } }

    /// Ends all waiting.
    func end() { state.withLock { $0.isOver = true } }

    /// Returns after so many more, or when nothing more comes.
    func more(_ count: Int) async throws {
        let target = self.count + count
        let end = ContinuousClock.now + Self.patience
        while self.count < target, !isOver, ContinuousClock.now < end {
            try await ContinuousClock().sleep(for: .milliseconds(5))
        }
    }
}

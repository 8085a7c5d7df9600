import Synchronization
package import Time

/// Time that stands still until a test moves it: the clock itself is for waiting, `wall` for dates.
///
/// Both move together with `advance(by:)`; `setWall` moves the date alone, as a stepped or wrong
/// system clock does. Sleepers wake in order of their deadlines.
package final class ManualClock: Clock {
    /// The date that goes with the clock.
    package struct Wall: WallClock {
        fileprivate let clock: ManualClock
        /// The date as the test set it.
        package func now() -> Timestamp { clock.state.withLock { $0.wall } }
    }

    /// Monotonic time: the distance from the clock's making.
    package struct Instant: InstantProtocol, Sendable {
        /// How far the clock was moved until then.
        package let offset: Duration
        /// The instant so much later.
        package func advanced(by duration: Duration) -> Self { Self(offset: offset + duration) }
        /// How long until the other.
        package func duration(to other: Self) -> Duration { other.offset - offset }
        /// Orders by time.
        package static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var instant = Instant(offset: .zero)
        var wall: Timestamp
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func takeWatchers() -> [CheckedContinuation<Void, Never>] {
            let ready = watchers.filter { $0.count <= sleepers.count }
            watchers.removeAll { $0.count <= sleepers.count }
            return ready.map(\.continuation)
        }
    }

    private let state: Mutex<State>

    /// Starts at the date given, 2026-01-01T00:00:00Z by default.
    package init(at wall: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)) {
        state = Mutex(State(wall: wall))
    }

    /// Monotonic time as the test advanced it.
    package var now: Instant { state.withLock { $0.instant } }
    /// As fine as a `Duration` usefully is.
    package var minimumResolution: Duration { .nanoseconds(1) }

    /// The date for what takes a `WallClock`.
    package var wall: Wall { Wall(clock: self) }

    /// Moves only the date, as an operator or a time server does.
    package func setWall(_ wall: Timestamp) { state.withLock { $0.wall = wall } }

    /// Moves time and wakes whoever's deadline has come.
    package func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.instant = state.instant.advanced(by: duration)
            state.wall += duration
            let instant = state.instant
            let due = state.sleepers.filter { $0.value.deadline <= instant }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Returns once at least so many tasks sleep on this clock: then a test may advance it.
    package func sleepers(atLeast count: Int) async {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state in
                state.watchers.append((count, continuation))
                return state.takeWatchers()
            }
            for watcher in ready { watcher.resume() }
        }
    }

    /// Sleeps until the test has advanced far enough; ends at once when cancelled.
    package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { park($0, until: deadline, id) }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private enum Parking {
        case cancelled, due
        case parked([CheckedContinuation<Void, Never>])
    }

    /// Looks at cancellation under the lock, after the handler is in place: none is missed.
    private func park(
        _ continuation: CheckedContinuation<Void, any Error>, until deadline: Instant, _ id: Int
    ) {
        let parking = state.withLock { state in
            if Task.isCancelled { return Parking.cancelled }
            if deadline <= state.instant { return .due }
            state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
            return .parked(state.takeWatchers())
        }
        switch parking {
        case .cancelled: continuation.resume(throwing: CancellationError())
        case .due: continuation.resume()
        case .parked(let watchers): for watcher in watchers { watcher.resume() }
        }
    }
}

import Synchronization
import Time

/// Keeps requests below what a Cloud project may make: 300 in any minute, 100,000 in any day.
///
/// Two buckets fill evenly. While there is enough a request goes at once; the emptier the day's, the
/// longer the pause between two requests, so that a batch grows instead. Knows no clock.
struct RequestBudget: Sendable {
    private static let minute = Bucket(most: 60, perSecond: 4)
    private static let day = Bucket(most: 20_000, perSecond: 80_000.0 / 86_400)

    private var minute = Self.minute
    private var day = Self.day
    private var lastAt: Timestamp?

    /// Tokens that fill evenly up to a bound.
    private struct Bucket {
        let most: Double
        let perSecond: Double
        var level: Double
        var filledAt: Timestamp?

        init(most: Double, perSecond: Double) {
            (self.most, self.perSecond, level) = (most, perSecond, most)
        }

        mutating func fill(at now: Timestamp) {
            let seconds = filledAt.map { max(0, (now - $0).fractionalSeconds) } ?? 0
            level = min(most, level + seconds * perSecond)
            filledAt = now
        }

        /// How long until one token is there.
        var wait: Duration { level >= 1 ? .zero : .seconds((1 - level) / perSecond) }
    }

    /// How long a request must wait; zero: it may go now.
    mutating func wait(at now: Timestamp) -> Duration {
        minute.fill(at: now)
        day.fill(at: now)
        return max(minute.wait, day.wait, spacing(at: now))
    }

    /// Counts a request that goes.
    mutating func take(at now: Timestamp) {
        _ = wait(at: now)
        minute.level -= 1
        day.level -= 1
        lastAt = now
    }

    /// The pause that the day's bucket asks for: none while nine tenths are left, its own rate when
    /// it is empty.
    private func spacing(at now: Timestamp) -> Duration {
        guard let lastAt, lastAt <= now else { return .zero }
        let used = max(0, 0.9 - max(0, day.level) / day.most) / 0.9
        let pause = used / day.perSecond
        return max(.zero, .seconds(pause) - (now - lastAt))
    }
}

/// The budgets of all Cloud projects; destinations of one project share it. Google counts what is
/// written apart from what is asked.
package final class RequestBudgets: Sendable {
    private struct Key: Hashable {
        let project: String
        let kind: UploadAttempt.Kind
    }

    private let budgets = Mutex<[Key: RequestBudget]>([:])

    /// All full.
    package init() {}

    /// How long a request of a project must wait; zero: it may go now.
    func wait(_ kind: UploadAttempt.Kind, of project: String, at now: Timestamp) -> Duration {
        budgets.withLock {
            $0[Key(project: project, kind: kind), default: RequestBudget()].wait(at: now)
        }
    }

    /// Counts a request that goes.
    func take(_ kind: UploadAttempt.Kind, of project: String, at now: Timestamp) {
        budgets.withLock {
            $0[Key(project: project, kind: kind), default: RequestBudget()].take(at: now)
        }
    }
}

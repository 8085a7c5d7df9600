import Daemon
import Time

/// Keeps a platform that fails from being asked again and again. Knows no clock.
///
/// After each failure nothing is sent for a while; from the fifth in a row the circuit counts as
/// open. Then one request at a time tries whether the platform is back.
struct CircuitBreaker: Sendable {
    /// Failures in a row that open the circuit.
    static let failuresMax = 5

    private var backoff: Backoff
    private var restsUntil: Timestamp?

    /// When something was answered last.
    private(set) var answeredAt: Timestamp?

    /// - Parameter most: the longest pause; one second or more.
    init(most: Duration = .seconds(300)) { backoff = Backoff(first: .seconds(1), most: most) }

    /// Whether the platform counts as away.
    var isOpen: Bool { backoff.failures >= Self.failuresMax }

    /// How long nothing is sent; nil: it may.
    func wait(at now: Timestamp) -> Duration? {
        guard let restsUntil, restsUntil > now else { return nil }
        return restsUntil - now
    }

    /// Counts an answer, whatever it said of the uploads.
    mutating func answered(at now: Timestamp) {
        backoff.succeeded()
        restsUntil = nil
        answeredAt = now
    }

    /// Counts a failure.
    /// - Parameters:
    ///   - retryAfter: the pause that the platform asked for.
    ///   - random: drawn evenly from 0 to 1 for this call.
    mutating func failed(retryAfter: Duration?, random: Double, at now: Timestamp) {
        let wait = backoff.failed(random: random)
        restsUntil = now + max(retryAfter ?? .zero, wait, .milliseconds(100))
    }

    /// Takes what an answer said of the platform's health.
    mutating func heard(_ health: Aftermath.Health, random: Double, at now: Timestamp) {
        switch health {
        case .answered: answered(at: now)
        case .failed(let wait), .throttled(let wait):
            failed(retryAfter: wait, random: random, at: now)
        }
    }
}

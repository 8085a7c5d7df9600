package import Visitors

/// What intake takes and whom it believes.
package struct IntakeSettings: Sendable {
    /// Largest body of `/v1/events`, on the wire and decoded.
    package var bodyBytesMax = 1_048_576
    /// Most events in one request.
    package var eventsMax = 5_000
    /// How long a request waits for its commit before it gets 503.
    package var commitWithin: Duration = .seconds(2)
    /// Whose word about a client's address is taken.
    package var trustedProxies = TrustedProxies()

    /// What tells where visitors are and with what they came.
    package var visitors = Visitors()
    /// Lets pages of every origin in: only for a collector that nobody but its own machine reaches.
    package var takesAnyOrigin = false

    /// The defaults; change what differs.
    package init() {}
}

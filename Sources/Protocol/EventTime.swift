import Time

/// Decides when an event occurred. Pure.
/// - Source: protocol/event.md, section 7.
struct EventTime: Equatable {
    var occurredAt: Timestamp
    /// The sender's own time, where it was not taken as it was.
    var clientTime: Timestamp?
    var flag: EventContext.Flag?

    private static let skewMax = Duration.seconds(60)
    private static let futureMax = Duration.seconds(86_400)

    /// - Parameter sentAt: The sender's clock when it sent; only browsers are corrected by it.
    init(
        stated: Timestamp?, sentAt: Timestamp?, receivedAt: Timestamp, isBrowser: Bool
    ) {
        guard let stated else {
            occurredAt = receivedAt
            return
        }
        occurredAt = stated
        if isBrowser, let sentAt {
            let skew = receivedAt - sentAt
            if skew > Self.skewMax || skew < .zero - Self.skewMax {
                occurredAt = stated + skew
                clientTime = stated
                flag = .clockCorrected
            }
        }
        if occurredAt > receivedAt + Self.futureMax {
            occurredAt = receivedAt
            clientTime = stated
            flag = .futureClamped
        }
    }
}

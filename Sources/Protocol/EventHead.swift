package import Time

/// What the aggregator must know of an event to place it; the rest stays in its line.
package struct EventHead: Equatable, Sendable {
    package let id: EventID
    package let type: String
    package let site: SiteID
    package let source: EventSource
    package let credential: CredentialClass
    package let occurredAt: Timestamp
    package let receivedAt: Timestamp
    package let clockOffsetMilliseconds: Int64
}

/// What reading an event line gives.
package enum EventReading: Equatable, Sendable {
    case sound(EventHead)
    /// For the dead letters; id and site where they could be read.
    case faulty(EventFault, id: EventID?, site: SiteID?)
}

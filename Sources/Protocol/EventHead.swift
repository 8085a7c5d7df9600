package import Time

/// What the aggregator must know of an event to place it; the rest stays in its line.
package struct EventHead: Equatable, Sendable {
    /// Unique with site and class.
    package let id: EventID
    /// 1-64 of `a-z 0-9 _ .`.
    package let type: String
    /// As the collector states it; whether it is the collector's is not checked here.
    package let site: SiteID
    /// Who spoke.
    package let source: EventSource
    /// What vouched.
    package let credential: CredentialClass
    /// When it happened, corrected.
    package let occurredAt: Timestamp
    /// When the collector took it, corrected.
    package let receivedAt: Timestamp
    /// What the collector had added to its clock.
    package let clockOffsetMilliseconds: Int64
    /// The campaign link that a campaign conversion names; nil for every other event.
    /// - Source: protocol/event.md, section 6.
    package let campaignLink: LinkID?
}

/// What reading an event line gives.
package enum EventReading: Equatable, Sendable {
    case sound(EventHead)
    /// For the dead letters; id and site where they could be read.
    case faulty(EventFault, id: EventID?, site: SiteID?)
}

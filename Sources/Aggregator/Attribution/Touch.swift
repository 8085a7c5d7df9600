package import Time
package import Timeline

/// A marketing contact of a person with a site, worked out from facts: an ad click, a campaign link's
/// click, a tagged landing, a referral, or a direct visit.
package struct Touch: Hashable, Sendable, Identifiable {
    /// What sent the shopper. An ad click is one whose click id, or whose tags, prove it paid.
    package enum Kind: String, CaseIterable, Sendable {
        case adClick = "ad_click"
        case campaignLink = "campaign_link"
        case tagged, referral, direct
    }

    /// How the time is known.
    package enum Timing: String, Sendable {
        /// By an event of the visit itself.
        case seen
        /// By the order alone, which named the click: its own time, and the click may be older.
        case firstSight = "first_sight"
    }

    /// The same whenever the same facts make it.
    package let id: DerivedID
    /// The first sight of the click on the site, else the earliest event of the visit.
    package let at: Timestamp
    /// How `at` is known.
    package let timing: Timing
    /// What sent the shopper.
    package let kind: Kind
    /// By the channel rules.
    package let channel: Channel
    /// What the tags, the click id or the referrer say.
    package let traffic: TrafficSource
    /// `utm_content` and `utm_term`, where tags stated them.
    package let content, term: String?
    /// Every click id of the landing; none for touches without.
    package let clicks: [ClickID]
    /// The campaign link that was clicked.
    package let campaignLink: String?
    /// The events that it was worked out from, sorted.
    package let evidence: [Fact.Name]

    /// Whether the time is a click's, which may come from another clock than the order's.
    var isClick: Bool { !clicks.isEmpty || kind == .campaignLink }

    /// Touches of one person by time, those of one instant by id.
    static func isBefore(_ left: Touch, _ right: Touch) -> Bool {
        left.at == right.at ? left.id < right.id : left.at < right.at
    }
}

extension Touch {
    /// A touch by its parts, for tests of other rooms and for measurements.
    package init(
        id: DerivedID, at: Timestamp, timing: Timing, kind: Kind, channel: Channel,
        traffic: TrafficSource, clicks: [ClickID] = [], campaignLink: String? = nil,
        evidence: [Fact.Name] = []
    ) {
        self.init(
            id: id, at: at, timing: timing, kind: kind, channel: channel, traffic: traffic,
            content: nil, term: nil, clicks: clicks, campaignLink: campaignLink,
            evidence: evidence)
    }
}

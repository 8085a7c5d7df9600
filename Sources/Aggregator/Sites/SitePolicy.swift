/// How the aggregator judges what happens at one site. Collectors are told nothing of it.
///
/// What is nil follows a default that the site's platform, or the definition, has.
package struct SitePolicy: Equatable, Sendable {
    /// States in which an order counts; nil: each platform's own list.
    package var countingStates: [String]?
    /// Who has to confirm an order; nil: the platform wherever the site has webhooks.
    package var confirmation: Confirmation?
    /// What is sent where a person's consent is not known.
    package var unknownConsent = UnknownConsent.withhold
    /// How long a conversion waits, at most, for what collectors still hold: 0 to 72 hours.
    package var grace: Duration = .seconds(3600)
    /// Days from a click to a conversion, 1...90, where nothing nearer says so; nil: 30.
    package var windowDays: Int?
    /// Which model's credits count; others are computed beside it.
    package var model = Model.lastNonDirect
    /// How credits are shared out by models that can be adjusted.
    package var sharing = Sharing()

    /// The defaults.
    package init() {}

    /// Who has to confirm an order before it may be uploaded.
    package enum Confirmation: String, CaseIterable, Codable, Sendable {
        /// A browser's purchase alone is `unconfirmed`.
        case platform
        /// A browser's word is enough.
        case any
    }

    /// What is sent where consent is unknown. It is never treated as granted.
    package enum UnknownConsent: String, CaseIterable, Codable, Sendable {
        /// Nothing.
        case withhold
        /// The click id, no personal data.
        case clickIDOnly = "click_id_only"
        /// As if granted, with consent left unspecified.
        case sendUnspecified = "send_unspecified"
    }

    /// The rule models of attribution.
    package enum Model: String, CaseIterable, Codable, Sendable {
        case lastTouch = "last_touch"
        case lastNonDirect = "last_non_direct"
        case lastAdClick = "last_ad_click"
        case firstTouch = "first_touch"
        case linear
        case positionBased = "position_based"
        case timeDecay = "time_decay"
    }

    /// What can be adjusted of the models.
    package struct Sharing: Equatable, Sendable {
        /// Days in which a touch loses half its weight, 1...90, for `time_decay`.
        package var halfLifeDays = 7
        /// Percent for the first touch and for the last, together at most 100, for `position_based`.
        package var positionPercents = PositionPercents(first: 40, last: 40)
        /// Touches before an earlier counted conversion of the person do not serve again.
        package var resetsOnConversion = false
        /// Direct visits are touches for the models that may ask for them.
        package var creditsDirect = false

        /// The defaults.
        package init() {}
    }

    /// The ends' weights of `position_based`; the middle shares what remains.
    package struct PositionPercents: Equatable, Sendable {
        /// Of the earliest touch.
        package let first: Int
        /// Of the latest touch.
        package let last: Int

        /// Takes percents, 0...100 each.
        package init(first: Int, last: Int) { (self.first, self.last) = (first, last) }
    }

    /// What is out of its range; nil for a policy that may be kept.
    package var refusal: SiteRefusal? {
        if let countingStates, !Self.isStateList(countingStates) { return .wrongStates }
        guard (.zero ... .seconds(72 * 3600)).contains(grace) else { return .wrongGrace }
        guard (1...90).contains(windowDays ?? 30) else { return .wrongWindow }
        guard (1...90).contains(sharing.halfLifeDays) else { return .wrongHalfLife }
        let (first, last) = (sharing.positionPercents.first, sharing.positionPercents.last)
        guard min(first, last) >= 0, first <= 100, last <= 100, first + last <= 100 else {
            return .wrongPositions
        }
        return nil
    }

    private static func isStateList(_ states: [String]) -> Bool {
        (1...20).contains(states.count)
            && states.allSatisfy { state in
                (1...64).contains(state.utf8.count)
                    && state.utf8.allSatisfy { byte in
                        byte &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x5F || byte == 0x2D
                    }
            }
    }
}

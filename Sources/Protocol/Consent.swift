/// What a person allowed, as far as the sender knew. Unknown is never treated as granted.
package struct Consent: Hashable, Sendable {
    /// One purpose's answer.
    package enum State: String, CaseIterable, Codable, Sendable {
        case granted, denied, unknown

        /// The more careful of two answers: denied before unknown before granted.
        package func strictest(_ other: State) -> State {
            if self == .denied || other == .denied { return .denied }
            return self == .granted && other == .granted ? .granted : .unknown
        }
    }

    /// Measuring.
    package var analytics: State
    /// Sending personal data to advertisers.
    package var adUserData: State
    /// Advertising made for the person.
    package var adPersonalization: State

    /// Nothing is known.
    package static let unknown = Consent(
        analytics: .unknown, adUserData: .unknown, adPersonalization: .unknown)

    /// States all three answers.
    package init(analytics: State, adUserData: State, adPersonalization: State) {
        self.analytics = analytics
        self.adUserData = adUserData
        self.adPersonalization = adPersonalization
    }

    /// The more careful answer for each purpose, where parts of one order disagree.
    package func strictest(_ other: Consent) -> Consent {
        Consent(
            analytics: analytics.strictest(other.analytics),
            adUserData: adUserData.strictest(other.adUserData),
            adPersonalization: adPersonalization.strictest(other.adPersonalization))
    }
}

/// The kind of marketing that a touch belongs to, by the name that reports show.
package struct Channel: Hashable, Sendable, CustomStringConvertible {
    /// 1-64 characters; GA4's own names unless an organization has rules of its own.
    package let name: String

    /// Takes a name as it is.
    package init(_ name: String) { self.name = name }

    package var description: String { name }

    /// No rule held.
    package static let unassigned = Channel("Unassigned")
}

/// What channel rules look at; missing parts are empty.
package struct TrafficSource: Hashable, Sendable {
    /// `google`, `newsletter`, `m.facebook.com`, `(direct)`.
    package var source: String
    /// `cpc`, `organic`, `referral`, `(none)`.
    package var medium: String
    /// The campaign's name.
    package var campaign: String

    /// Takes the three as they are; rules compare them without regard to case.
    package init(source: String, medium: String, campaign: String = "") {
        (self.source, self.medium, self.campaign) = (source, medium, campaign)
    }

    /// Nobody sent this visitor.
    package static let direct = TrafficSource(source: "(direct)", medium: "(none)")
}

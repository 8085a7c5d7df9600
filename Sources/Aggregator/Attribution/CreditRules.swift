/// What an organization may choose about the models; the same for all touches of a conversion.
package struct CreditRules: Hashable, Sendable {
    /// How long it takes until a touch weighs half under `time_decay`; whole days, 1...90.
    package let halfLifeDays: Int
    /// Per cent of the first touch under `position_based`.
    package let firstPercent: Int
    /// Per cent of the last touch under `position_based`; what is left is shared by those between.
    package let lastPercent: Int
    /// Whether direct visits count for `first_touch`, `linear`, `position_based`, `time_decay`, too.
    package let countsDirect: Bool
    /// Whether touches up to an earlier conversion of the person do not serve again.
    package let resetsOnConversion: Bool

    /// 7 days; 40, 20, 40; direct visits count for `last_touch` alone; touches may serve again.
    package static let standard = CreditRules()

    /// Nil for a half-life outside 1...90 days, a negative percentage, or more than 100 together.
    package init?(
        halfLifeDays: Int, firstPercent: Int, lastPercent: Int, countsDirect: Bool,
        resetsOnConversion: Bool
    ) {
        guard (1...90).contains(halfLifeDays), firstPercent >= 0, lastPercent >= 0,
            firstPercent + lastPercent <= 100
        else { return nil }
        self.halfLifeDays = halfLifeDays
        self.firstPercent = firstPercent
        self.lastPercent = lastPercent
        self.countsDirect = countsDirect
        self.resetsOnConversion = resetsOnConversion
    }

    private init() {
        halfLifeDays = 7
        (firstPercent, lastPercent) = (40, 40)
        (countsDirect, resetsOnConversion) = (false, false)
    }
}

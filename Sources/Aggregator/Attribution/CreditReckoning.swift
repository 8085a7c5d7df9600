package import ConveyProtocol
package import Time

/// What attribution needs to know of a conversion.
package struct CreditedConversion: Hashable, Sendable {
    /// When it happened.
    package var at: Timestamp
    /// What is shared out; 0 after a full refund.
    package var value: Money
    /// The person's last counted conversion before this one; touches up to it have served already,
    /// where the rules reset on conversions.
    package var earlier: Timestamp?

    /// Takes time, value, and the conversion before.
    package init(at: Timestamp, value: Money, earlier: Timestamp? = nil) {
        (self.at, self.value, self.earlier) = (at, value, earlier)
    }
}

/// Whether a touch may earn credit of a conversion, and why not.
package enum TouchStanding: Hashable, Sendable {
    case eligible(WindowVerdict)
    /// Too old, or after the conversion.
    case outside(WindowVerdict)
    /// It served an earlier conversion, and the rules reset.
    case served(Timestamp)
    /// More than `CreditReckoning.touchesMax` newer ones are eligible.
    case crowdedOut

    /// One word for explanations: the verdict's, or `served_before`, `crowded_out`.
    package var word: String {
        switch self {
        case .eligible(let verdict), .outside(let verdict): verdict.word
        case .served: "served_before"
        case .crowdedOut: "crowded_out"
        }
    }
}

/// Shares conversions out among touches, under all models side by side. Pure.
package struct CreditReckoning: Sendable {
    /// The newest so many eligible touches of a conversion count.
    package static let touchesMax = 1000

    private let rules: CreditRules
    private let windows: WindowLevels
    private let linkWindows: [String: Window]

    /// - Parameter linkWindows: windows of campaign links that have their own, by the link's id.
    package init(
        rules: CreditRules = .standard, windows: WindowLevels = WindowLevels(),
        linkWindows: [String: Window] = [:]
    ) {
        (self.rules, self.windows, self.linkWindows) = (rules, windows, linkWindows)
    }

    /// Judges every touch: what an explanation shows.
    /// - Returns: the touches by (time, id), each with its standing.
    package func standings(
        of touches: [Touch], for conversion: CreditedConversion
    ) -> [(touch: Touch, standing: TouchStanding)] {
        var judged = touches.sorted(by: Touch.isBefore).map { ($0, standing($0, conversion)) }
        var room = Self.touchesMax
        for index in judged.indices.reversed() {
            guard case .eligible = judged[index].1 else { continue }
            if room == 0 { judged[index].1 = .crowdedOut } else { room -= 1 }
        }
        return judged
    }

    /// The credits of one conversion; none when no touch is eligible: it is unattributed then. Under
    /// each model for which a touch counts, the micros sum exactly to the value and the billionths to
    /// 1,000,000,000. Touches that get nothing under every model are left out.
    package func credits(
        for conversion: CreditedConversion, among touches: [Touch]
    ) -> [Credit] {
        var places: [Int] = []
        for place in touches.indices {
            if case .eligible = standing(touches[place], conversion) { places.append(place) }
        }
        guard !places.isEmpty else { return [] }
        places.sort { Touch.isBefore(touches[$0], touches[$1]) }
        var sharing = Sharing(rules)
        return sharing.credits(
            of: conversion.value, among: touches, at: places.suffix(Self.touchesMax))
    }

    private func standing(_ touch: Touch, _ conversion: CreditedConversion) -> TouchStanding {
        let link = touch.campaignLink.flatMap { linkWindows[$0] }
        let verdict = windows.window(link: link).window.verdict(
            touchAt: touch.at, conversionAt: conversion.at, isClick: touch.isClick)
        guard verdict.isInside else { return .outside(verdict) }
        if rules.resetsOnConversion, let earlier = conversion.earlier, touch.at <= earlier {
            return .served(earlier)
        }
        return .eligible(verdict)
    }
}

/// Memory of one reckoning, used for model after model.
private struct Sharing {
    private let rules: CreditRules
    private var weighing = Weighing()
    private var remainder = LargestRemainder()
    private var micros: [Int64] = []
    private var billionths: [Int64] = []

    init(_ rules: CreditRules) { self.rules = rules }

    /// - Parameter places: of the eligible touches, in their order.
    mutating func credits(
        of value: Money, among touches: [Touch], at places: ArraySlice<Int>
    ) -> [Credit] {
        let contacts = places.map { Weighing.Contact(at: touches[$0].at, kind: touches[$0].kind) }
        let models = CreditModel.allCases.count
        var shares = [Credit.Share](repeating: .none, count: contacts.count * models)
        let unit = value.currency.minorUnitMicros
        for model in CreditModel.allCases {
            weighing.weigh(contacts, by: model, rules)
            remainder.split(value.micros, unit: unit, by: weighing.weights, into: &micros)
            remainder.split(1_000_000_000, unit: 1, by: weighing.weights, into: &billionths)
            for index in contacts.indices where weighing.weights[index] > 0 {
                shares[index * models + model.place] = Credit.Share(
                    micros: micros[index], billionths: billionths[index])
            }
        }
        return places.enumerated().compactMap { index, place in
            let own = shares[index * models..<(index + 1) * models]
            guard own.contains(where: { $0 != .none }) else { return nil }
            return Credit(touches[place], shares: Array(own))
        }
    }
}

extension Credit {
    fileprivate init(_ touch: Touch, shares: [Share]) {
        (self.touch, at, kind) = (touch.id, touch.at, touch.kind)
        (channel, traffic) = (touch.channel, touch.traffic)
        self.shares = shares
    }
}

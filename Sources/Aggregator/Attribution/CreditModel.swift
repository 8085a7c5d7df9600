import Time

/// A rule by which touches share one conversion. All are computed side by side; which one counts is
/// the assignment's choice.
/// - Source: docs/attribution.md, “Models”.
package enum CreditModel: String, CaseIterable, Hashable, Sendable {
    case lastTouch = "last_touch"
    case lastNonDirect = "last_non_direct"
    case lastAdClick = "last_ad_click"
    case firstTouch = "first_touch"
    case linear
    case positionBased = "position_based"
    case timeDecay = "time_decay"

    /// What counts where nobody chose.
    package static let standard = CreditModel.lastNonDirect

    /// Its place among the shares of a credit, in the order of `allCases`.
    var place: Int {
        switch self {
        case .lastTouch: 0
        case .lastNonDirect: 1
        case .lastAdClick: 2
        case .firstTouch: 3
        case .linear: 4
        case .positionBased: 5
        case .timeDecay: 6
        }
    }

    /// What a model looks at of a touch.
    struct Contact {
        let at: Timestamp
        let kind: Touch.Kind
    }

    /// Each contact's weight; all 0 when none of them counts for this model.
    /// - Parameters:
    ///   - contacts: by (time, id), at most `CreditReckoning.touchesMax`.
    ///   - weights: replaced; their sum stays below 2^43.
    func weigh(_ contacts: [Contact], by rules: CreditRules, into weights: inout [UInt64]) {
        weights.removeAll(keepingCapacity: true)
        for _ in contacts { weights.append(0) }
        let counted = contacts.indices.filter { counts(contacts[$0].kind, by: rules) }
        guard let first = counted.first, let last = counted.last else { return }
        switch self {
        case .lastTouch, .lastNonDirect, .lastAdClick: weights[last] = 1
        case .firstTouch: weights[first] = 1
        case .linear: for index in counted { weights[index] = 1 }
        case .positionBased: Self.weighPositions(counted, by: rules, into: &weights)
        case .timeDecay:
            let decay = Decay(halfLife: .seconds(rules.halfLifeDays * 86_400))
            for index in counted {
                weights[index] = decay.weight(age: contacts[last].at - contacts[index].at)
            }
        }
    }

    /// Whether touches of a kind count for this model.
    private func counts(_ kind: Touch.Kind, by rules: CreditRules) -> Bool {
        switch self {
        case .lastTouch: true
        case .lastNonDirect: kind != .direct
        case .lastAdClick: kind == .adClick
        case .firstTouch, .linear, .positionBased, .timeDecay:
            kind != .direct || rules.countsDirect
        }
    }

    /// One takes all, two take half each, whatever the percentages.
    private static func weighPositions(
        _ counted: [Int], by rules: CreditRules, into weights: inout [UInt64]
    ) {
        let between = counted.count - 2
        for (position, index) in counted.enumerated() {
            let percent =
                switch position {
                case _ where between <= 0: 1
                case 0: rules.firstPercent * between
                case counted.count - 1: rules.lastPercent * between
                default: 100 - rules.firstPercent - rules.lastPercent
                }
            weights[index] = UInt64(percent)
        }
    }
}

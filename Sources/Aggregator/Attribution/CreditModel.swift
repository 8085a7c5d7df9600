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

    /// Whether touches of a kind count for this model.
    func counts(_ kind: Touch.Kind, by rules: CreditRules) -> Bool {
        switch self {
        case .lastTouch: true
        case .lastNonDirect: kind != .direct
        case .lastAdClick: kind == .adClick
        case .firstTouch, .linear, .positionBased, .timeDecay:
            kind != .direct || rules.countsDirect
        }
    }
}

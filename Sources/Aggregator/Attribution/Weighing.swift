import Time

/// Gives the touches of one conversion their weights under a model, one model after the other.
/// - Source: docs/attribution.md, “Models”.
struct Weighing {
    /// What a model looks at of a touch.
    struct Contact {
        let at: Timestamp
        let kind: Touch.Kind
    }

    /// One a contact; all 0 when none of them counts for the model. Their sum stays below 2^43.
    private(set) var weights: [UInt64] = []
    /// Places of the contacts that count.
    private var counted: [Int] = []

    /// - Parameter contacts: by (time, id), at most `CreditReckoning.touchesMax`.
    mutating func weigh(_ contacts: [Contact], by model: CreditModel, _ rules: CreditRules) {
        weights.removeAll(keepingCapacity: true)
        counted.removeAll(keepingCapacity: true)
        for place in contacts.indices {
            weights.append(0)
            if model.counts(contacts[place].kind, by: rules) { counted.append(place) }
        }
        guard let first = counted.first, let last = counted.last else { return }
        switch model {
        case .lastTouch, .lastNonDirect, .lastAdClick: weights[last] = 1
        case .firstTouch: weights[first] = 1
        case .linear: for place in counted { weights[place] = 1 }
        case .positionBased: weighPositions(by: rules)
        case .timeDecay:
            let decay = Decay(halfLife: .seconds(rules.halfLifeDays * 86_400))
            for place in counted {
                weights[place] = decay.weight(age: contacts[last].at - contacts[place].at)
            }
        }
    }

    /// One takes all, two take half each, whatever the percentages.
    private mutating func weighPositions(by rules: CreditRules) {
        let between = counted.count - 2
        for (position, place) in counted.enumerated() {
            let percent =
                switch position {
                case _ where between <= 0: 1
                case 0: rules.firstPercent * between
                case counted.count - 1: rules.lastPercent * between
                default: 100 - rules.firstPercent - rules.lastPercent
                }
            weights[place] = UInt64(percent)
        }
    }
}

/// The delivery class of an event. Shipped in this order, refused under pressure in the reverse one.
package enum Lane: String, CaseIterable, Codable, Sendable, Comparable {
    case conversion, interaction, pageview

    /// 0 for the first shipped to 2 for the last; what databases keep.
    package var number: Int {
        switch self {
        case .conversion: 0
        case .interaction: 1
        case .pageview: 2
        }
    }

    /// Reads what `number` wrote; nil for anything else.
    package init?(number: Int) {
        guard Self.allCases.indices.contains(number) else { return nil }
        self = Self.allCases[number]
    }

    /// Orders by priority, the first shipped first.
    package static func < (left: Lane, right: Lane) -> Bool { left.number < right.number }
}

/// Holds one value for each lane.
package struct PerLane<Value> {
    private var values: (Value, Value, Value)

    /// The same value for every lane.
    package init(repeating value: Value) { values = (value, value, value) }

    /// One value for each lane, made in the lanes' order.
    package init<Failure: Error>(_ value: (Lane) throws(Failure) -> Value) throws(Failure) {
        values = try (value(.conversion), value(.interaction), value(.pageview))
    }

    /// The value of a lane.
    package subscript(lane: Lane) -> Value {
        get {
            switch lane {
            case .conversion: values.0
            case .interaction: values.1
            case .pageview: values.2
            }
        }
        set {
            switch lane {
            case .conversion: values.0 = newValue
            case .interaction: values.1 = newValue
            case .pageview: values.2 = newValue
            }
        }
    }

    /// The same lanes with other values.
    package func map<Other>(_ transform: (Value) -> Other) -> PerLane<Other> {
        PerLane<Other> { transform(self[$0]) }
    }
}

extension PerLane: Sendable where Value: Sendable {}

extension PerLane: Equatable where Value: Equatable {
    package static func == (left: Self, right: Self) -> Bool { left.values == right.values }
}

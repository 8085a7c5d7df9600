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
    private var conversion: Value
    private var interaction: Value
    private var pageview: Value

    /// The same value for every lane.
    package init(repeating value: Value) {
        (conversion, interaction, pageview) = (value, value, value)
    }

    /// One value for each lane, made in the lanes' order.
    package init<Failure: Error>(_ value: (Lane) throws(Failure) -> Value) throws(Failure) {
        conversion = try value(.conversion)
        interaction = try value(.interaction)
        pageview = try value(.pageview)
    }

    /// The value of a lane.
    package subscript(lane: Lane) -> Value {
        get {
            switch lane {
            case .conversion: conversion
            case .interaction: interaction
            case .pageview: pageview
            }
        }
        // Lent in place: a setter would copy a lane's array for every event that is appended to it.
        _modify {
            switch lane {
            case .conversion: yield &conversion
            case .interaction: yield &interaction
            case .pageview: yield &pageview
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
    package static func == (left: Self, right: Self) -> Bool {
        Lane.allCases.allSatisfy { left[$0] == right[$0] }
    }
}

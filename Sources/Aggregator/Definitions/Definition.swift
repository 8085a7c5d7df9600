package import ConveyProtocol

/// What counts: a business event by name, and what of a happening fits it.
package struct Definition: Sendable, Equatable {
    /// snake_case, at most 64 bytes.
    package let name: String
    /// Grows with every change, from 1; a conversion remembers which one made it.
    package let version: Int
    /// Event types that fit.
    package let types: Set<String>

    /// Judges one happening. The value is rounded to the currency's minor unit, halves away from
    /// zero: no bill is finer.
    func match(_ subject: Subject) -> Match {
        guard types.contains(subject.type) else { return .refused(.type) }
        return .matched(value: subject.value.roundedToMinorUnit)
    }
}

/// What a definition is held against: a merged order, in this room's own words. Conditions and
/// thresholds will see nothing else.
package struct Subject: Sendable, Equatable {
    /// What happened, as `purchase`; an order's whole life is its purchase.
    package let type: String
    /// What it is worth now; not negative.
    package let value: Money

    /// Puts a happening into this room's words.
    package init(type: String, value: Money) {
        self.type = type
        self.value = value
    }
}

/// What came of holding a definition against a happening.
package enum Match: Sendable, Equatable {
    /// It fits; the conversion is worth this much.
    case matched(value: Money)
    /// It does not, for a reason that can be told.
    case refused(Reason)

    /// Why something does not fit.
    package enum Reason: String, Sendable {
        /// The event is of another type.
        case type
    }
}

/// What the system defines for every organization.
package enum SystemDefinitions {
    /// An order that somebody paid for, or will.
    package static let purchase = Definition(name: "purchase", version: 1, types: ["purchase"])
}

extension Money {
    /// The amount without what its currency's smallest unit cannot show: halves away from zero; stops
    /// at the ends of the range.
    package var roundedToMinorUnit: Money {
        let unit = currency.minorUnitMicros
        let rest = micros % unit
        guard rest != 0 else { return self }
        let floor = micros - rest
        guard rest.magnitude >= (unit.magnitude + 1) / 2 else {
            return Money(micros: floor, currency: currency)
        }
        let (away, isTooLarge) = floor.addingReportingOverflow(rest < 0 ? -unit : unit)
        return Money(micros: isTooLarge ? floor : away, currency: currency)
    }
}

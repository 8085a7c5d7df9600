package import Time

/// How long after a touch a conversion may be credited to it: whole days of 24 hours, by exact
/// instants. Calendars, time zones and leap seconds play no part.
package struct Window: Hashable, Sendable {
    /// 1...90.
    package let days: Int

    /// What holds where nobody set one: 30 days.
    package static let standard = Window(checkedDays: 30)
    /// What a window may be.
    package static let daysAllowed = 1...90

    /// Nil outside 1...90.
    package init?(days: Int) {
        guard Self.daysAllowed.contains(days) else { return nil }
        self.init(checkedDays: days)
    }

    private init(checkedDays: Int) { days = checkedDays }

    /// `days` times 86,400 s.
    package var length: Duration { .seconds(days * 86_400) }

    /// Judges one touch for one conversion.
    /// - Parameter isClick: the touch is a click, whose clock may be another than the shop's; only
    ///   then may the conversion come up to 5 minutes before it.
    /// - Source: docs/attribution.md, “Windows”.
    package func verdict(
        touchAt touch: Timestamp, conversionAt conversion: Timestamp, isClick: Bool
    ) -> WindowVerdict {
        let age = conversion - touch
        if age < .zero {
            let early = .zero - age
            return isClick && early <= Self.skewMax
                ? .clockSkew(by: early) : .afterConversion(by: early)
        }
        return age <= length ? .inside(age: age) : .tooOld(by: age - length)
    }

    /// When the conversion counts towards this touch: its own time, or a second after a click that
    /// two clocks put behind it.
    package static func countedAt(_ conversion: Timestamp, after touch: Timestamp) -> Timestamp {
        conversion < touch ? touch + .seconds(1) : conversion
    }

    private static let skewMax: Duration = .seconds(300)
}

/// Whether a touch lies within its window, and by how much it misses it.
package enum WindowVerdict: Hashable, Sendable {
    /// It counts; both ends belong to the window.
    case inside(age: Duration)
    /// The conversion's clock says that it came first, by at most 5 minutes: it counts.
    case clockSkew(by: Duration)
    /// So much longer ago than the window allows.
    case tooOld(by: Duration)
    /// It came so much after the conversion.
    case afterConversion(by: Duration)

    /// Whether the touch may earn credit.
    package var isInside: Bool {
        switch self {
        case .inside, .clockSkew: true
        case .tooOld, .afterConversion: false
        }
    }

    /// One word for lists and JSON: `inside`, `clock_skew`, `too_old`, `after_conversion`.
    package var word: String {
        switch self {
        case .inside: "inside"
        case .clockSkew: "clock_skew"
        case .tooOld: "too_old"
        case .afterConversion: "after_conversion"
        }
    }

    /// What the word's number is: the age, or by how much the touch misses.
    package var by: Duration {
        switch self {
        case .inside(let age): age
        case .clockSkew(let by), .tooOld(let by), .afterConversion(let by): by
        }
    }
}

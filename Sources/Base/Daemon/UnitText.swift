import Time

/// Numbers of bytes as an operator writes them.
enum ByteCount {
    private static let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]

    static func read(_ text: String) -> Int? {
        for (unit, factor) in units where text.hasSuffix(unit) {
            return product(text.dropLast(unit.count), factor)
        }
        return product(text[...], 1)
    }

    static func write(_ count: Int) -> String {
        for (unit, factor) in units where count > 0 && count % factor == 0 {
            return "\(count / factor)\(unit)"
        }
        return count.description
    }
}

/// Lengths of time as an operator writes them: `90m`, `1500ms`; only a bare 0 has no unit.
package enum DurationText {
    private static let units = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Reads a whole number with one unit of ms, s, m, h, d; nil for anything else.
    package static func read(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        for (unit, factor) in units where text.hasSuffix(unit) {
            guard let milliseconds = product(text.dropLast(unit.count), factor) else { continue }
            return .milliseconds(milliseconds)
        }
        return nil
    }

    /// Writes whole milliseconds in the largest unit that keeps the number whole.
    package static func write(_ duration: Duration) -> String {
        let milliseconds = Int(duration.wholeMilliseconds)
        for (unit, factor) in units.reversed() where milliseconds != 0 && milliseconds % factor == 0
        {
            return "\(milliseconds / factor)\(unit)"
        }
        return "0"
    }
}

/// Digits only, no sign, no overflow.
private func product(_ digits: Substring, _ factor: Int) -> Int? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let number = Int(digits)
    else { return nil }
    let (product, isTooLarge) = number.multipliedReportingOverflow(by: factor)
    return isTooLarge ? nil : product
}

import Time

/// Halving by time in whole numbers, so that every machine, and a plain script, gets the same weights.
///
/// `weight(age)` is 2^32 · 2^(−age / half-life), rounded down at every step.
/// - Source: docs/attribution.md, “Time decay”, which states each step.
struct Decay {
    /// Microseconds.
    private let halfLife: UInt64

    /// - Parameter halfLife: at least a microsecond.
    init(halfLife: Duration) {
        let microseconds = halfLife.wholeMicroseconds
        precondition(microseconds > 0, "A half-life is longer than nothing.")
        self.halfLife = microseconds.magnitude
    }

    /// 0...2^32; 2^32 for an age of nothing.
    func weight(age: Duration) -> UInt64 {
        let age = max(age.wholeMicroseconds, 0).magnitude
        let (halvings, rest) = age.quotientAndRemainder(dividingBy: halfLife)
        guard halvings <= 32 else { return 0 }
        let fraction = halfLife.dividingFullWidth(
            (rest >> 32, rest << 32)
        ).quotient
        var power = Self.one
        for (place, root) in Self.roots.enumerated() where fraction >> (31 - place) & 1 == 1 {
            power = Self.product(power, root)
        }
        return power >> (30 + halvings)
    }

    /// 2^62 stands for 1.
    private static let one: UInt64 = 1 << 62

    /// 2^(−1/2), 2^(−1/4) … 2^(−1/2^32): each the whole square root of the one before.
    private static let roots: [UInt64] = {
        var roots: [UInt64] = []
        var last = one >> 1
        for _ in 0..<32 {
            last = squareRoot(UInt128(last) << 62)
            roots.append(last)
        }
        return roots
    }()

    private static func product(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high << 2 | low >> 62
    }

    /// The largest whole number whose square is not above `square`, which is below 2^126.
    private static func squareRoot(_ square: UInt128) -> UInt64 {
        var root: UInt128 = 0
        for place in (0..<63).reversed() {
            let next = root | 1 << UInt128(place)
            if next * next <= square { root = next }
        }
        return UInt64(root)
    }
}

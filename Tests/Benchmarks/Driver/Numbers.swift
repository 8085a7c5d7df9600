import FoundationEssentials

/// Numbers as people read them.
enum Numbers {
    /// `12,345`, or with as many decimals as three digits leave.
    static func text(_ number: Double) -> String {
        guard number.isFinite else { return "-" }
        switch number.magnitude {
        case 100...: return grouped(Int(number.rounded()))
        case 10..<100: return decimals(number, 1)
        default: return decimals(number, 2)
        }
    }

    static func text(_ number: Int) -> String { grouped(number) }

    /// `0.43`
    static func decimals(_ number: Double, _ count: Int) -> String {
        let scale = (0..<count).reduce(1.0) { value, _ in value * 10 }
        let scaled = Int((number.magnitude * scale).rounded())
        let sign = number < 0 && scaled != 0 ? "-" : ""
        guard count > 0 else { return "\(sign)\(scaled)" }
        let rest = String(scaled % Int(scale))
        let padded = String(repeating: "0", count: count - rest.count) + rest
        return "\(sign)\(scaled / Int(scale)).\(padded)"
    }

    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return number < 0 ? "-\(text)" : text
    }
}

extension [Double] {
    /// The middle value; of an even count the mean of the two in the middle; 0 of none.
    var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The smallest value that this share of all does not exceed.
    func quantile(_ fraction: Double) -> Double {
        guard !isEmpty else { return .nan }
        let sorted = sorted()
        return sorted[Swift.min(Int((Double(count) * fraction).rounded(.up)), count) - 1]
    }
}

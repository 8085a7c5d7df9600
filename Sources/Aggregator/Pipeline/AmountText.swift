import ConveyProtocol

/// Amounts as people read them: `404.95 USD`.
enum AmountText {
    static func text(_ micros: Int64?, _ currency: String) -> String {
        guard let micros, let unit = Currency(currency) else { return "unknown" }
        return "\(Money(micros: micros, currency: unit).amount) \(unit)"
    }
}

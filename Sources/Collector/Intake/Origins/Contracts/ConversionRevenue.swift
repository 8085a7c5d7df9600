import ConveyProtocol

/// What a campaign conversion says that it is worth, held against the rules of its type. Pure; amounts
/// are read from their digits.
struct ConversionRevenue {
    /// Nil where the conversion has no worth of its own.
    private(set) var money: Money?
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - text: The digits as they were sent; nil where there were none.
    ///   - currency: The site's where none was sent.
    init(
        _ text: String?, _ currency: Currency, of type: String, for site: SiteSettings.Site
    ) throws(ConversionFault) {
        let amount = try Self.amount(text)
        switch type {
        case "purchase":
            guard let amount, amount.micros > 0 else { throw .purchaseWithoutRevenue }
        case "course_enrollment":
            guard amount?.micros ?? 0 >= 0 else { throw .courseRevenueNotPositive }
        default:
            guard amount?.micros ?? 0 >= 0 else { throw .revenueNegative }
        }
        guard let text, let amount else { return }
        try Self.checkDecimals(text, amount, currency)
        let isSignup = type == "newsletter_signup"
        if amount.micros == 0, isSignup || type == "course_enrollment" { return }
        money = Money(micros: amount.micros, currency: currency)
        if isSignup { warnings.append("Newsletter signups usually have no revenue") }
        if currency == site.currency, amount.micros > site.warnsAbove.micros {
            let limit = Money(micros: site.warnsAbove.micros, currency: currency)
            warnings.append("Revenue is above \(limit.amount) \(currency)")
        }
    }

    private static func amount(_ text: String?) throws(ConversionFault) -> DecimalAmount? {
        guard let text else { return nil }
        guard let amount = DecimalAmount(text) else { throw .revenueMalformed }
        return amount
    }

    /// Two digits at most where the currency has two, as they were written; elsewhere no part of the
    /// smallest unit.
    private static func checkDecimals(
        _ text: String, _ amount: DecimalAmount, _ currency: Currency
    ) throws(ConversionFault) {
        let digits = currency.minorDigits
        let written = text.split(separator: ".").dropFirst().first?.utf8.count ?? 0
        let isWhole = amount.micros % currency.minorUnitMicros == 0
        guard isWhole, digits != 2 || written <= 2 else { throw .tooManyDecimals(digits) }
    }
}

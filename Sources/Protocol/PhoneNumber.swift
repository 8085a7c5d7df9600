/// Reads a telephone number as people write it. What could be two numbers is none.
/// - Source: protocol/event.md, section 3; ITU-T E.164.
enum PhoneNumber {
    /// The digits of E.164 without `+`; nil for what cannot be read without doubt.
    /// - Parameters:
    ///   - text: trimmed, in lower case.
    ///   - country: whose national numbers are read; nil reads none.
    static func digits(of text: String, in country: String?) -> String? {
        let hasOptionalZero = text.contains("(0)")
        var written = Substring(text.hasPrefix("tel:") ? text.dropFirst(4) : text[...])
        written = Substring(
            String(String.UnicodeScalarView(written.unicodeScalars.filter { !isSeparator($0) })))
        let plan = country.flatMap(PhonePlans.plan(of:))
        if let rest = abroad(written, plan) {
            return international(rest, hasOptionalZero)
        }
        guard let plan, isDigits(written) else { return nil }
        return national(String(written), plan)
    }

    /// What stands behind `+`, or behind the prefix that leads out of the country.
    private static func abroad(_ written: Substring, _ plan: PhonePlan?) -> String? {
        if written.hasPrefix("+") { return String(written.dropFirst()) }
        let exit = plan?.exit ?? "00"
        guard !exit.isEmpty, written.hasPrefix(exit) else { return nil }
        return String(written.dropFirst(exit.count))
    }

    private static func international(_ digits: String, _ hasOptionalZero: Bool) -> String? {
        guard isDigits(digits[...]), let code = PhonePlans.code(of: digits) else { return nil }
        var number = digits.dropFirst(code.count)
        let plan = PhonePlans.plan(code: code)
        if let plan, !plan.keepsZero {
            // A zero that only people at home dial, as in +49 (0)30.
            if plan.trunk == "0", number.hasPrefix("0") { number = number.dropFirst() }
            guard !number.hasPrefix("0") else { return nil }
        } else if hasOptionalZero {
            return nil
        }
        if code == "1" {
            guard number.count == 10, let first = number.first, first >= "2" else { return nil }
        }
        let whole = code + number
        return (8...15).contains(whole.count) ? whole : nil
    }

    private static func national(_ digits: String, _ plan: PhonePlan) -> String? {
        if let bare = plan.bare, digits.count == bare.length, begins(digits[...], with: bare.first)
        {
            return plan.code + digits
        }
        guard digits.hasPrefix(plan.trunk) else { return nil }
        let number = digits.dropFirst(plan.trunk.count)
        guard plan.lengths.contains(number.count), begins(number, with: plan.first) else {
            return nil
        }
        return plan.code + number
    }

    private static func begins(_ digits: Substring, with allowed: String) -> Bool {
        digits.first.map(allowed.contains) ?? false
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(TextRule.isDigit)
    }

    /// Blanks, hyphens, brackets, dots, slashes, and the marks that text copied from an address book
    /// carries.
    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "-", "(", ")", ".", "/", "\u{A0}", "\u{2000}"..."\u{2015}",
            "\u{202A}"..."\u{202F}", "\u{2060}"..."\u{2069}", "\u{2212}", "\u{FEFF}":
            true
        default: false
        }
    }
}

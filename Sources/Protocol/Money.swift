/// An amount of one currency in millionths of its unit; never a floating-point number.
package struct Money: Hashable, Sendable {
    /// Millionths of the currency's unit; negative for what was given back.
    package let micros: Int64
    /// The unit.
    package let currency: Currency

    /// Takes millionths of a unit.
    package init(micros: Int64, currency: Currency) {
        self.micros = micros
        self.currency = currency
    }

    /// The amount as the wire writes it, with at least the currency's own digits: `10.00`, `7`, `0.125`.
    package var amount: String {
        DecimalAmount(micros: micros).text(digitsMin: currency.minorDigits)
    }
}

/// A decimal amount without its currency: `-?`, 1-12 digits, optionally a point and 1-6 digits.
package struct DecimalAmount: Hashable, Sendable {
    /// Millionths of the unit; negative for what was given back.
    package let micros: Int64

    /// Takes millionths.
    package init(micros: Int64) { self.micros = micros }

    /// Reads an amount's text strictly: no `+`, blank, thousands separator, exponent or bare point.
    /// Nil for anything else: a wrong guess would be a wrong bill.
    package init?(utf8 text: Span<UInt8>) {
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        guard let whole = Self.digits(in: text, from: &index, max: 12) else { return nil }
        var micros = whole.value * 1_000_000
        if index < text.count {
            guard text[index] == UInt8(ascii: ".") else { return nil }
            index += 1
            guard let part = Self.digits(in: text, from: &index, max: 6), index == text.count
            else { return nil }
            micros += part.value * Self.powersOfTen[6 - part.count]
        }
        self.micros = isNegative ? -micros : micros
    }

    /// Reads an amount's text strictly.
    package init?(_ text: String) { self.init(utf8: text.utf8.span) }

    /// Writes the amount with at least that many digits after the point, more where they count.
    package func text(digitsMin: Int = 0) -> String {
        var bytes: [UInt8] = []
        append(to: &bytes, digitsMin: digitsMin)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what `text(digitsMin:)` writes; 0...6 digits.
    func append(to bytes: inout [UInt8], digitsMin: Int) {
        if micros < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(contentsOf: String(micros.magnitude / 1_000_000).utf8)
        var fraction = micros.magnitude % 1_000_000
        var count = 6
        while count > digitsMin, fraction % 10 == 0 {
            fraction /= 10
            count -= 1
        }
        guard count > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        for place in (0..<count).reversed() {
            let digit = fraction / UInt64(Self.powersOfTen[place]) % 10
            bytes.append(UInt8(ascii: "0") + UInt8(digit))
        }
    }

    private static let powersOfTen: [Int64] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

    /// Reads 1...max digits; nil for none or more.
    private static func digits(
        in text: Span<UInt8>, from index: inout Int, max: Int
    ) -> (value: Int64, count: Int)? {
        var value: Int64 = 0
        let start = index
        while index < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) {
            guard index - start < max else { return nil }
            value = value * 10 + Int64(text[index] - UInt8(ascii: "0"))
            index += 1
        }
        return index > start ? (value, index - start) : nil
    }
}

/// A currency by its three capital letters.
/// - Source: ISO 4217.
package struct Currency: Hashable, Sendable, CustomStringConvertible {
    private let letters: UInt32

    /// Reads three letters of either case; nil for anything else. Any three letters pass: new
    /// currencies appear, and a list here would refuse them.
    package init?(utf8 text: Span<UInt8>) {
        guard text.count == 3 else { return nil }
        var letters: UInt32 = 0
        for index in text.indices {
            let letter = text[index] & 0xDF
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter) else { return nil }
            letters = letters << 8 | UInt32(letter)
        }
        self.letters = letters
    }

    /// Reads three letters of either case.
    package init?(_ text: String) { self.init(utf8: text.utf8.span) }

    package var description: String {
        String(
            decoding: [16, 8, 0].map { UInt8(truncatingIfNeeded: letters >> $0) }, as: UTF8.self)
    }

    /// Digits after the point of the smallest unit: 2, except where ISO 4217 says otherwise.
    package var minorDigits: Int { Self.exceptions[description] ?? 2 }

    /// Micros of the smallest unit: 10,000 for EUR, 1,000,000 for JPY, 1,000 for KWD.
    package var minorUnitMicros: Int64 {
        (minorDigits..<6).reduce(1) { power, _ in power * 10 }
    }

    private static let exceptions: [String: Int] = {
        let none = [
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
            "VND", "VUV", "XAF", "XOF", "XPF",
        ]
        let three = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
        var digits = Dictionary(uniqueKeysWithValues: none.map { ($0, 0) })
        for code in three { digits[code] = 3 }
        digits["CLF"] = 4
        digits["UYW"] = 4
        return digits
    }()
}

extension Currency: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let currency = Currency(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a currency of three letters")
        }
        self = currency
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

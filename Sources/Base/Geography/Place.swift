/// Where an address is, as the operator's file says.
package struct Place: Equatable, Sendable {
    /// ISO 3166-1, two capital letters.
    package let country: String?
    /// Its English name, at most 128 bytes, without control characters.
    package let city: String?

    static let cityBytesMax = 128

    init?(country: String?, city: String?) {
        self.country = country.flatMap { Self.isCountry($0) ? $0 : nil }
        self.city = city.flatMap(Self.short)
        if self.country == nil, self.city == nil { return nil }
    }

    private static func isCountry(_ text: String) -> Bool {
        text.utf8.count == 2 && text.utf8.allSatisfy { $0 &- 0x41 < 26 }
    }

    private static func short(_ text: String) -> String? {
        var scalars = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        while String(scalars).utf8.count > cityBytesMax { scalars.removeLast() }
        return scalars.isEmpty ? nil : String(scalars)
    }
}

extension Timestamp {
    /// The form of `Date`, `Last-Modified` and `Retry-After`: `Sun, 06 Nov 1994 08:49:37 GMT`,
    /// parts of a second cut off.
    /// - Source: RFC 9110, section 5.6.7 (IMF-fixdate).
    package var httpDate: String {
        let time = CivilTime(self)
        var bytes = Array("\(Self.weekdays[time.weekday]), ".utf8)
        bytes.append(number: time.day, digits: 2)
        bytes.append(contentsOf: " \(Self.months[Int(time.month) - 1]) ".utf8)
        bytes.append(number: time.year, digits: 4)
        bytes.append(UInt8(ascii: " "))
        bytes.append(clockOf: time)
        bytes.append(contentsOf: " GMT".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads the IMF-fixdate form only, the one a sender must use; the weekday's name is not held
    /// against the date. Nil for the two obsolete forms and for anything else.
    /// - Source: RFC 9110, section 5.6.7.
    package init?(httpDate text: String) {
        guard var reader = DigitReader(text.utf8.span),
            reader.skip(oneOf: Self.weekdays) != nil, reader.skip(text: ", "),
            let day = reader.number(digits: 2), reader.skip(" "),
            let month = reader.skip(oneOf: Self.months), reader.skip(" "),
            let year = reader.number(digits: 4), reader.skip(" "),
            day >= 1, day <= CivilTime.daysOf(month: Int64(month) + 1, year: year)
        else { return nil }
        var time = CivilTime(year: year, month: Int64(month) + 1, day: day)
        guard reader.clock(into: &time), reader.skip(text: " GMT"), reader.isAtEnd else {
            return nil
        }
        time.second = min(time.second, 59)
        self = time.timestamp
    }

    private static let weekdays: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

extension [UInt8] {
    /// Appends the number with leading zeros; what has more digits loses its front.
    mutating func append(number: Int64, digits: Int) {
        if digits > 1 { append(number: number / 10, digits: digits - 1) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    /// Appends `05:06:07`.
    mutating func append(clockOf time: CivilTime) {
        append(number: time.hour, digits: 2)
        append(UInt8(ascii: ":"))
        append(number: time.minute, digits: 2)
        append(UInt8(ascii: ":"))
        append(number: time.second, digits: 2)
    }
}

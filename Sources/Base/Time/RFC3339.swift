extension Timestamp {
    /// Reads an RFC 3339 date-time strictly: full date, `T` or `t`, seconds, an optional fraction of
    /// any length (cut to microseconds), `Z`, `z` or a numeric offset; nothing around it.
    ///
    /// A leap second (`:60`) is taken only where it may stand, at the end of a month in UTC, and
    /// becomes the last microsecond of its day, so that the day stays right and no order is reversed.
    /// Nil for anything else, for a day that does not exist, for more than 64 bytes, and for an
    /// instant that its offset moves out of the years 0000 to 9999.
    /// - Source: RFC 3339, sections 5.6 and 5.7.
    package init?(rfc3339 bytes: Span<UInt8>) {
        guard var reader = DigitReader(bytes),
            var time = reader.civilDate(), reader.skip("T", "t"),
            reader.timeOfDay(into: &time), let offset = reader.offsetMinutes(), reader.isAtEnd,
            let instant = Self.instant(of: time, offsetMinutes: offset)
        else { return nil }
        self = instant
    }

    /// Reads the text's UTF-8 as `init(rfc3339: Span<UInt8>)` does.
    package init?(rfc3339 text: String) {
        self.init(rfc3339: text.utf8.span)
    }

    /// Prints `2026-03-04T05:06:07.089Z`: always UTC, always milliseconds (rounded down), 24 bytes.
    package func appendRFC3339(to bytes: inout [UInt8]) {
        let time = CivilTime(self)
        bytes.append(number: time.year, digits: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(number: time.month, digits: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(number: time.day, digits: 2)
        bytes.append(UInt8(ascii: "T"))
        bytes.append(clockOf: time)
        bytes.append(UInt8(ascii: "."))
        bytes.append(number: time.microsecond / 1000, digits: 3)
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func instant(of time: CivilTime, offsetMinutes: Int64) -> Timestamp? {
        guard time.second == 60 else { return shifted(time, byMinutes: offsetMinutes) }
        var before = time
        before.second = 59
        before.microsecond = 999_999
        guard let instant = shifted(before, byMinutes: offsetMinutes) else { return nil }
        let last = CivilTime(instant)
        let isEndOfMonth =
            last.hour == 23 && last.minute == 59
            && last.day == CivilTime.daysOf(month: last.month, year: last.year)
        return isEndOfMonth ? instant : nil
    }

    private static func shifted(_ time: CivilTime, byMinutes minutes: Int64) -> Timestamp? {
        let local = time.timestamp
        let instant = local - .seconds(minutes * 60)
        return local - instant == .seconds(minutes * 60) ? instant : nil
    }
}

extension Timestamp: CustomStringConvertible, LosslessStringConvertible {
    /// The RFC 3339 form with milliseconds and `Z`.
    package var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        appendRFC3339(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads the RFC 3339 form.
    package init?(_ description: String) { self.init(rfc3339: description) }
}

extension Timestamp: Codable {
    /// Reads an RFC 3339 string, for answers and settings; a fault of the decoder otherwise.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let timestamp = Timestamp(rfc3339: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an RFC 3339 date-time")
        }
        self = timestamp
    }

    /// Writes the RFC 3339 form with milliseconds and `Z`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

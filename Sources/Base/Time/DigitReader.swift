/// Reads fixed-width numbers and signs from bytes, front to back; every step says whether it held.
///
/// Holds its own copy of at most 64 bytes, in place: reading a time allocates nothing.
struct DigitReader {
    static let bytesMax = 64
    private var bytes: InlineArray<64, UInt8>
    private let count: Int
    private var position = 0

    /// Nil for more than 64 bytes.
    init?(_ span: Span<UInt8>) {
        guard span.count <= Self.bytesMax else { return nil }
        bytes = InlineArray(repeating: 0)
        count = span.count
        for index in span.indices { bytes[index] = span[index] }
    }

    var isAtEnd: Bool { position == count }

    /// `2026-03-04`, a day that exists.
    mutating func civilDate() -> CivilTime? {
        guard let year = number(digits: 4), skip("-"),
            let month = number(digits: 2), (1...12).contains(month), skip("-"),
            let day = number(digits: 2), day >= 1,
            day <= CivilTime.daysOf(month: month, year: year)
        else { return nil }
        return CivilTime(year: year, month: month, day: day)
    }

    /// `05:06:07` with an optional fraction; second 60 passes, its place is for the caller to judge.
    mutating func timeOfDay(into time: inout CivilTime) -> Bool {
        guard clock(into: &time) else { return false }
        guard skip(".") else { return true }
        guard let microsecond = fraction() else { return false }
        time.microsecond = microsecond
        return true
    }

    mutating func clock(into time: inout CivilTime) -> Bool {
        guard let hour = number(digits: 2), hour <= 23, skip(":"),
            let minute = number(digits: 2), minute <= 59, skip(":"),
            let second = number(digits: 2), second <= 60
        else { return false }
        (time.hour, time.minute, time.second) = (hour, minute, second)
        return true
    }

    /// Minutes east of UTC: `Z`, `z`, `+02:00`, `-00:00`.
    mutating func offsetMinutes() -> Int64? {
        if skip("Z", "z") { return 0 }
        let isWest = skip("-")
        guard isWest || skip("+"),
            let hours = number(digits: 2), hours <= 23, skip(":"),
            let minutes = number(digits: 2), minutes <= 59
        else { return nil }
        return isWest ? -(hours * 60 + minutes) : hours * 60 + minutes
    }

    mutating func number(digits: Int) -> Int64? {
        guard position + digits <= count else { return nil }
        var value: Int64 = 0
        for index in position..<position + digits {
            guard let digit = Self.digit(bytes[index]) else { return nil }
            value = value * 10 + digit
        }
        position += digits
        return value
    }

    mutating func skip(_ choice: Unicode.Scalar, _ other: Unicode.Scalar? = nil) -> Bool {
        guard position < count else { return false }
        let found = Unicode.Scalar(bytes[position])
        guard found == choice || found == other else { return false }
        position += 1
        return true
    }

    /// Skips one of several texts and says which.
    mutating func skip(oneOf texts: [StaticString]) -> Int? {
        texts.firstIndex { skip(text: $0) }
    }

    /// Skips the whole text or nothing.
    mutating func skip(text: StaticString) -> Bool {
        let wanted = Array(text.description.utf8)
        guard position + wanted.count <= count,
            wanted.indices.allSatisfy({ bytes[position + $0] == wanted[$0] })
        else { return false }
        position += wanted.count
        return true
    }

    private mutating func fraction() -> Int64? {
        let start = position
        var value: Int64 = 0
        var unit: Int64 = 100_000
        while position < count, let digit = Self.digit(bytes[position]) {
            value += digit * unit
            unit /= 10
            position += 1
        }
        return position > start ? value : nil
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            ? Int64(byte - UInt8(ascii: "0")) : nil
    }
}

/// A date and time of day of the proleptic Gregorian calendar in UTC, and its arithmetic.
///
/// The two conversions count days in eras of 400 years from 1 March, where a leap day comes last.
/// - Source: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms.
struct CivilTime: Equatable {
    var year: Int64
    var month: Int64
    var day: Int64
    var hour: Int64 = 0
    var minute: Int64 = 0
    var second: Int64 = 0
    var microsecond: Int64 = 0

    private static let microsecondsOfDay: Int64 = 86_400_000_000

    init(year: Int64, month: Int64, day: Int64) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    init(_ timestamp: Timestamp) {
        let days = timestamp.microseconds.dividedDown(by: Self.microsecondsOfDay)
        self.init(daysSince1970: days)
        var rest = timestamp.microseconds - days * Self.microsecondsOfDay
        (rest, microsecond) = rest.quotientAndRemainder(dividingBy: 1_000_000)
        (rest, second) = rest.quotientAndRemainder(dividingBy: 60)
        (hour, minute) = rest.quotientAndRemainder(dividingBy: 60)
    }

    private init(daysSince1970: Int64) {
        let days = daysSince1970 + 719_468  // since 0000-03-01
        let era = days.dividedDown(by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.init(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// Days since 1970-01-01, negative before.
    var daysSince1970: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear.dividedDown(by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    var timestamp: Timestamp {
        let seconds = daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second
        return Timestamp(microseconds: seconds * 1_000_000 + microsecond)
    }

    /// 0 for Sunday to 6 for Saturday.
    var weekday: Int {
        let days = daysSince1970 + 4
        return Int(days - days.dividedDown(by: 7) * 7)
    }

    static func daysOf(month: Int64, year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: isLeap(year) ? 29 : 28
        default: 31
        }
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }
}

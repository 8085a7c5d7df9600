import Foundation
import TestSupport
import Testing
import Time

/// Goal: the RFC's date-times are read and printed, nothing else is read. Method: examples of the
/// RFC, near misses, and random instants held against Foundation's calendar.
@Suite struct RFC3339Tests {
    @Test(arguments: [
        ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520Z"),
        ("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57.000Z"),
        ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"),
        ("2026-03-04t05:06:07z", "2026-03-04T05:06:07.000Z"),
        ("2024-02-29T00:00:00.123456789+14:00", "2024-02-28T10:00:00.123Z"),
        ("2026-03-04T05:06:07-00:00", "2026-03-04T05:06:07.000Z"),
        ("1990-12-31T23:59:60Z", "1990-12-31T23:59:59.999Z"),
        ("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59.999Z"),
        ("2000-02-29T23:59:59.9999999Z", "2000-02-29T23:59:59.999Z"),
    ])
    func readsAndPrints(text: String, printed: String) throws {
        #expect(try #require(Timestamp(rfc3339: text)).description == printed)
    }

    @Test(arguments: [
        "", "2026", "2026-03-04", "2026-03-04T05:06:07", "2026-03-04T05:06Z",
        "2026-03-04 05:06:07Z", "2026-13-04T05:06:07Z", "2026-00-04T05:06:07Z",
        "2026-03-00T05:06:07Z", "2026-02-29T05:06:07Z", "1900-02-29T05:06:07Z",
        "2026-04-31T05:06:07Z", "2026-03-04T24:00:00Z", "2026-03-04T05:60:07Z",
        "2026-03-04T05:06:61Z", "2026-03-04T05:06:60Z", "2026-03-04T23:59:60Z",
        "2026-03-04T05:06:07.Z", "2026-03-04T05:06:07,5Z", "2026-03-04T05:06:07+0200",
        "2026-03-04T05:06:07+24:00", "2026-03-04T05:06:07+02:60", "2026-03-04T05:06:07ZZ",
        " 2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z\n", "+2026-03-04T05:06:07Z",
        "12026-03-04T05:06:07Z", "2026-3-4T05:06:07Z", "٢٠٢٦-03-04T05:06:07Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        "2026-03-04T05:06:07.00000000000000000000000000000000000000000000000Z",
    ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func agreesWithFoundationOnRandomInstants() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let style = Date.ISO8601FormatStyle()
        // From 1600, since Foundation's calendar is Julian before 1582.
        let seconds = Int64(-11_676_096_000)...253_402_300_799
        for _ in 0..<2000 {
            let second = Int64.random(in: seconds, using: &random)
            let timestamp = Timestamp(unixSeconds: second) + .milliseconds(789)
            let date = Date(timeIntervalSince1970: Double(second))
            try #require(
                timestamp.description == date.formatted(style).dropLast() + ".789Z", "seed \(seed)")
            try #require(Timestamp(rfc3339: timestamp.description) == timestamp, "seed \(seed)")
        }
    }

    @Test func survivesRandomBytes() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let sample = Array("2026-03-04T05:06:07.089+02:00".utf8)
        for _ in 0..<20_000 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random) : UInt8(ascii: "9")
            }
            bytes.removeLast(Int.random(in: 0...3, using: &random))
            guard let timestamp = Timestamp(rfc3339: bytes.span) else { continue }
            let again = Timestamp(rfc3339: timestamp.description)
            try #require(again == timestamp.roundedDownToMilliseconds, "seed \(seed)")
        }
    }

    @Test func travelsThroughJSON() throws {
        let timestamps = [Timestamp(unixSeconds: 0)]
        let data = try JSONEncoder().encode(timestamps)
        #expect(String(decoding: data, as: UTF8.self) == #"["1970-01-01T00:00:00.000Z"]"#)
        #expect(try JSONDecoder().decode([Timestamp].self, from: data) == timestamps)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Timestamp].self, from: Data(#"["yesterday"]"#.utf8))
        }
    }
}

/// Goal: headers carry RFC 9110's date. Method: its own example and near misses.
@Suite struct HTTPDateTests {
    @Test func printsTheExampleOfTheRFC() throws {
        let timestamp = try #require(Timestamp(rfc3339: "1994-11-06T08:49:37.9Z"))
        #expect(timestamp.httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(Timestamp(httpDate: timestamp.httpDate) == timestamp - .milliseconds(900))
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
    ])
    func refuses(text: String) {
        #expect(Timestamp(httpDate: text) == nil)
    }
}

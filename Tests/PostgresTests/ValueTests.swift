import Postgres
import TestSupport
import Testing

/// Goal: what is bound comes back the same, alone and in columns. Method: a real server; edges by hand,
/// the rest drawn by seed.
@Suite struct ValueTests {
    private let database: TestPostgres.Database
    private let connection: Connection

    init() throws {
        database = try TestPostgres.makeDatabase()
        connection = try Connection(ConnectionTarget(url: database.url))
    }

    private func answer(_ sql: String, _ parameters: Parameter...) throws -> Row {
        try connection.run(sql, parameters)[0]
    }

    @Test(arguments: [0, 1, -1, .min, .max, 1 << 32, -(1 << 31)] as [Int64])
    func integers(_ value: Int64) throws {
        #expect(try answer("SELECT $1", .integer(value)).integer(0) == value)
    }

    @Test(arguments: [
        0, -0.0, 1.5, -.infinity, .infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1,
    ])
    func reals(_ value: Double) throws {
        let back = try answer("SELECT $1", .real(value)).real(0)
        #expect(back.bitPattern == value.bitPattern)
    }

    @Test(arguments: [
        "", "ä", "\u{1F6D2} a\nb\t\"'\\", "NULL", "{1,2}", String(repeating: "é", count: 99_999),
    ])
    func texts(_ value: String) throws {
        let row = try answer("SELECT $1, ($1 || $1)::varchar, length($1)", .text(value))
        #expect(row.text(0) == value && row.text(1) == value + value)
        #expect(row.integer(2) == Int64(value.unicodeScalars.count))
    }

    @Test func bytesAndNull() throws {
        let row = try answer(
            "SELECT $1, $2::bytea, $3::bigint, $4", .bytes([0, 255, 10, 0]), .bytes([]), .null,
            .text("end"))
        #expect(row.bytes(0) == [0, 255, 10, 0] && row.bytes(1) == [] && !row.isNull(1))
        #expect(row.isNull(2) && row.integer(2) == 0 && row.text(3) == "end")
    }

    @Test func everyTypeThatAStatementAnswersWith() throws {
        let row = try answer(
            """
            SELECT 7::int2, -7::int4, 7::int8, true, 2.5::float4, 'n'::name, 'v'::varchar(3), 'u',
                sum(n), sum(-n), avg(n), 0::numeric, 123450000::numeric, 0.00001234::numeric
            FROM unnest(ARRAY[9223372036854775807, 0]::int8[]) AS n
            """)
        #expect((0...3).map(row.integer) == [7, -7, 7, 1])
        #expect(row.real(4) == 2.5)
        #expect((5...7).map(row.text) == ["n", "v", "u"])
        #expect(row.integer(8) == .max && row.integer(9) == -.max)
        #expect(row.real(10) == 4_611_686_018_427_387_903.5)
        #expect(row.integer(11) == 0 && row.integer(12) == 123_450_000)
        #expect(abs(row.real(13) - 0.00001234) < 1e-18)
    }

    /// The first value of a statement may be null: then the server guesses the type.
    @Test func aParameterThatWasNullFirstTakesItsValueLater() throws {
        let sql = "SELECT $1::bigint IS NULL, coalesce($1, 5)"
        #expect(try answer(sql, .null).integer(1) == 5)
        #expect(try answer(sql, .integer(9)).integer(1) == 9)
        #expect(try answer(sql, .null).integer(0) == 1)
        #expect(try answer(sql, .integer(1 << 40)).integer(1) == 1 << 40)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func columns(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 0...40, using: &random)
        let numbers = (0..<count).map { _ in Int64.random(in: .min ... .max, using: &random) }
        let optionals = numbers.map { Bool.random(using: &random) ? $0 : nil }
        let texts = (0..<count).map { _ in Self.text(&random) }
        let optionalTexts = texts.map { Bool.random(using: &random) ? $0 : nil }
        let bytes = texts.map { Array($0.utf8) }
        let answer = try connection.run(
            "SELECT * FROM unnest($1::int8[], $2::int8[], $3::text[], $4::text[], $5::bytea[])",
            [
                .integers(numbers), .optionalIntegers(optionals), .texts(texts),
                .optionalTexts(optionalTexts), .byteStrings(bytes),
            ])
        #expect(answer.rowCount == count, "seed \(seed)")
        for (index, number) in numbers.enumerated() {
            let row = answer[index]
            #expect(row.integer(0) == number, "seed \(seed)")
            #expect((row.isNull(1) ? nil : row.integer(1)) == optionals[index], "seed \(seed)")
            #expect(row.text(2) == texts[index], "seed \(seed)")
            #expect(row.text(3) == optionalTexts[index], "seed \(seed)")
            #expect(row.bytes(4) == bytes[index], "seed \(seed)")
        }
    }

    private static func text(_ random: inout SeededRandom) -> String {
        let letters: [Character] = [
            "a", "'", "\\", "\"", ",", "{", "}", "ß", "\u{1F600}", "\n", "\u{1}",
        ]
        let count = Int.random(in: 0...20, using: &random)
        return String((0..<count).map { _ in letters.randomElement(using: &random) ?? "a" })
    }

    @Test func countsWhatWasChanged() throws {
        try connection.execute("CREATE TABLE t (a BIGINT PRIMARY KEY)")
        let insert =
            "INSERT INTO t SELECT * FROM unnest($1::int8[]) ON CONFLICT DO NOTHING RETURNING a"
        let first = try connection.run(insert, [.integers([1, 2, 3])])
        #expect(first.changed == 3 && first.rowCount == 3)
        let second = try connection.run(insert, [.integers([3, 4])])
        #expect(second.changed == 1 && second[0].integer(0) == 4)
        #expect(try connection.run("SELECT a FROM t", []).changed == 0)
        #expect(try connection.run("DELETE FROM t WHERE a > $1", [.integer(1)]).changed == 3)
    }
}

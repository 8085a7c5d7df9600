import JSON
import Testing

/// Goal: what is written is compact, valid and reads back as it was.
/// Method: each kind by hand, then random documents by seed, written, read and written again.
@Suite struct WritingTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func canonical(_ text: String) throws -> String {
        var parser = JSONParser(bytesMax: 1_000_000, duplicateKeys: .lastWins)
        return try parser.parse(Array(text.utf8)) { root in
            self.text { $0.element(root) }
        }
    }

    @Test func commasComeByThemselves() {
        let written = text { writer in
            writer.object { writer in
                writer.key("a")
                writer.array { writer in
                    writer.integer(1)
                    writer.array { _ in }
                    writer.object { _ in }
                    writer.null()
                }
                writer.key("b" as String)
                writer.bool(true)
                writer.key("c")
                writer.string("d" as String)
            }
        }
        #expect(written == #"{"a":[1,[],{},null],"b":true,"c":"d"}"#)
    }

    @Test func linesOfNDJSONHaveNoCommas() {
        let written = text { writer in
            for number in 1...3 {
                writer.integer(Int64(number))
                writer.lineBreak()
            }
        }
        #expect(written == "1\n2\n3\n")
    }

    @Test func escapesWhatMustBeAndNothingElse() {
        let all =
            String(String.UnicodeScalarView((0..<0x80).map { Unicode.Scalar($0)! })) + "é😀\u{2028}/"
        let short = ["\\b", "\\t", "\\n", "\\u000b", "\\f", "\\r"]
        var expected = (0..<8).map { "\\u000\($0)" }.joined() + short.joined()
        expected += "\\u000e\\u000f" + (0..<16).map { "\\u001\(String($0, radix: 16))" }.joined()
        expected +=
            " !\\\"#" + String(String.UnicodeScalarView((0x24..<0x5C).map { Unicode.Scalar($0)! }))
        expected +=
            "\\\\" + String(String.UnicodeScalarView((0x5D..<0x80).map { Unicode.Scalar($0)! }))
        expected += "é😀\u{2028}/"
        #expect(text { $0.string(all) } == "\"\(expected)\"")
    }

    @Test func numbersReadBackExactly() throws {
        #expect(text { $0.integer(.min) } == "-9223372036854775808")
        #expect(text { $0.integer(0) } == "0")
        #expect(text { $0.unsigned(.max) } == "18446744073709551615")
        for number in [
            0.1, 1.0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e21, 123456789.125,
            2e-7,
        ] {
            let written = text { $0.double(number) }
            var parser = JSONParser(bytesMax: 100)
            let back = try parser.parse(Array(written.utf8)) { $0.double }
            #expect(back?.bitPattern == number.bitPattern, "\(written)")
        }
    }

    @Test func anElementIsWrittenCompactlyInItsOrder() throws {
        let text =
            "{ \"b\" : [ 1 , 2.50 , -0.0, 1E3 ], \"a\\u0062\": \"\\u00e9\\/\\n\" ,\"n\":null }"
        #expect(try canonical(text) == #"{"b":[1,2.5,-0.0,1000.0],"ab":"é/\n","n":null}"#)
    }

    @Test func invalidBytesAreMendedNotWritten() {
        let bytes: [UInt8] = [0x61, 0xFF, 0x62]
        #expect(text { $0.string(utf8: bytes.span) } == "\"a\u{FFFD}b\"")
        #expect(text { $0.string(utf8: [0x61, 0x22].span) } == #""a\"""#)
    }

    @Test func whatWasForgottenLeavesNoComma() {
        var writer = JSONWriter()
        writer.integer(1)
        writer.removeAll()
        writer.integer(2)
        #expect(writer.bytes == Array("2".utf8))
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func randomDocumentsAreStable(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let first = text { Self.write(&$0, depth: 5, &random) }
        let second = try canonical(first)
        #expect(second == first, "seed \(seed)")
        #expect(try canonical(Self.spaced(first, &random)) == first, "seed \(seed)")
    }

    private static func write(_ writer: inout JSONWriter, depth: Int, _ random: inout SplitMix) {
        switch random.next() % (depth > 0 ? 9 : 7) {
        case 0: writer.null()
        case 1: writer.bool(random.next() % 2 == 0)
        case 2: writer.integer(Int64(bitPattern: random.next()) >> Int64(random.next() % 64))
        case 3: writer.unsigned(random.next() | 1 << 63)
        case 4:
            let number = Double(bitPattern: random.next())
            writer.double(number.isFinite ? number : 0.5)
        case 5, 6: writer.string(string(&random))
        case 7:
            writer.array { writer in
                for _ in 0..<random.next() % 5 { write(&writer, depth: depth - 1, &random) }
            }
        default:
            writer.object { writer in
                for index in 0..<random.next() % 20 {
                    writer.key("\(index)" + string(&random))
                    write(&writer, depth: depth - 1, &random)
                }
            }
        }
    }

    private static func string(_ random: inout SplitMix) -> String {
        var text = ""
        for _ in 0..<random.next() % 12 {
            let ranges: [UInt64] = [0x20, 0x80, 0x800, 0x10000, 0x11_0000]
            let scalar = UInt32(random.next() % ranges[Int(random.next() % 5)])
            text.unicodeScalars.append(Unicode.Scalar(scalar) ?? "\\")
        }
        return text
    }

    /// The same document with white space after its brackets, outside of strings.
    private static func spaced(_ text: String, _ random: inout SplitMix) -> String {
        var isString = false
        var isEscape = false
        return String(
            text.unicodeScalars.map { character -> String in
                if isString {
                    if character == "\"" && !isEscape { isString = false }
                    isEscape = character == "\\" && !isEscape
                    return String(character)
                }
                if character == "\"" { isString = true }
                let space = ["", " ", "\n", "\t\r"][Int(random.next() % 4)]
                return "{}[],:".unicodeScalars.contains(character)
                    ? String(character) + space : String(character)
            }.joined())
    }
}

/// A small reproducible generator: Steele, Lea and Flood's SplitMix64.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

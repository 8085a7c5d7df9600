import HTTP
import TestSupport
import Testing

/// Goal: structured fields are RFC 9651's, and nothing else passes. Method: the RFC's examples, each
/// written again; texts that break one rule each; random bytes.
@Suite struct StructuredFieldTests {
    @Test(arguments: [
        ("42", BareItem.integer(42)), ("-0", .integer(0)), ("00", .integer(0)),
        ("999999999999999", .integer(999_999_999_999_999)),
        ("-999999999999999", .integer(-999_999_999_999_999)),
        ("4.5", .decimal(thousandths: 4500)), ("-0.125", .decimal(thousandths: -125)),
        ("123456789012.1", .decimal(thousandths: 123_456_789_012_100)),
        (#""hello world""#, .string("hello world")), (#""a \"b\" \\""#, .string(#"a "b" \"#)),
        ("foo123/456", .token("foo123/456")), ("*a:b", .token("*a:b")),
        (":cHJldGVuZA==:", .bytes(Array("pretend".utf8))), ("::", .bytes([])),
        ("?1", .boolean(true)), ("?0", .boolean(false)), ("@1659578233", .date(1_659_578_233)),
        (
            #"%"This is intended for display to %c3%bcsers.""#,
            .displayString("This is intended for display to üsers.")
        ),
        ("  7  ", .integer(7)),
    ])
    func readsItems(text: String, value: BareItem) throws {
        #expect(try StructuredFields.item(text).value == value)
        #expect(try StructuredFields.item(value.text).value == value)
    }

    @Test(arguments: [
        "", "-", "--1", "1000000000000000", "1.", "1.2345", "1234567890123.1", ".5", "+1", "1 2",
        #"""#, #""a"#, #""\a""#, "\"\u{7F}\"", "\"é\"", "'a'", ":a:", ":YQ:", ":YQ==", ":YR==:",
        "?2", "?", "@1.5", "@", #"%"%C3%BC""#, #"%"%fc""#, #"%"a"#, "%a", "é", "(1)", "a, b",
        "a;A", "a;", "a; ;b", "\t1",
    ])
    func refusesBrokenItems(text: String) {
        #expect(throws: StructuredFieldRefusal.self) { try StructuredFields.item(text) }
    }

    @Test func readsParametersInOrder() throws {
        let item = try StructuredFields.item("abc;a=1;b=2; c;a=3")
        #expect(item.parameters.members.map(\.key) == ["a", "b", "c"])
        #expect(item.parameters["a"] == .integer(3))
        #expect(item.parameters["c"] == .boolean(true))
        #expect(item.parameters.hasRepeatedKeys)
        #expect(item.text == "abc;a=3;b=2;c")
    }

    @Test func readsDictionariesOverSeveralLines() throws {
        let dictionary = try StructuredFields.dictionary([
            "rating=1.5, feelings=(joy sadness)", "a;x, b=?0, c=(\"d\" 2;q);lvl=5",
        ])
        #expect(
            dictionary.text
                == "rating=1.5, feelings=(joy sadness), a;x, b=?0, c=(\"d\" 2;q);lvl=5")
        #expect(dictionary["a"] == .item(StructuredItem(.boolean(true), ["x": .boolean(true)])))
        #expect(!dictionary.hasRepeatedKeys)
        #expect(try StructuredFields.dictionary(["a=1,a=2"]).hasRepeatedKeys)
        #expect(try StructuredFields.dictionary([]).members.isEmpty)
    }

    @Test func readsLists() throws {
        let list = try StructuredFields.list(["sugar, tea,\trum", "(\"foo\"  \"bar\" ), ()"])
        #expect(list.count == 5)
        #expect(list[4] == .innerList(InnerList([])))
        #expect(try StructuredFields.list([]).isEmpty)
    }

    @Test(arguments: [
        "a=1,", "a=1,,b=2", ",a", "A=1", "1=a", "a= 1", "a =1", "a=(1", "a=(1,2)", "a=(1\t2)",
        "a=((1))", "a=(1)x", "a=()b", "a b",
    ])
    func refusesBrokenDictionaries(text: String) {
        #expect(throws: StructuredFieldRefusal.self) { try StructuredFields.dictionary([text]) }
    }

    @Test func keepsToItsBounds() throws {
        let most = (0..<StructuredFields.membersMax).map { "a\($0)=1" }.joined(separator: ",")
        #expect(try StructuredFields.dictionary([most]).members.count == 64)
        #expect(throws: StructuredFieldRefusal.tooMany) {
            try StructuredFields.dictionary([most + ",b"])
        }
        #expect(throws: StructuredFieldRefusal.tooMany) {
            try StructuredFields.list(["(" + String(repeating: "1 ", count: 65) + ")"])
        }
        #expect(throws: StructuredFieldRefusal.tooMany) {
            try StructuredFields.item("a" + String(repeating: ";a", count: 66))
        }
        #expect(throws: StructuredFieldRefusal.tooLong) {
            try StructuredFields.item(String(repeating: "a", count: 8193))
        }
        let long = try StructuredFields.item(String(repeating: "a", count: 8192))
        #expect(long.text.utf8.count == 8192)
    }

    /// What random bytes pass the reader is written as text that reads the same.
    @Test func writesWhatItReads() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let alphabet = Array("ab*1-.;=,()\"\\:?@% \tc3".utf8)
        var passed = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<14, using: &random)).map { _ in
                alphabet.randomElement(using: &random)!
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let read = try? StructuredFields.dictionary([text]) else { continue }
            passed += 1
            let again = try StructuredFields.dictionary([read.text])
            #expect(again == read, "seed \(seed), text \(text)")
        }
        #expect(passed > 0, "seed \(seed)")
    }
}

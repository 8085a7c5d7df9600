import JSON
import Testing

/// Goal: what is not strict JSON in UTF-8 is refused with the right kind, what is reads exactly.
/// Method: small texts, each with one property.
@Suite struct ParsingTests {
    private func refusal(
        _ text: String, bytesMax: Int = 1000, depthMax: Int = 8,
        duplicateKeys: JSONParser.DuplicateKeys = .refused
    ) -> JSONError.Kind? {
        refusal(Array(text.utf8), bytesMax: bytesMax, depthMax: depthMax, duplicateKeys)
    }

    private func refusal(
        _ bytes: [UInt8], bytesMax: Int = 1000, depthMax: Int = 8,
        _ duplicateKeys: JSONParser.DuplicateKeys = .refused
    ) -> JSONError.Kind? {
        var parser = JSONParser(
            bytesMax: bytesMax, depthMax: depthMax, duplicateKeys: duplicateKeys)
        do {
            try parser.parse(bytes) { _ in }
            return nil
        } catch {
            return error.kind
        }
    }

    private func read<Value>(_ text: String, _ body: (JSONElement) -> Value) throws -> Value {
        var parser = JSONParser(bytesMax: 1000, duplicateKeys: .lastWins)
        return try parser.parse(Array(text.utf8)) { body($0) }
    }

    @Test(arguments: [
        "{", "}", "[1,]", "{\"a\":}", "{\"a\" 1}", "{a:1}", "[1 2]", "tru", "nul", "{} {}", "1 2",
        "[1]]", "\u{FEFF}{}", "/**/{}", "NaN", "[Infinity]", "['a']", "{\"a\":1,}", "[,]",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(refusal(text) != nil)
    }

    @Test(arguments: [
        "01", "-", "1.", ".5", "+1", "1e", "0x10", "18446744073709551616",
        "-9223372036854775809", "1e400", "-1e999", "[1.e5]",
    ])
    func refusesNumbersThatAreWrongOrHuge(text: String) {
        #expect(refusal("[\(text)]") != nil)
        #expect(refusal(text) != nil)
    }

    @Test func tellsKindsApart() {
        #expect(refusal("") == .empty)
        #expect(refusal(" \n\t ") == .empty)
        #expect(refusal("[1e400]") == .malformedNumber)
        #expect(refusal("[\"a\u{1}\"]") == .malformedString)
        #expect(refusal("[\"a") == .malformedString)
        #expect(refusal("[\"\\q\"]") == .malformedString)
        #expect(refusal("[1,]") == .malformed)
        #expect(refusal("{\"a\":1,\"a\":1}") == .duplicateKey)
    }

    @Test func readsUpToItsLimitAndRefusesOnePast() {
        #expect(refusal("[12345678]", bytesMax: 10) == nil)
        #expect(refusal("[123456789]", bytesMax: 10) == .oversized)
    }

    @Test(arguments: [1, 2, 8, 64, 1000])
    func nestsUpToItsLimitAndRefusesOnePast(depth: Int) {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + "1" + String(repeating: "]", count: levels)
        }
        func members(_ levels: Int) -> String {
            String(repeating: "{\"a\":", count: levels) + "1"
                + String(repeating: "}", count: levels)
        }
        #expect(refusal(nested(depth), bytesMax: 10_000, depthMax: depth) == nil)
        #expect(refusal(nested(depth + 1), bytesMax: 10_000, depthMax: depth) == .tooDeep)
        #expect(refusal(members(depth), bytesMax: 10_000, depthMax: depth) == nil)
        #expect(refusal(members(depth + 1), bytesMax: 10_000, depthMax: depth) == .tooDeep)
    }

    @Test(arguments: [
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
    ])
    func refusesInvalidUTF8AndSaysWhere(bytes: [UInt8]) throws {
        let text = Array("[\"ab".utf8) + bytes + Array("\"]".utf8)
        var parser = JSONParser(bytesMax: 100)
        let error = try #require(throws: JSONError.self) { try parser.parse(text) { _ in } }
        #expect(error == JSONError(.invalidUTF8, offset: 4))
    }

    @Test(arguments: [
        "\\ud800", "\\udc00", "\\udfff", "\\uD83Dx", "\\uD83D\\n", "\\ud83d\\ud83d",
        "\\udc00\\ud83d",
        "\\\\\\ud800", "\\ud83d\\u0041", "\\u12", "\\u12G4",
    ])
    func refusesHalfASurrogatePair(escape: String) {
        #expect(refusal("[\"\(escape)\"]") == .malformedString)
        #expect(refusal("{\"\(escape)\":1}") == .malformedString)
    }

    @Test func readsWholeSurrogatePairsAndEscapedBackslashes() throws {
        #expect(try read("\"\\ud83d\\ude00\"") { $0.string } == "😀")
        #expect(try read("\"\\\\ud800\"") { $0.string } == "\\ud800")
        #expect(
            try read("\"\\u0000\\\"\\/\\b\\f\\n\\r\\t\"") { $0.string } == "\0\"/\u{8}\u{C}\n\r\t")
    }

    @Test func duplicateKeysAreRefusedAtAnyDepthAndSize() {
        #expect(refusal("[{\"b\":{\"a\":1,\"c\":[],\"\\u0061\":2}}]") == .duplicateKey)
        let many = (0..<40).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(refusal("{\(many)}") == nil)
        #expect(refusal("{\(many),\"k17\":1}") == .duplicateKey)
        #expect(refusal("[{\"a\":1},{\"a\":1},[[{\"a\":{\"a\":1}}]]]") == nil)
    }

    @Test func theLastOfDuplicateKeysWinsWhereTheyAreAllowed() throws {
        let text = "{\"a\":1,\"b\":2,\"a\":3}"
        #expect(refusal(text, duplicateKeys: .lastWins) == nil)
        #expect(try read(text) { $0["a"]?.int64 } == 3)
        #expect(try read(text) { $0.count } == 3)
    }

    @Test func readsIntegersExactly() throws {
        #expect(try read("9223372036854775807") { $0.int64 } == .max)
        #expect(try read("-9223372036854775808") { $0.int64 } == .min)
        #expect(try read("9223372036854775808") { $0.int64 } == nil)
        #expect(try read("18446744073709551615") { $0.uint64 } == .max)
        #expect(try read("-1") { $0.uint64 } == nil)
        #expect(try read("7") { $0.uint64 } == 7)
        #expect(try read("1.0") { $0.int64 } == nil)
        #expect(try read("1.0") { $0.double } == 1)
        #expect(try read("12") { $0.double } == 12)
        #expect(try read("\"12\"") { $0.double } == nil)
    }

    @Test func aValueHasOneKindAndNoOther() throws {
        let kinds = try read("[{},[],\"\",true,false,null,1,9223372036854775808,0.5]") { root in
            root.array?.map(\.kind)
        }
        #expect(
            kinds == [.object, .array, .string, .bool, .bool, .null, .integer, .unsigned, .double])
        #expect(
            try read("[true,false,null,1]") { $0.array?.map(\.bool) } == [true, false, nil, nil])
        #expect(try read("[1]") { $0["a"] == nil && $0.object == nil && $0.string == nil })
        #expect(try read("{\"a\":1}") { $0.array == nil && $0.int64 == nil && $0.bool == nil })
    }

    @Test func membersComeInTheOrderOfTheDocument() throws {
        let text = "{\"z\":[1,[2]],\"a\":{\"b\":{}},\"m\":\"x\",\"\":null}"
        let names = try read(text) { root in root.object?.compactMap { $0.key.string } }
        #expect(names == ["z", "a", "m", ""])
        #expect(try read(text) { $0["m"].map { $0 == "x" } } == true)
        #expect(try read(text) { $0[""]?.isNull } == true)
        #expect(try read(text) { $0["q"]?.isNull } == nil)
    }

    @Test func stringsCompareByTheirBytes() throws {
        #expect(try read("\"caf\\u00e9\"") { $0 == "café" })
        #expect(try read("\"cafe\"") { $0 == "café" } == false)
        #expect(try read("\"a\"") { $0 == "ab" } == false)
        #expect(try read("\"é\"") { $0 == "e\u{301}" } == false)
        #expect(try read("1") { $0 == "1" } == false)
        let named = try read("{\"site\":1}") { root in
            root.object?.map { member in
                switch member.key {
                case "id": "id"
                case "site": "site"
                default: "other"
                }
            }
        }
        #expect(named == ["site"])
    }

    @Test func aParserReadsAgainAfterARefusal() throws {
        var parser = JSONParser(bytesMax: 100)
        #expect(throws: JSONError.self) { try parser.parse(Array("{\"a\":".utf8)) { _ in } }
        #expect(try parser.parse(Array("{\"a\":5}".utf8)) { $0["a"]?.int64 } == 5)
        #expect(try parser.parse(Array("[]".utf8)) { $0.count } == 0)
    }
}

import Testing

@testable import JSON

/// Goal: a number's digits are read as they stood. Method: documents whose other parts look alike, and
/// drawn ones that are read by the parser as well.
@Suite struct DigitsTests {
    @Test(
        arguments: [
            (#"{"a":12.10}"#, "12.10"), (#"{"a" : -0.50 ,"b":1}"#, "-0.50"), (#"{"a":1e2}"#, "1e2"),
            (#"{"b":{"a":1},"a":2}"#, "2"), (#"{"b":[{"a":1}],"c":"\"a\":3","a":4}"#, "4"),
            (#"{"b":"a","a":5}"#, "5"), (#"{"b":"\\","a":6}"#, "6"),
            ("{\n\t\"a\"\r\n:\t7.00\n}", "7.00"),
            (#"{"a":123456789012.123456}"#, "123456789012.123456"),
            (#"{"a":"1"}"#, nil), (#"{"a":null}"#, nil), (#"{"a":[1]}"#, nil), (#"{"b":1}"#, nil),
            (#"{"\u0061":1}"#, nil), ("[1]", nil), ("{}", nil), (#"{"b":{"a":1}}"#, nil),
            (#""a""#, nil),
        ] as [(String, String?)])
    func readsTheDigitsOfAMember(_ document: String, digits: String?) {
        #expect(JSONDigits.ofMember("a", in: Array(document.utf8).span) == digits)
    }

    @Test func agreesWithTheParser() throws {
        var parser = JSONParser(bytesMax: 4096)
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &random)
        var draws = SplitMix(state: seed)
        for _ in 0..<2000 {
            let pieces = [
                #""a":"#, #""b":"#, "1", "2.50", "{", "}", "[", "]", ",", #""x\"a""#, " ",
            ]
            let body = (0..<Int(draws.next() % 12)).map { _ in
                pieces[Int(draws.next() % UInt64(pieces.count))]
            }.joined()
            let document = Array("{\(body)}".utf8)
            do {
                let value = try parser.parse(document) { root in
                    root["a"]?.double ?? root["a"]?.int64.map(Double.init)
                }
                let digits = JSONDigits.ofMember("a", in: document.span)
                #expect(digits.flatMap(Double.init) == value, "seed \(seed), {\(body)}")
            } catch {}
        }
    }
}

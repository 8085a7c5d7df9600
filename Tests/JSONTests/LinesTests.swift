import JSON
import Testing

/// Goal: NDJSON falls into the lines that were sent, byte for byte. Method: texts with odd ends.
@Suite struct LinesTests {
    private func lines(
        _ text: String, lineBytesMax: Int = 10, linesMax: Int = 4
    ) throws(JSONLines.Refusal) -> [String] {
        let bytes = Array(text.utf8)
        var lines = JSONLines(lineBytesMax: lineBytesMax, linesMax: linesMax)
        var found: [String] = []
        while let line = try lines.next(in: bytes.span) {
            found.append("\(line.number):" + String(decoding: bytes[line.range], as: UTF8.self))
        }
        return found
    }

    @Test func aLastLineNeedsNoEnd() throws {
        #expect(try lines("1\n2") == ["1:1", "2:2"])
        #expect(try lines("1\n2\n") == ["1:1", "2:2"])
        #expect(try lines("") == [])
        #expect(try lines("\n\na\r\n") == ["1:", "2:", "3:a\r"])
    }

    @Test func aLineAndTheirNumberHaveLimits() throws {
        #expect(try lines("1234567890\n") == ["1:1234567890"])
        #expect(throws: JSONLines.Refusal.oversizedLine(number: 2, bytesMax: 10)) {
            try lines("1\n12345678901")
        }
        #expect(try lines("1\n2\n3\n4\n").count == 4)
        #expect(throws: JSONLines.Refusal.tooManyLines(linesMax: 4)) { try lines("1\n2\n3\n4\n5") }
    }

    @Test func blankLinesAreToldFromOthers() {
        func isBlank(_ line: String) -> Bool { JSONLines.isBlank(Array(line.utf8).span) }
        #expect(isBlank(" \t\r"))
        #expect(isBlank(""))
        #expect(!isBlank(" 1"))
    }

    @Test func aBadLineSpoilsNoOther() throws {
        let bytes = Array("{\"a\":1}\n{\"a\":\n{\"a\":3}\n".utf8)
        var lines = JSONLines(lineBytesMax: 100, linesMax: 10)
        var parser = JSONParser(bytesMax: 100)
        var values: [Int64?] = []
        while let line = try lines.next(in: bytes.span) {
            values.append(try? parser.parse(bytes.span.extracting(line.range)) { $0["a"]?.int64 })
        }
        #expect(values == [1, nil, 3])
    }
}

/// Splits NDJSON into lines, so that each is parsed, refused and hashed by itself.
/// Lines end with LF; a CR before it belongs to the line and is white space to the parser. A last
/// line without LF counts, an empty rest after the last LF does not.
package struct JSONLines {
    /// A line of the text.
    package struct Line: Equatable, Sendable {
        /// From 1.
        package let number: Int
        /// The line's bytes, without its LF.
        package let range: Range<Int>
    }

    /// Why the text cannot be read further.
    package enum Refusal: Error, Equatable, Sendable {
        case oversizedLine(number: Int, bytesMax: Int)
        case tooManyLines(linesMax: Int)
    }

    private let lineBytesMax: Int
    private let linesMax: Int
    private var number = 0
    private var start = 0

    /// Starts before the first line; what is over a limit is refused when it is met.
    package init(lineBytesMax: Int, linesMax: Int) {
        self.lineBytesMax = lineBytesMax
        self.linesMax = linesMax
    }

    /// The next line of the same bytes, nil after the last.
    package mutating func next(in bytes: Span<UInt8>) throws(Refusal) -> Line? {
        guard start < bytes.count else { return nil }
        number += 1
        guard number <= linesMax else { throw .tooManyLines(linesMax: linesMax) }
        let end = bytes.firstLineFeed(from: start) ?? bytes.count
        guard end - start <= lineBytesMax else {
            throw .oversizedLine(number: number, bytesMax: lineBytesMax)
        }
        defer { start = end + 1 }
        return Line(number: number, range: start..<end)
    }

    /// Whether a line holds nothing but white space.
    package static func isBlank(_ line: Span<UInt8>) -> Bool {
        line.indices.allSatisfy { line[$0] == 0x20 || line[$0] == 0x09 || line[$0] == 0x0D }
    }
}

extension Span<UInt8> {
    fileprivate func firstLineFeed(from start: Int) -> Int? {
        unsafe withUnsafeBufferPointer { buffer in
            unsafe buffer[start...].firstIndex(of: UInt8(ascii: "\n"))
        }
    }
}

/// Replaces e-mail-shaped parts of a text by `[email]`, so that no address rides along in a field
/// that was not meant for it. `%40` counts as `@`.
enum EmailScrubber {
    private static let mask = Array("[email]".utf8)

    /// The text without addresses; nil when there was none.
    static func scrubbed(_ text: Span<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while let at = nextAt(in: text, from: index) {
            index = at.upperBound
            guard let start = localStart(in: text, before: at.lowerBound, from: copied),
                let end = domainEnd(in: text, from: at.upperBound)
            else { continue }
            result.append(text.extracting(copied..<start))
            result.append(contentsOf: mask)
            copied = end
            index = end
        }
        guard copied > 0 else { return nil }
        result.append(text.extracting(copied..<text.count))
        return result
    }

    private static func nextAt(
        in text: Span<UInt8>, from start: Int
    ) -> Range<Int>? {
        var index = start
        while index < text.count {
            if text[index] == UInt8(ascii: "@") { return index..<index + 1 }
            if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
                text[index + 1] == UInt8(ascii: "4"), text[index + 2] == UInt8(ascii: "0")
            {
                return index..<index + 3
            }
            index += 1
        }
        return nil
    }

    private static func localStart(in text: Span<UInt8>, before end: Int, from: Int) -> Int? {
        var start = end
        while start > from, isLocal(text[start - 1]) { start -= 1 }
        return start < end ? start : nil
    }

    /// Behind the last label of at least two letters; nil where there is no dot before it.
    private static func domainEnd(in text: Span<UInt8>, from start: Int) -> Int? {
        var end = start
        while end < text.count, isDomain(text[end]) { end += 1 }
        while end > start, text[end - 1] == UInt8(ascii: ".") || text[end - 1] == UInt8(ascii: "-")
        {
            end -= 1
        }
        var label = end
        while label > start, text[label - 1] != UInt8(ascii: ".") { label -= 1 }
        return label > start + 1 && end - label >= 2 ? end : nil
    }

    private static func isLocal(_ byte: UInt8) -> Bool {
        isDomain(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "%")
            || byte == UInt8(ascii: "+")
    }

    /// Letters of any script count: a byte beyond ASCII is part of one.
    private static func isDomain(_ byte: UInt8) -> Bool {
        TextRule.isLowerCase(byte) || TextRule.isCapital(byte) || TextRule.isDigit(byte)
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte >= 0x80
    }
}

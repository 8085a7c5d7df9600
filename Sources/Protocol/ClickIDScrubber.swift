/// Takes the click ids of advertisers out of texts, for visitors who have opted out: `gclid=…` in any
/// address, also in one that is a parameter of another.
/// - Source: protocol/event.md, section 4.
enum ClickIDScrubber {
    /// Names of parameters and members that hold an advertiser's id of a click or a browser, in lower
    /// case. Our own campaign links are not among them.
    static let names: Set<String> = [
        "gclid", "gbraid", "wbraid", "dclid", "fbclid", "fbc", "fbp", "_fbc", "_fbp", "msclkid",
        "ttclid", "_ttp", "twclid", "li_fat_id", "rdt_cid", "sccid", "epik", "irclickid", "yclid",
        "_gcl_aw", "_gcl_gb",
    ]
    private static let nameBytesMax = 10

    static func isName(_ text: Span<UInt8>) -> Bool {
        guard text.count <= nameBytesMax, let name = String(copying: text) else { return false }
        return names.contains(name.lowercased())
    }

    /// The text without the ids' values; nil when it had none.
    static func scrubbed(_ text: Span<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while index < text.count {
            guard let value = valueStart(in: text, at: index) else {
                index += 1
                continue
            }
            let name = nameStart(in: text, before: index)..<index
            let end = valueEnd(in: text, from: value)
            index = value
            guard end > value, isName(text.extracting(name)) else { continue }
            result.append(text.extracting(copied..<value))
            copied = end
            index = end
        }
        guard copied > 0 else { return nil }
        result.append(text.extracting(copied..<text.count))
        return result
    }

    /// Where a value begins when `=` or `%3D` stands here.
    private static func valueStart(in text: Span<UInt8>, at index: Int) -> Int? {
        if text[index] == UInt8(ascii: "=") { return index + 1 }
        return isEscape(text, index, "3", "d") ? index + 3 : nil
    }

    private static func nameStart(in text: Span<UInt8>, before end: Int) -> Int {
        var start = end
        while start > 0, end - start <= nameBytesMax, isNamePart(text[start - 1]),
            start < 3 || !isEscape(text, start - 3)
        {
            start -= 1
        }
        return start
    }

    private static func valueEnd(in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "&"), UInt8(ascii: "#"), UInt8(ascii: ";"), UInt8(ascii: " "),
                UInt8(ascii: "\""), UInt8(ascii: "="):
                return index
            case UInt8(ascii: "%")
            where isEscape(text, index, "2", "6")
                || isEscape(text, index, "2", "3"):
                return index
            default: index += 1
            }
        }
        return index
    }

    /// Whether `%` and two digits stand here: these two, or any.
    private static func isEscape(
        _ text: Span<UInt8>, _ index: Int, _ high: Unicode.Scalar? = nil,
        _ low: Unicode.Scalar? = nil
    ) -> Bool {
        guard index + 2 < text.count, text[index] == UInt8(ascii: "%") else { return false }
        guard let high, let low else { return true }
        return text[index + 1] == UInt8(ascii: high)
            && text[index + 2] | 0x20 == UInt8(ascii: low) | 0x20
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        TextRule.isLowerCase(byte | 0x20) || byte == UInt8(ascii: "_")
    }
}

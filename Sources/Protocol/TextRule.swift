/// The forms of short texts, on bytes and without allocation.
enum TextRule {
    /// `[a-z][a-z0-9_.]{0,63}`.
    static func isType(_ text: Span<UInt8>) -> Bool {
        guard (1...64).contains(text.count), isLowerCase(text[0]) else { return false }
        return text.indices.allSatisfy { index in
            let byte = text[index]
            return isLowerCase(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: ".")
        }
    }

    /// Whether nothing in it is a control character (below U+0020, and U+007F).
    static func isPrintable(_ text: Span<UInt8>) -> Bool {
        isFree(of: (0x7F, 0x7F, 0x7F, 0x7F), text)
    }

    /// Whether neither a control character nor one of the marks is in a text. Looks at every byte
    /// without a branch, which the compiler turns into wide instructions: with a `Bool` in place of the
    /// sum it does not.
    static func isFree(
        of marks: (UInt8, UInt8, UInt8, UInt8), _ text: Span<UInt8>
    ) -> Bool {
        var found: UInt8 = 0
        for index in text.indices {
            let byte = text[index]
            found |= (byte < 0x20 ? 1 : 0) | (byte == 0x7F ? 1 : 0)
            found |= (byte == marks.0 ? 1 : 0) | (byte == marks.1 ? 1 : 0)
            found |= (byte == marks.2 ? 1 : 0) | (byte == marks.3 ? 1 : 0)
        }
        return found == 0
    }

    static func isHash(_ text: Span<UInt8>) -> Bool {
        text.count == 64
            && text.indices.allSatisfy { isDigit(text[$0]) || isHexLetter(text[$0]) }
    }

    static func isCountry(_ text: Span<UInt8>) -> Bool {
        text.count == 2 && isCapital(text[0]) && isCapital(text[1])
    }

    static func isCurrency(_ text: Span<UInt8>) -> Bool {
        text.count == 3 && isCapital(text[0]) && isCapital(text[1]) && isCapital(text[2])
    }

    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    static func isLowerCase(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }
    static func isCapital(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "A") < 26 }
    static func isHexLetter(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 6 }

    /// The most bytes of a text, up to `bytesMax`, that end between two characters.
    static func cut(_ text: Span<UInt8>, bytesMax: Int) -> Int {
        guard text.count > bytesMax else { return text.count }
        var end = bytesMax
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }
}

/// The syntax of click identifiers. Nothing is judged by its prefix: prefixes change.
/// - Source: protocol/event.md, section 4.
package enum ClickIDForm: Sendable {
    /// 20-512 of base64url's alphabet.
    case token
    /// The same with dots.
    case dottedToken
    /// 32 hexadecimal digits.
    case hexadecimal
    case fbc, fbp, uuid

    /// Tells whether a value can be the identifier that its name promises.
    package func isValid(_ text: Span<UInt8>) -> Bool {
        switch self {
        case .token: (20...512).contains(text.count) && Self.isToken(text, dots: false)
        case .dottedToken: (20...512).contains(text.count) && Self.isToken(text, dots: true)
        case .hexadecimal:
            text.count == 32 && text.indices.allSatisfy { Self.isHex(text[$0]) }
        case .fbc: Self.isMetaCookie(text, isDigitsOnly: false)
        case .fbp: Self.isMetaCookie(text, isDigitsOnly: true)
        case .uuid: Identifier<Named.Site>(utf8: text) != nil
        }
    }

    /// `fb.<digit>.<10-13 digits>.<rest>`, optionally `.` and 2 or 8 more.
    private static func isMetaCookie(_ text: Span<UInt8>, isDigitsOnly: Bool) -> Bool {
        guard (18...600).contains(text.count), text[0] == UInt8(ascii: "f"),
            text[1] == UInt8(ascii: "b"), text[2] == UInt8(ascii: "."),
            TextRule.isDigit(text[3]), text[4] == UInt8(ascii: ".")
        else { return false }
        let time = end(of: text, from: 5)
        guard (10...13).contains(time - 5), time < text.count,
            (5..<time).allSatisfy({ TextRule.isDigit(text[$0]) })
        else { return false }
        let rest = end(of: text, from: time + 1)
        let body = text.extracting(time + 1..<rest)
        guard (1...512).contains(body.count), isToken(body, dots: false),
            !isDigitsOnly || body.indices.allSatisfy({ TextRule.isDigit(body[$0]) })
        else { return false }
        guard rest < text.count else { return true }
        let appendix = text.extracting(rest + 1..<text.count)
        return (appendix.count == 2 || appendix.count == 8) && isToken(appendix, dots: false)
    }

    private static func end(of text: Span<UInt8>, from start: Int) -> Int {
        text.firstIndex(of: UInt8(ascii: "."), from: start) ?? text.count
    }

    private static func isToken(_ text: Span<UInt8>, dots: Bool) -> Bool {
        text.indices.allSatisfy { index in
            let byte = text[index]
            return TextRule.isLowerCase(byte) || TextRule.isCapital(byte) || TextRule.isDigit(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                || dots && byte == UInt8(ascii: ".")
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        TextRule.isDigit(byte)
            || byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f")
    }
}

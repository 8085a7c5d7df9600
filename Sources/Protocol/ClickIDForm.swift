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

    /// The form of a member of the canonical event's `click`; nil for what is none.
    package init?(of name: String) {
        guard let field = EventSchema.click.fields.first(where: { $0.name.description == name }),
            case .click(let form) = field.form
        else { return nil }
        self = form
    }

    /// The identifier that a text is, or that it was before somebody encoded it twice: `%2D` for `-`.
    /// Nil where it is none.
    package func identifier(in text: String) -> String? {
        if isValid(text.utf8.span) { return text }
        guard let once = Self.withoutPercents(text.utf8.span), isValid(once.span) else {
            return nil
        }
        return String(decoding: once, as: UTF8.self)
    }

    /// The text decoded once more; nil where nothing is encoded, or not rightly.
    private static func withoutPercents(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count <= 3 * bytesMax, text.firstIndex(of: UInt8(ascii: "%"), from: 0) != nil
        else { return nil }
        var bytes: [UInt8] = []
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "%") else {
                bytes.append(text[index])
                index += 1
                continue
            }
            guard index + 2 < text.count, let high = digit(text[index + 1]),
                let low = digit(text[index + 2])
            else { return nil }
            bytes.append(high << 4 | low)
            index += 3
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        if TextRule.isDigit(byte) { return byte - UInt8(ascii: "0") }
        let letter = byte | 0x20
        return TextRule.isHexLetter(letter) ? letter - UInt8(ascii: "a") + 10 : nil
    }

    /// Tells whether a value can be the identifier that its name promises.
    package func isValid(_ text: Span<UInt8>) -> Bool {
        switch self {
        case .token:
            (20...Self.bytesMax).contains(text.count) && Self.isToken(text, dots: false)
                && !Self.isTest(text)
        case .dottedToken:
            (20...Self.bytesMax).contains(text.count) && Self.isToken(text, dots: true)
        case .hexadecimal:
            text.count == 32 && text.indices.allSatisfy { Self.isHex(text[$0]) }
        case .fbc: Self.isMetaCookie(text, isDigitsOnly: false)
        case .fbp: Self.isMetaCookie(text, isDigitsOnly: true)
        case .uuid: Identifier<Named.Site>(utf8: text) != nil
        }
    }

    private static let bytesMax = 512

    /// What Google's own tool for testing a page puts in the place of an identifier.
    private static let testFront = Array("TeSter-".utf8)

    private static func isTest(_ text: Span<UInt8>) -> Bool {
        let front = testFront
        return front.indices.allSatisfy { text[$0] == front[$0] }
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

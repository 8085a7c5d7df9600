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

    /// Where the number stands in a global id of Shopify's, as `gid://shopify/Order/1042`: it names the
    /// same thing as the number alone. Nil for any other text.
    static func globalNumber(_ text: Span<UInt8>) -> Range<Int>? {
        let front = globalFront
        guard text.count > front.count, text[0] == front[0],
            front.indices.allSatisfy({ text[$0] == front[$0] }),
            let slash = text.firstIndex(of: UInt8(ascii: "/"), from: front.count)
        else { return nil }
        let end = text.firstIndex(of: UInt8(ascii: "?"), from: slash) ?? text.count
        let number = slash + 1..<end
        guard (1...20).contains(number.count), number.allSatisfy({ isDigit(text[$0]) }) else {
            return nil
        }
        return number
    }

    private static let globalFront = Array("gid://shopify/".utf8)

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

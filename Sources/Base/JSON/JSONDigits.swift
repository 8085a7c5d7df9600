/// Reads numbers as they stood in a document. A parsed number no longer tells how it was written:
/// `12.10` is `12.1` to it, and a long one is rounded.
package enum JSONDigits {
    /// The text of the number that a member of the root object has.
    /// - Parameter document: One that a parser took with unique keys; nothing is validated again.
    /// - Returns: Nil where there is no such member, where it is no number, and where its name is
    ///   written with escapes.
    package static func ofMember(_ name: StaticString, in document: Span<UInt8>) -> String? {
        let name = Array(name.description.utf8)
        var depth = 0
        var index = 0
        while index < document.count {
            switch document[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let end = stringEnd(in: document, from: index)
                let colon = skipBlanks(in: document, from: end)
                let isName = depth == 1 && byte(colon, of: document) == UInt8(ascii: ":")
                if isName, equal(document, index + 1..<end - 1, name) {
                    return number(in: document, from: skipBlanks(in: document, from: colon + 1))
                }
                index = end - 1
            default: break
            }
            index += 1
        }
        return nil
    }

    /// Behind the closing quotation mark.
    private static func stringEnd(in document: Span<UInt8>, from start: Int) -> Int {
        var index = start + 1
        while index < document.count, document[index] != UInt8(ascii: "\"") {
            index += document[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, document.count)
    }

    private static func skipBlanks(in document: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while let byte = byte(index, of: document), byte <= 0x20 { index += 1 }
        return index
    }

    private static func byte(_ index: Int, of document: Span<UInt8>) -> UInt8? {
        index < document.count ? document[index] : nil
    }

    private static func equal(
        _ document: Span<UInt8>, _ range: Range<Int>, _ name: [UInt8]
    ) -> Bool {
        range.count == name.count
            && range.allSatisfy { document[$0] == name[$0 - range.lowerBound] }
    }

    private static func number(in document: Span<UInt8>, from start: Int) -> String? {
        var digits: [UInt8] = []
        var index = start
        while let byte = byte(index, of: document), isOfNumber(byte) {
            digits.append(byte)
            index += 1
        }
        guard let first = digits.first, first == UInt8(ascii: "-") || isDigit(first) else {
            return nil
        }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte | 0x20 == UInt8(ascii: "e") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

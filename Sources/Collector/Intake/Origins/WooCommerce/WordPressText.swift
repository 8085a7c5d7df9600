/// Texts as WordPress writes them: the special characters of HTML as entities.
enum WordPressText {
    private static let named: [String: UInt8] = [
        "lt": UInt8(ascii: "<"), "gt": UInt8(ascii: ">"), "amp": UInt8(ascii: "&"),
        "quot": UInt8(ascii: "\""),
    ]
    /// `&#39;`, `&#x27;`; WordPress names only these by number.
    private static let decimal: [String: UInt8] = [
        "39": UInt8(ascii: "'"), "34": UInt8(ascii: "\""), "60": UInt8(ascii: "<"),
        "62": UInt8(ascii: ">"), "38": UInt8(ascii: "&"),
    ]
    private static let hexadecimal: [String: UInt8] = [
        "27": UInt8(ascii: "'"), "22": UInt8(ascii: "\""), "26": UInt8(ascii: "&"),
    ]
    private static let nameBytesMax = 16

    /// The text with its entities replaced, once: what they give is not read again.
    /// - Source: `wp_specialchars_decode` of WordPress, with `ENT_QUOTES`.
    static func withoutEntities(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(UInt8(ascii: "&")) else { return text }
        var result: [UInt8] = []
        var rest = text[...]
        while let byte = rest.first {
            rest.removeFirst()
            guard byte == UInt8(ascii: "&"),
                let end = rest.prefix(nameBytesMax).firstIndex(of: UInt8(ascii: ";")),
                let character = character(rest[..<end])
            else {
                result.append(byte)
                continue
            }
            result.append(character)
            rest = rest[(end + 1)...]
        }
        return result
    }

    private static func character(_ name: ArraySlice<UInt8>) -> UInt8? {
        let name = String(decoding: name, as: UTF8.self)
        guard name.hasPrefix("#") else { return named[name] }
        let isHexadecimal = name.dropFirst().first.map { $0 == "x" || $0 == "X" } ?? false
        let digits = name.dropFirst(isHexadecimal ? 2 : 1).drop { $0 == "0" }
        return (isHexadecimal ? hexadecimal : decimal)[String(digits)]
    }
}

/// A place in a JSON document, as `/items/0/price`.
/// - Source: RFC 6901.
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    /// The steps from the root, unescaped.
    package private(set) var tokens: [String] = []

    /// The whole document.
    package init() {}

    /// Reads a pointer's text; nil when it neither is empty nor begins with `/`, or has a `~`
    /// without `0` or `1` behind it.
    package init?(_ text: String) {
        guard let first = text.utf8.first else { return }
        guard first == UInt8(ascii: "/") else { return nil }
        for token in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let token = Self.unescaped(token) else { return nil }
            tokens.append(token)
        }
    }

    /// This place's member or element, for naming the field that a refusal is about.
    package func appending(_ token: String) -> JSONPointer {
        var longer = self
        longer.tokens.append(token)
        return longer
    }

    /// This array's element.
    package func appending(_ index: Int) -> JSONPointer { appending(String(index)) }

    /// The value at this place below `root`; nil when there is none.
    package func value(in root: JSONElement) -> JSONElement? {
        var place = root
        for token in tokens {
            switch place.kind {
            case .object:
                guard let value = place[token] else { return nil }
                place = value
            case .array:
                guard let value = Self.element(token, of: place) else { return nil }
                place = value
            case .string, .bool, .null, .integer, .unsigned, .double:
                return nil
            }
        }
        return place
    }

    package var description: String {
        tokens.map { token in
            var text = "/"
            for character in token.unicodeScalars {
                switch character {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.unicodeScalars.append(character)
                }
            }
            return text
        }.joined()
    }

    /// An index has no sign and no leading zero.
    private static func element(_ token: String, of place: JSONElement) -> JSONElement? {
        guard let index = UInt32(token), String(index) == token, let array = place.array else {
            return nil
        }
        return array.dropFirst(Int(index)).first { _ in true }
    }

    private static func unescaped(_ token: Substring) -> String? {
        var text = ""
        var characters = token.unicodeScalars.makeIterator()
        while let character = characters.next() {
            guard character == "~" else {
                text.unicodeScalars.append(character)
                continue
            }
            switch characters.next() {
            case "0": text += "~"
            case "1": text += "/"
            default: return nil
            }
        }
        return text
    }
}

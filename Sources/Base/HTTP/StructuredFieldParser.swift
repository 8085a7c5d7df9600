internal import Crypto

/// Walks once over the bytes of a field; every loop ends with them.
/// - Source: RFC 9651, section 4.2.
struct StructuredFieldParser {
    private let bytes: [UInt8]
    private var position = 0

    init(_ lines: [String]) throws(StructuredFieldRefusal) {
        let count = lines.reduce(0) { $0 + $1.utf8.count + 2 }
        guard count <= StructuredFields.bytesMax + 2 else { throw .tooLong }
        bytes = Array(lines.joined(separator: ", ").utf8)
        skipSpaces()
    }

    // MARK: Dictionaries, lists, items

    mutating func end() throws(StructuredFieldRefusal) {
        skipSpaces()
        guard position == bytes.count else { throw fault }
    }

    mutating func dictionary() throws(StructuredFieldRefusal) -> StructuredDictionary {
        var dictionary = StructuredDictionary()
        guard position < bytes.count else { return dictionary }
        for _ in 0..<StructuredFields.membersMax {
            let key = try key()
            if skip(ASCII.equals) {
                dictionary.set(key, try member())
            } else {
                let item = StructuredItem(.boolean(true), try parameters())
                dictionary.set(key, .item(item))
            }
            guard try comma() else { return dictionary }
        }
        throw .tooMany
    }

    mutating func list() throws(StructuredFieldRefusal) -> [StructuredMember] {
        var list: [StructuredMember] = []
        guard position < bytes.count else { return list }
        for _ in 0..<StructuredFields.membersMax {
            list.append(try member())
            guard try comma() else { return list }
        }
        throw .tooMany
    }

    mutating func item() throws(StructuredFieldRefusal) -> StructuredItem {
        let value = try bareItem()
        return StructuredItem(value, try parameters())
    }

    private mutating func member() throws(StructuredFieldRefusal) -> StructuredMember {
        next == UInt8(ascii: "(") ? .innerList(try innerList()) : .item(try item())
    }

    private mutating func innerList() throws(StructuredFieldRefusal) -> InnerList {
        var items: [StructuredItem] = []
        position += 1
        for _ in 0...StructuredFields.membersMax {
            skipSpaces()
            if skip(UInt8(ascii: ")")) { return InnerList(items, try parameters()) }
            items.append(try item())
            guard next == ASCII.space || next == UInt8(ascii: ")") else { throw fault }
        }
        throw .tooMany
    }

    private mutating func parameters() throws(StructuredFieldRefusal) -> OrderedMembers<BareItem> {
        var parameters = OrderedMembers<BareItem>()
        for _ in 0...StructuredFields.membersMax {
            guard skip(ASCII.semicolon) else { return parameters }
            skipSpaces()
            let key = try key()
            parameters.set(key, skip(ASCII.equals) ? try bareItem() : .boolean(true))
        }
        throw .tooMany
    }

    /// True when another member follows; a comma at the end is malformed.
    private mutating func comma() throws(StructuredFieldRefusal) -> Bool {
        skipWhiteSpace()
        guard position < bytes.count else { return false }
        guard skip(ASCII.comma) else { throw fault }
        skipWhiteSpace()
        guard position < bytes.count else { throw fault }
        return true
    }

    private mutating func key() throws(StructuredFieldRefusal) -> String {
        guard let first = next, Self.isLower(first) || first == UInt8(ascii: "*") else {
            throw fault
        }
        return take { byte in
            Self.isLower(byte) || ASCII.isDigit(byte) || "_-.*".utf8.contains(byte)
        }
    }

    private static func isLower(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 }

    // MARK: Bare items

    private mutating func bareItem() throws(StructuredFieldRefusal) -> BareItem {
        guard let first = next else { throw fault }
        switch first {
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: ":"): return .bytes(try byteSequence())
        case UInt8(ascii: "?"): return .boolean(try boolean())
        case UInt8(ascii: "@"): return .date(try date())
        case ASCII.percent: return .displayString(try displayString())
        default:
            guard ASCII.lower(first) &- 0x61 < 26 || first == UInt8(ascii: "*") else { throw fault }
            return .token(
                take { ASCII.isToken($0) || $0 == ASCII.colon || $0 == ASCII.slash })
        }
    }

    private mutating func number() throws(StructuredFieldRefusal) -> BareItem {
        let sign: Int64 = skip(UInt8(ascii: "-")) ? -1 : 1
        let whole = try digits(upTo: 15)
        guard skip(UInt8(ascii: ".")) else { return .integer(sign * whole.value) }
        guard whole.count <= 12 else { throw fault }
        let fraction = try digits(upTo: 3)
        let scale: Int64 = fraction.count == 1 ? 100 : fraction.count == 2 ? 10 : 1
        return .decimal(thousandths: sign * (whole.value * 1000 + fraction.value * scale))
    }

    private mutating func digits(
        upTo countMax: Int
    ) throws(StructuredFieldRefusal) -> (value: Int64, count: Int) {
        var value: Int64 = 0
        let start = position
        while let byte = next, ASCII.isDigit(byte) {
            guard position - start < countMax else { throw fault }
            value = value * 10 + Int64(byte &- 0x30)
            position += 1
        }
        guard position > start else { throw fault }
        return (value, position - start)
    }

    private mutating func string() throws(StructuredFieldRefusal) -> String {
        var text: [UInt8] = []
        position += 1
        while let byte = next {
            guard (0x20...0x7E).contains(byte) else { throw fault }
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard let escaped = next, escaped == byte || escaped == UInt8(ascii: "\"")
            else { throw fault }
            text.append(escaped)
            position += 1
        }
        throw fault
    }

    private mutating func byteSequence() throws(StructuredFieldRefusal) -> [UInt8] {
        position += 1
        let start = position
        let text = take { $0 != ASCII.colon }
        guard skip(ASCII.colon), let value = Base64.decode(text)
        else { throw .malformed(offset: start) }
        return value
    }

    private mutating func boolean() throws(StructuredFieldRefusal) -> Bool {
        position += 1
        if skip(UInt8(ascii: "1")) { return true }
        if skip(UInt8(ascii: "0")) { return false }
        throw fault
    }

    private mutating func date() throws(StructuredFieldRefusal) -> Int64 {
        position += 1
        guard case .integer(let seconds) = try number() else { throw fault }
        return seconds
    }

    private mutating func displayString() throws(StructuredFieldRefusal) -> String {
        position += 1
        let start = position
        guard skip(UInt8(ascii: "\"")) else { throw fault }
        var text: [UInt8] = []
        while let byte = next {
            guard (0x20...0x7E).contains(byte) else { throw fault }
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard let decoded = String(validating: text, as: UTF8.self)
                else { throw .malformed(offset: start) }
                return decoded
            }
            text.append(byte == ASCII.percent ? try lowerHexByte() : byte)
        }
        throw fault
    }

    private mutating func lowerHexByte() throws(StructuredFieldRefusal) -> UInt8 {
        var value: UInt8 = 0
        for _ in 0..<2 {
            guard let byte = next, let digit = ASCII.hexValue(byte), byte == ASCII.lower(byte)
            else { throw fault }
            value = value << 4 | digit
            position += 1
        }
        return value
    }

    // MARK: Bytes

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private var fault: StructuredFieldRefusal { .malformed(offset: position) }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(while isWanted: (UInt8) -> Bool) -> String {
        let start = position
        while let byte = next, isWanted(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func skipSpaces() {
        while next == ASCII.space { position += 1 }
    }

    private mutating func skipWhiteSpace() {
        while next == ASCII.space || next == ASCII.horizontalTab { position += 1 }
    }
}

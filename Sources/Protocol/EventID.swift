package import Crypto
package import Time

/// Names an event within (organization, site, credential class): 1-128 of `A-Z a-z 0-9 . _ : -`.
package struct EventID: Hashable, Sendable, CustomStringConvertible {
    /// The longest id.
    package static let bytesMax = 128
    private let text: String

    /// Reads an id; nil for anything that is none.
    package init?(_ text: String) {
        guard Self.isValid(text.utf8.span) else { return nil }
        self.text = text
    }

    /// Reads an id from bytes; nil for anything that is none.
    package init?(utf8 bytes: Span<UInt8>) {
        guard Self.isValid(bytes), let text = String(copying: bytes) else { return nil }
        self.text = text
    }

    /// Makes an id for an event whose sender gave none: a UUIDv7.
    package init(at time: Timestamp, random: some RandomSource) {
        text = Identifier<EventID>(at: time, random: random).description
    }

    /// Tells whether these bytes are an id, without allocation.
    package static func isValid(_ bytes: Span<UInt8>) -> Bool {
        guard (1...bytesMax).contains(bytes.count) else { return false }
        return bytes.indices.allSatisfy { isAllowed(bytes[$0]) }
    }

    package var description: String { text }

    /// The bytes that a database keeps: 16 for a UUID, which then sort by age, the text otherwise.
    /// A text of 16 bytes gets a zero byte in front, so that no two ids share a form.
    package var packed: [UInt8] {
        if let identifier = Identifier<EventID>(text) { return identifier.bytes }
        let bytes = Array(text.utf8)
        return bytes.count == 16 ? [0] + bytes : bytes
    }

    /// Reads what `packed` wrote; nil for anything else.
    package init?(packed: [UInt8]) {
        if let identifier = Identifier<EventID>(bytes: packed) {
            text = identifier.description
            return
        }
        let isMarked = packed.count == 17 && packed[0] == 0
        guard let id = EventID(utf8: (isMarked ? Array(packed.dropFirst()) : packed).span)
        else { return nil }
        self = id
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension String {
    /// Copies bytes that are known to be UTF-8; nil where they are not.
    init?(copying bytes: Span<UInt8>) {
        do throws(UTF8.ValidationError) {
            self.init(copying: try UTF8Span(validating: bytes))
        } catch {
            return nil
        }
    }
}

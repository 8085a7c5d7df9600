import ConveyProtocol
import Crypto

/// An id that follows from what it names: the same parts give the same id on any machine, in any
/// order of arrival. A UUIDv8 by its text; for persons, conversions and touches.
/// - Source: RFC 9562, section 5.8.
package struct DerivedID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    private let identifier: Identifier<DerivedID>

    /// A part that the id follows from.
    package enum Part: Sendable {
        case text(String)
        case integer(Int64)

        fileprivate var bytes: [UInt8] {
            switch self {
            case .text(let text): Array(text.utf8)
            case .integer(let number):
                stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
            }
        }
    }

    /// The first 16 bytes of a SHA-256 over purpose and parts, each with kind and length in front, so
    /// that no two lists of parts run together to the same bytes.
    /// - Parameter purpose: what kind of thing is named, as `person`; never changes.
    package init(_ purpose: StaticString, _ parts: Part...) { self.init(purpose, parts: parts) }

    /// The same for parts that are put together at run time.
    package init(_ purpose: StaticString, parts: [Part]) {
        var message: [UInt8] = []
        for part in [.text(purpose.description)] + parts {
            let bytes = part.bytes
            if case .text = part { message.append(1) } else { message.append(2) }
            message += Part.integer(Int64(bytes.count)).bytes
            message += bytes
        }
        var bytes = Array(SHA256Digest(of: message).bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        guard let identifier = Identifier<DerivedID>(bytes: bytes) else {
            preconditionFailure("An id has 16 bytes.")
        }
        self.identifier = identifier
    }

    /// Takes the 16 bytes that a database holds; nil for any other count.
    package init?(bytes: [UInt8]) {
        guard let identifier = Identifier<DerivedID>(bytes: bytes) else { return nil }
        self.identifier = identifier
    }

    /// Reads the text; nil unless it has exactly the written form.
    package init?(_ text: String) {
        guard let identifier = Identifier<DerivedID>(text) else { return nil }
        self.identifier = identifier
    }

    /// Reads the text out of JSON.
    package init(from decoder: any Decoder) throws {
        identifier = try Identifier<DerivedID>(from: decoder)
    }

    /// Writes the text into JSON.
    package func encode(to encoder: any Encoder) throws { try identifier.encode(to: encoder) }

    /// The 16 bytes; they sort as the text does.
    package var bytes: [UInt8] { identifier.bytes }

    /// 36 characters in lower case.
    package var description: String { identifier.description }

    /// Orders as the texts do.
    package static func < (left: Self, right: Self) -> Bool { left.identifier < right.identifier }
}

package import Crypto
package import Time

/// Names one thing of one kind by a UUID; ids of two kinds cannot be confused.
/// Written as 36 characters in lower case; reading takes no other form.
package struct Identifier<Kind>: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Makes a UUIDv7: 48 bits of milliseconds, then random ones, so that ids sort by age.
    /// - Source: RFC 9562, section 5.7.
    package init(at time: Timestamp, random: some RandomSource) {
        let milliseconds = UInt64(max(time.milliseconds, 0)) & 0xFFFF_FFFF_FFFF
        high = milliseconds << 16 | 0x7000 | random.word() & 0x0FFF
        low = 0x8000_0000_0000_0000 | random.word() & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// Makes a UUIDv4: 122 random bits, which tell nothing of when and where.
    /// - Source: RFC 9562, section 5.4.
    package init(random: some RandomSource) {
        high = random.word() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = 0x8000_0000_0000_0000 | random.word() & 0x3FFF_FFFF_FFFF_FFFF
    }

    /// Reads the text's UTF-8; nil unless it has exactly the written form.
    package init?(utf8 text: Span<UInt8>) {
        guard text.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for index in 0..<36 {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard text[index] == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Self.value(ofDigit: text[index]) else { return nil }
            if digits < 16 {
                halves.0 = halves.0 << 4 | digit
            } else {
                halves.1 = halves.1 << 4 | digit
            }
            digits += 1
        }
        (high, low) = halves
    }

    /// Takes the 16 bytes that a database holds; nil for any other count.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 16 bytes, in the order of the text; they sort as the text does.
    package var bytes: [UInt8] {
        [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
    }

    /// Appends the 36 characters.
    package func append(to bytes: inout [UInt8]) {
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                bytes.append(UInt8(ascii: "-"))
            }
            let half = digit < 16 ? high : low
            bytes.append(Self.digit(UInt8(truncatingIfNeeded: half >> (60 - digit % 16 * 4)) & 15))
        }
    }

    private static func value(ofDigit byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension Identifier: Comparable {
    /// Orders as the texts do.
    package static func < (left: Self, right: Self) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Identifier: CustomStringConvertible, LosslessStringConvertible {
    /// The 36 characters.
    package var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads the written form.
    package init?(_ description: String) { self.init(utf8: description.utf8.span) }
}

extension Identifier: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let identifier = Identifier(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a UUID in lower case")
        }
        self = identifier
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What the identifiers of this house name. Never made: only types.
package enum Named {
    /// An edge daemon.
    package enum Collector {}
    /// One life of one buffer file.
    package enum Epoch {}
    /// A tenant.
    package enum Organization {}
    /// A storefront.
    package enum Site {}
    /// A campaign link.
    package enum Link {}
}

/// Names a collector for ever, across its keys and epochs.
package typealias CollectorID = Identifier<Named.Collector>
/// Names one life of one buffer file.
package typealias EpochID = Identifier<Named.Epoch>
/// Names a tenant.
package typealias OrganizationID = Identifier<Named.Organization>
/// Names a storefront.
package typealias SiteID = Identifier<Named.Site>
/// Names a campaign link for ever, whatever its code.
package typealias LinkID = Identifier<Named.Link>

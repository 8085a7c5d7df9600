package import Crypto

/// Where a request stands in a trace: which trace, and which step of the sender's caused it.
/// - Source: W3C Trace Context, Recommendation of 23 November 2021, section 3.2.
package struct TraceContext: Hashable, Sendable {
    private let traceHigh: UInt64
    private let traceLow: UInt64
    private let parent: UInt64
    /// Whether the sender keeps what it records of this trace.
    package let isSampled: Bool

    /// Begins a trace of our own.
    package init(random: some RandomSource) {
        traceHigh = max(random.word(), 1)
        traceLow = random.word()
        parent = max(random.word(), 1)
        isSampled = false
    }

    /// Reads the fields of a request; nil without exactly one `traceparent` of the right form.
    package init?(_ headers: Headers) {
        guard let bytes = headers.bytes(of: "traceparent"),
            headers.occurrences(of: "traceparent") == 1
        else { return nil }
        self.init(bytes)
    }

    /// Reads `00-` 32 digits `-` 16 digits `-` 2 digits, hexadecimal in lower case. A version above 00
    /// may have more behind it; version ff, and ids of zeros alone, are no trace.
    init?(_ text: ArraySlice<UInt8>) {
        let bytes = Array(text)
        guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash,
            bytes[52] == Self.dash, let version = Self.number(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || (version > 0 && bytes[55] == Self.dash),
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
            let parent = Self.number(bytes[36..<52]), let flags = Self.number(bytes[53..<55]),
            high | low != 0, parent != 0
        else { return nil }
        (traceHigh, traceLow, self.parent) = (high, low, parent)
        isSampled = flags & 1 == 1
    }

    /// The trace's id, 32 hexadecimal digits: what lines of several programs share.
    package var traceID: String { Self.hex(traceHigh) + Self.hex(traceLow) }

    /// The field `traceparent` for a request.
    package var field: String { "00-\(traceID)-\(Self.hex(parent))-\(isSampled ? "01" : "00")" }

    private static let dash = UInt8(ascii: "-")

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for byte in digits {
            guard let digit = ASCII.hexValue(byte), !(0x41...0x46).contains(byte) else {
                return nil
            }
            value = value << 4 | UInt64(digit)
        }
        return value
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Request {
    /// The trace that the sender puts this request into; parsed anew at each call.
    package var trace: TraceContext? { TraceContext(headers) }
}

/// What the first bytes of a zstd frame say of the memory it will need. Pure.
/// - Source: RFC 8878, section 3.1.1.1.
struct FrameHeader: Equatable {
    /// Bytes of history that decoding needs; 0 for a frame that is skipped.
    let windowBytes: UInt64
    /// Size of the content, where it is stated.
    let contentBytes: UInt64?

    /// Longest header: magic, descriptor, window, dictionary and content size.
    static let bytesMax = 4 + 1 + 1 + 4 + 8

    /// Reads the header at the start of `bytes`.
    init(_ bytes: Span<UInt8>) throws(ZstdError) {
        let magic = try Self.number(bytes, at: 0, width: 4)
        if magic & 0xFFFF_FFF0 == 0x184D_2A50 {
            (windowBytes, contentBytes) = (0, 0)
            return
        }
        guard magic == 0xFD2F_B528 else { throw .malformed }
        let descriptor = try Self.number(bytes, at: 4, width: 1)
        let isSingleSegment = descriptor & 0x20 != 0
        guard descriptor & 0x08 == 0 else { throw .malformed }
        var offset = 5
        var window: UInt64 = 0
        if !isSingleSegment {
            window = Self.window(try Self.number(bytes, at: offset, width: 1))
            offset += 1
        }
        let dictionaryWidth = [0, 1, 2, 4][Int(descriptor & 3)]
        guard try Self.number(bytes, at: offset, width: dictionaryWidth) == 0 else {
            throw .needsDictionary
        }
        offset += dictionaryWidth
        let contentWidth = [isSingleSegment ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
        let content = try Self.number(bytes, at: offset, width: contentWidth)
        contentBytes = contentWidth == 0 ? nil : contentWidth == 2 ? content + 256 : content
        windowBytes = isSingleSegment ? contentBytes ?? 0 : window
    }

    private static func window(_ descriptor: UInt64) -> UInt64 {
        let base = UInt64(1) << (10 + descriptor >> 3)
        return base + base / 8 * (descriptor & 7)
    }

    /// A little-endian number of 0...8 bytes.
    private static func number(
        _ bytes: Span<UInt8>, at offset: Int, width: Int
    ) throws(ZstdError) -> UInt64 {
        guard offset + width <= bytes.count else { throw .truncated }
        var number: UInt64 = 0
        for index in 0..<width { number |= UInt64(bytes[offset + index]) << (8 * UInt64(index)) }
        return number
    }
}

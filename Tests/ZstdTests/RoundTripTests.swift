import Testing
import Zstd

/// Goal: what is compressed comes out unchanged, and damage never does. Method: random bytes of
/// random shape by seed; then one changed bit in a frame with a checksum.
@Suite struct RoundTripTests {
    @Test(arguments: 0..<60 as Range<UInt64>)
    func randomBytesComeOutUnchanged(seed: UInt64) throws {
        var random = Xorshift(state: seed &* 2_654_435_761 | 1)
        let bytes = random.bytes()
        var compressor = Compressor(level: 1 + Int(seed % 5))
        var decompressor = Decompressor()
        let frame = try compressor.compress(bytes)
        #expect(try decompressor.decompress(frame, bytesMax: bytes.count) == bytes, "seed \(seed)")
        if !bytes.isEmpty {
            #expect(throws: ZstdError.oversized(bytesMax: bytes.count - 1), "seed \(seed)") {
                try decompressor.decompress(frame, bytesMax: bytes.count - 1)
            }
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func aChangedBitNeverChangesTheContent(seed: UInt64) throws {
        var random = Xorshift(state: seed &* 40_503 | 1)
        let bytes = random.bytes()
        var compressor = Compressor(hasChecksum: true)
        var decompressor = Decompressor()
        var frame = try compressor.compress(bytes)
        frame[Int(random.next() % UInt64(frame.count))] ^= 1 << UInt8(random.next() % 8)
        let content = try? decompressor.decompress(frame, bytesMax: bytes.count + 1000)
        #expect(content == nil || content == bytes || content == [], "seed \(seed)")
    }
}

/// A small reproducible generator: Marsaglia's xorshift64.
struct Xorshift {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// 0...200,000 bytes that repeat themselves more or less.
    mutating func bytes() -> [UInt8] {
        let count = Int(next() % [3, 400, 200_000][Int(next() % 3)])
        let alphabet = next() % 255 + 1
        return (0..<count).map { _ in UInt8(next() % alphabet) }
    }
}

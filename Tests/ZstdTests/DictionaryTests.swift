import Testing
import Zstd

/// Goal: frames made with a dictionary come out whole with it, and never as something else without
/// it or beyond the bound. Method: text that repeats the dictionary, random bytes by seed.
@Suite struct DictionaryTests {
    private static let text = Array(
        (0..<200).map { #"{"name":"event \#($0)","kind":"sample"}"# }.joined(separator: "\n").utf8)
    private static let compression = CompressionDictionary(text.span, level: 9)
    private static let decompression = DecompressionDictionary(text.span)

    private func compress(_ bytes: [UInt8]) throws -> [UInt8] {
        var compressor = Compressor(dictionary: Self.compression)
        return try compressor.compress(bytes)
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func bytesComeOutUnchanged(seed: UInt64) throws {
        var random = Xorshift(state: seed &* 2_654_435_761 | 1)
        let bytes = Array(Self.text.prefix(Int(random.next() % 4000))) + random.bytes()
        let frame = try compress(bytes)
        var decompressor = Decompressor(dictionary: Self.decompression)
        for _ in 0..<2 {
            let content = try decompressor.decompress(frame, bytesMax: bytes.count)
            #expect(content == bytes, "seed \(seed)")
        }
        #expect(throws: ZstdError.oversized(bytesMax: bytes.count - 1), "seed \(seed)") {
            try decompressor.decompress(frame, bytesMax: bytes.count - 1)
        }
    }

    @Test func aRepetitionOfTheDictionaryCostsNextToNothing() throws {
        #expect(try compress(Array(Self.text[1000..<3000])).count < 40)
    }

    @Test func withoutTheDictionaryTheFrameDoesNotOpen() throws {
        let frame = try compress(Array(Self.text[1000..<3000]))
        var decompressor = Decompressor()
        #expect(throws: ZstdError.malformed) {
            try decompressor.decompress(frame, bytesMax: 4000)
        }
    }

    @Test func framesWithoutADictionaryOpenAllTheSame() throws {
        var plain = Compressor(level: 1)
        let frames = try plain.compress(Array("plain".utf8)) + compress(Array("coded".utf8))
        var decompressor = Decompressor(dictionary: Self.decompression)
        #expect(try decompressor.decompress(frames, bytesMax: 10) == Array("plaincoded".utf8))
    }
}

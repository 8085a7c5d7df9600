import Testing
import Zstd

/// Goal: no zstd bytes, whatever they promise, make us hold more than we allow.
/// Method: bombs, wide windows, cuts and joints, made by hand and by the compressor.
@Suite struct BoundTests {
    private func refusal(_ frames: [UInt8], bytesMax: Int, windowLogMax: Int = 23) -> ZstdError? {
        var decompressor = Decompressor(windowLogMax: windowLogMax)
        do {
            _ = try decompressor.decompress(frames, bytesMax: bytesMax)
            return nil
        } catch {
            return error
        }
    }

    private func frame(_ bytes: [UInt8]) throws -> [UInt8] {
        var compressor = Compressor()
        return try compressor.compress(bytes)
    }

    /// A frame of RLE blocks, 128 KiB each, whose header says nothing of its size: 4 bytes a block.
    private func bomb(megabytes: Int, window: UInt8) -> [UInt8] {
        var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, window]
        for block in 0..<(megabytes * 8) {
            let header = UInt32(131_072) << 3 | 1 << 1 | (block == megabytes * 8 - 1 ? 1 : 0)
            frame += [UInt8(header & 255), UInt8(header >> 8 & 255), UInt8(header >> 16), 0x61]
        }
        return frame
    }

    @Test func aBombOfTenGigabytesStopsAtTheBound() throws {
        let tenGigabytes = bomb(megabytes: 10_240, window: 7 << 3)
        #expect(tenGigabytes.count < 400_000)
        #expect(refusal(tenGigabytes, bytesMax: 4_000_000) == .oversized(bytesMax: 4_000_000))
    }

    @Test func theSameBlocksWithinTheBoundAreRead() throws {
        var decompressor = Decompressor()
        let content = try decompressor.decompress(
            bomb(megabytes: 2, window: 7 << 3), bytesMax: 2_097_152)
        #expect(content == [UInt8](repeating: 0x61, count: 2_097_152))
        #expect(
            refusal(bomb(megabytes: 2, window: 7 << 3), bytesMax: 2_097_151)
                == .oversized(bytesMax: 2_097_151))
    }

    @Test func aStatedSizeBeyondTheBoundIsRefusedBeforeDecoding() {
        // Content size of 10 GB in 8 bytes, single segment, then nothing.
        let size = UInt64(10_000_000_000)
        let header: [UInt8] =
            [0x28, 0xB5, 0x2F, 0xFD, 0xE0] + (0..<8).map { UInt8(size >> (8 * $0) & 255) }
        #expect(refusal(header, bytesMax: 1000) == .oversized(bytesMax: 1000))
    }

    @Test func aWindowOf128MiBIsRefusedEvenForOneByte() {
        // Window descriptor 17 << 3 is 2^27; one raw block of one byte.
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 17 << 3, 0x09, 0x00, 0x00, 0x61]
        #expect(refusal(frame, bytesMax: 1000) == .windowTooLarge(logMax: 23))
        #expect(refusal(frame, bytesMax: 1000, windowLogMax: 27) == nil)
    }

    @Test func takesWindowsUpToItsLimitExactly() {
        func frame(_ descriptor: UInt8) -> [UInt8] {
            [0x28, 0xB5, 0x2F, 0xFD, 0x00, descriptor, 0x09, 0x00, 0x00, 0x61]
        }
        #expect(refusal(frame(13 << 3), bytesMax: 10) == nil)
        #expect(refusal(frame(13 << 3 | 1), bytesMax: 10) == .windowTooLarge(logMax: 23))
    }

    @Test func everyCutOfAFrameIsRefused() throws {
        let whole = try frame((0..<2000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
        #expect(refusal(whole, bytesMax: 2000) == nil)
        for count in 0..<whole.count {
            #expect(
                refusal(Array(whole[..<count]), bytesMax: 2000) == .truncated, "cut at \(count)")
        }
    }

    @Test func framesInARowAreJoinedWithinOneBound() throws {
        let frames = try frame([1, 2, 3]) + frame([]) + frame([4])
        var decompressor = Decompressor()
        #expect(try decompressor.decompress(frames, bytesMax: 4) == [1, 2, 3, 4])
        #expect(refusal(frames, bytesMax: 3) == .oversized(bytesMax: 3))
    }

    @Test func skippableFramesHoldNothing() throws {
        let skippable: [UInt8] = [0x5A, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 9, 9]
        var decompressor = Decompressor()
        #expect(try decompressor.decompress(skippable + frame([7]), bytesMax: 4) == [7])
        #expect(refusal(Array(skippable.dropLast()), bytesMax: 4) == .truncated)
    }

    @Test func whatFollowsAFrameMustBeAFrame() throws {
        let whole = try frame([1, 2, 3])
        #expect(refusal(whole + [0, 1, 2, 3, 4, 5], bytesMax: 100) == .malformed)
        #expect(refusal(whole + [0x28], bytesMax: 100) == .truncated)
        #expect(refusal(Array("{\"no\":\"zstd\"}".utf8), bytesMax: 100) == .malformed)
    }

    @Test func aFrameThatNeedsADictionaryIsRefused() {
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x01, 0x50, 0x2A, 0x09, 0x00, 0x00, 0x61]
        #expect(refusal(frame, bytesMax: 100) == .needsDictionary)
    }

    @Test func aChangedByteIsFoundByTheChecksum() throws {
        var compressor = Compressor(hasChecksum: true)
        var bytes = [UInt8](repeating: 0, count: 300)
        for index in bytes.indices {
            bytes[index] = UInt8(truncatingIfNeeded: index &* 97 &+ index / 7)
        }
        var whole = try compressor.compress(bytes)
        #expect(refusal(whole, bytesMax: 300) == nil)
        whole[whole.count - 1] ^= 1
        #expect(refusal(whole, bytesMax: 300) == .malformed)
    }

    @Test func readsAgainAfterARefusal() throws {
        var decompressor = Decompressor()
        let whole = try frame([UInt8](repeating: 5, count: 70_000))
        for cut in [7, whole.count - 1] {
            #expect(throws: ZstdError.self) {
                try decompressor.decompress(Array(whole[..<cut]), bytesMax: 100_000)
            }
        }
        #expect(try decompressor.decompress(whole, bytesMax: 100_000).count == 70_000)
    }
}

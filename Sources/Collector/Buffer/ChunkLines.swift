import Zstd

/// Turns lines into a chunk's body and back. A damaged body never yields lines: its frame has a
/// checksum, and must hold exactly as many bytes and lines as its row says.
struct ChunkLines: ~Copyable {
    private var compressor = Compressor(level: 1, hasChecksum: true)
    private var decompressor = Decompressor()

    /// Nil only without memory.
    mutating func pack(_ lines: [UInt8]) -> [UInt8]? {
        do throws(ZstdError) {
            return try compressor.compress(lines)
        } catch {
            return nil
        }
    }

    /// What was packed; nil when the frame is damaged or holds another number of bytes.
    mutating func unpack(_ body: [UInt8], lineByteCount: Int) -> [UInt8]? {
        guard lineByteCount >= 0 else { return nil }
        do throws(ZstdError) {
            let lines = try decompressor.decompress(body, bytesMax: lineByteCount)
            return lines.count == lineByteCount ? lines : nil
        } catch {
            return nil
        }
    }

    /// The lines of a chunk, each ended by a line feed, with the offset where each begins; nil when
    /// the body is damaged.
    mutating func unpack(_ chunk: Chunk) -> (lines: [UInt8], starts: [Int])? {
        guard chunk.isPlausible else { return nil }
        do throws(ZstdError) {
            let lines = try decompressor.decompress(chunk.body, bytesMax: chunk.lineByteCount)
            guard lines.count == chunk.lineByteCount, lines.last == UInt8(ascii: "\n") else {
                return nil
            }
            var starts = [0]
            starts.reserveCapacity(Int(chunk.count) + 1)
            for index in lines.indices where lines[index] == UInt8(ascii: "\n") {
                starts.append(index + 1)
            }
            guard starts.count == chunk.count + 1 else { return nil }
            return (lines, starts)
        } catch {
            return nil
        }
    }
}

import Crypto
import Daemon
import Zstd

/// The file's outer form: zstd frames of whole lines, each behind a frame that decoders skip and that
/// tells its length and SHA-256. `zstdcat` shows the lines.
///
/// Layout of the skipped frame: magic 0x184D2A5C and 40, both 4 bytes little-endian; the length of the
/// next frame, 8 bytes little-endian; its SHA-256, 32 bytes.
/// - Source: RFC 8878, section 3.1.2.
enum ExportBlock {
    static let headBytes = 48
    /// Lines are gathered up to here.
    static let contentBytes = 1 << 20
    /// One line may be as long as the largest chunk in base64; nothing larger is read.
    static let contentBytesMax = 64 << 20
    private static let magic: [UInt8] = [0x5C, 0x2A, 0x4D, 0x18, 40, 0, 0, 0]

    static func head(of frame: [UInt8]) -> [UInt8] {
        let count = UInt64(frame.count)
        return magic + (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
            + SHA256Digest(of: frame).bytes
    }

    /// What a head says of the frame behind it.
    static func read(
        _ head: [UInt8]
    ) throws(TransferRefusal) -> (count: Int, digest: SHA256Digest) {
        guard head.starts(with: magic) else { throw .damaged }
        let count = head[8..<16].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard count <= UInt64(contentBytesMax), let digest = SHA256Digest(bytes: head[16...])
        else { throw .damaged }
        return (Int(count), digest)
    }
}

/// Gathers lines into blocks and writes them.
final class ExportBlockWriter {
    private let file: OutgoingFile
    private var compressor = Compressor(level: 1)
    private var lines: [UInt8] = []

    init(_ file: OutgoingFile) { self.file = file }

    func add(line: [UInt8]) throws {
        lines += line
        lines.append(UInt8(ascii: "\n"))
        if lines.count >= ExportBlock.contentBytes { try flush() }
    }

    /// Writes what was gathered.
    func flush() throws {
        guard !lines.isEmpty else { return }
        let frame = try compressor.compress(lines)
        try file.append(ExportBlock.head(of: frame))
        try file.append(frame)
        lines.removeAll(keepingCapacity: true)
    }
}

/// Reads blocks and checks each before anybody sees a line of it.
final class ExportBlockReader {
    private let next: (Int) throws -> [UInt8]
    private var decompressor = Decompressor(windowLogMax: 27)

    /// - Parameter next: gives so many bytes, fewer at the end.
    init(_ next: @escaping (Int) throws -> [UInt8]) { self.next = next }

    /// The lines of the next block, each with its end; nil behind the last block.
    func block() throws -> [UInt8]? {
        let head = try next(ExportBlock.headBytes)
        guard !head.isEmpty else { return nil }
        guard head.count == ExportBlock.headBytes else { throw TransferRefusal.cutOff }
        let (count, digest) = try ExportBlock.read(head)
        let frame = try next(count)
        guard frame.count == count else { throw TransferRefusal.cutOff }
        guard SHA256Digest(of: frame) == digest else { throw TransferRefusal.damaged }
        do throws(ZstdError) {
            return try decompressor.decompress(frame, bytesMax: ExportBlock.contentBytesMax)
        } catch {
            throw TransferRefusal.damaged
        }
    }
}

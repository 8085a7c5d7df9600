package import Crypto
internal import Zstd

/// The published dictionary, with which batches of a few events become a third smaller, and the coding
/// that uses it.
///
/// The coding's body is 8 fixed bytes, the SHA-256 of the dictionary, then zstd frames that refer to
/// it: so a receiver knows which one was meant before it decodes anything.
/// - Source: protocol/SPEC.md, section 3.6; RFC 9842, section 5.
package enum BatchDictionary {
    /// Larger batches gain too little for the time that the coding's high level takes.
    package static let eventsMax = 20
    static let decodedBytesMax = 65_536
    private static let level = 16

    /// Its name on the wire.
    package static let digest = SHA256Digest(of: bytes)
    static let bytes: [UInt8] = Array(text.description.utf8)

    /// What a coded body begins with.
    static let head: [UInt8] = magic + digest.bytes
    private static let magic: [UInt8] = [0x5E, 0x2A, 0x4D, 0x18, 0x20, 0x00, 0x00, 0x00]

    /// Digested when first used.
    private static let compression = CompressionDictionary(bytes.span, level: level)
    private static let decompression = DecompressionDictionary(bytes.span)

    /// Whether a batch is small enough for the dictionary to pay.
    static func suits(eventCount: Int, decodedByteCount: Int) -> Bool {
        eventCount <= eventsMax && decodedByteCount <= decodedBytesMax
    }

    static func encode(_ decoded: Span<UInt8>) throws(ZstdError) -> [UInt8] {
        var compressor = Compressor(dictionary: compression)
        return head + (try compressor.compress(decoded))
    }

    /// Opens a coded body.
    /// - Throws: `encoding` for a dictionary that is not known here, whatever follows its name.
    static func decode(
        _ body: Span<UInt8>, limits: BatchLimits
    ) throws(ProtocolProblem) -> [UInt8] {
        guard body.count > head.count, body.begins(with: magic) else {
            throw .framing(.dcz, line: nil)
        }
        guard body.begins(with: head) else { throw .encoding }
        do throws(ZstdError) {
            var decompressor = Decompressor(windowLogMax: 23, dictionary: decompression)
            return try decompressor.decompress(
                body.extracting(head.count..<body.count), bytesMax: limits.bytesMax)
        } catch {
            throw ProtocolProblem(error, .dcz, limits)
        }
    }
}

extension ProtocolProblem {
    /// What a body that zstd does not open is answered with.
    init(_ error: ZstdError, _ fault: FramingFault, _ limits: BatchLimits) {
        self =
            switch error {
            case .oversized: .tooLarge(limits)
            case .windowTooLarge, .needsDictionary: .encoding
            case .truncated, .malformed: .framing(fault, line: nil)
            case .failed: .unavailable(retryAfter: .seconds(5))
            }
    }
}

extension Span<UInt8> {
    fileprivate func begins(with prefix: [UInt8]) -> Bool {
        count >= prefix.count && prefix.indices.allSatisfy { self[$0] == prefix[$0] }
    }
}

package import Crypto
internal import Zstd

/// A batch ready for the wire: header and event lines, compressed, and the digest of these bytes.
package struct SealedBatch: Sendable {
    /// What the first line says.
    package let header: BatchHeader
    /// How it is compressed; its `Content-Encoding`.
    package let coding: ContentCoding
    /// The compressed bytes.
    package let body: [UInt8]
    /// SHA-256 of `body`, for `Content-Digest`.
    package let digest: SHA256Digest
    /// Bytes before compression.
    package let decodedByteCount: Int

    /// Its `Content-Type`.
    package static let mediaType = "application/x-ndjson"

    /// The body as zstd that needs no dictionary: for a file that anybody can open later.
    /// - Throws: `SealFault` without memory.
    package func plainFrames() throws(SealFault) -> [UInt8] {
        guard coding == .dcz else { return body }
        do throws(ProtocolProblem) {
            let decoded = try BatchDictionary.decode(body.span, limits: .standard)
            return try Self.compressed(decoded.span)
        } catch {
            throw SealFault()
        }
    }

    private static func compressed(_ decoded: Span<UInt8>) throws(ProtocolProblem) -> [UInt8] {
        do throws(ZstdError) {
            var compressor = Compressor(level: 1)
            return try compressor.compress(decoded)
        } catch {
            throw .unavailable(retryAfter: .seconds(5))
        }
    }
}

/// Why a batch could not be sealed. A fault: memory ran out.
package struct SealFault: Error, Equatable, Sendable {
    /// What failed.
    package let operation = "compress a batch"
    /// What the operator can do.
    package let advice = "Give the collector more memory, then it goes on by itself."
    /// Memory may be there later.
    package let canRetry = true

    init() {}
}

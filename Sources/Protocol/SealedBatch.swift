package import Crypto
internal import Zstd

/// A batch ready for the wire: header and event lines, zstd level 1, and the digest of these bytes.
package struct SealedBatch: Sendable {
    /// What the first line says.
    package let header: BatchHeader
    /// The compressed bytes.
    package let body: [UInt8]
    /// SHA-256 of `body`, for `Content-Digest`.
    package let digest: SHA256Digest
    /// Bytes before compression.
    package let decodedByteCount: Int

    /// Its `Content-Type`.
    package static let mediaType = "application/x-ndjson"
    /// Its `Content-Encoding`.
    package static let coding = ContentCoding.zstd
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

/// Why sealed bytes do not open. None says more: a sender learns nothing about the key.
package enum SealRefusal: Error, Equatable {
    /// Shorter than the smallest envelope, or of a version that this program does not know.
    case malformed
    /// Sealed under another key or for another purpose, or altered since.
    case notAuthentic
}

/// Seals secrets at rest with AES-256-GCM: webhook secrets and settings in a database or a file.
///
/// An envelope is one version byte (1), a random nonce of 12 bytes, the ciphertext, a tag of 16
/// bytes: 29 bytes more than what it holds. Under one key at most 2³² envelopes may be made.
package struct SealingKey: Sendable {
    private static let version: UInt8 = 1
    private let key: [UInt8]

    /// Takes a key of 32 raw bytes.
    package init(rawBytes: [UInt8]) throws(KeyRefusal) {
        guard rawBytes.count == 32 else {
            throw .wrongLength(bytes: rawBytes.count, expected: 32)
        }
        key = rawBytes
    }

    /// Makes a new key.
    package init(from random: some RandomSource) { key = random.bytes(32) }

    /// Derives the key for one purpose from a daemon's identity, so that no second key file is
    /// needed. Losing the signing key loses what was sealed.
    package init(derivedFrom signingKey: SigningKey, purpose: String) {
        let condensed = HKDF.extract(
            salt: Array("convey sealing key 1".utf8), secret: signingKey.rawBytes)
        key = HKDF.expand(condensed, info: Array(purpose.utf8), count: 32)
    }

    /// Yields the 32 raw bytes. Handle them like the secret they are.
    package var rawBytes: [UInt8] { key }

    /// Seals bytes; `associatedData` names where they belong (table, row), and must be the same
    /// when they are opened, so that an envelope moved elsewhere does not open.
    package func seal(
        _ plaintext: [UInt8], associatedData: [UInt8], random: some RandomSource
    ) -> [UInt8] {
        let nonce = random.bytes(AEAD.nonceByteCount)
        return [Self.version] + nonce
            + AEAD.seal(
                plaintext, key: key, nonce: nonce, associatedData: [Self.version] + associatedData)
    }

    /// Opens an envelope of `seal`.
    package func open(
        _ envelope: [UInt8], associatedData: [UInt8]
    ) throws(SealRefusal) -> [UInt8] {
        let headCount = 1 + AEAD.nonceByteCount
        guard envelope.count >= headCount + AEAD.tagByteCount, envelope[0] == Self.version
        else { throw .malformed }
        let plaintext = AEAD.open(
            Array(envelope[headCount...]), key: key, nonce: Array(envelope[1..<headCount]),
            associatedData: [Self.version] + associatedData)
        guard let plaintext else { throw .notAuthentic }
        return plaintext
    }
}

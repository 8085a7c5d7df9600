/// Seals secrets to the owner of a `BoxKey`.
package struct BoxPublicKey: Sendable, Hashable {
    /// The public key: 32 bytes, safe to show.
    package let rawBytes: [UInt8]

    /// Takes a public key of 32 raw bytes.
    package init(rawBytes: [UInt8]) throws(KeyRefusal) {
        guard rawBytes.count == 32 else {
            throw .wrongLength(bytes: rawBytes.count, expected: 32)
        }
        self.rawBytes = rawBytes
    }

    /// Reads the public key from base64url (43 characters).
    package init(base64URL: String) throws(KeyRefusal) {
        guard let bytes = Base64.decode(base64URL, alphabet: .url) else { throw .malformed }
        try self.init(rawBytes: bytes)
    }

    /// Writes the public key in base64url (43 characters).
    package var base64URL: String { Base64.encode(rawBytes, alphabet: .url) }

    /// Seals bytes that only the key's owner can open; anybody can seal, so a box proves no sender.
    /// - Throws: `KeyRefusal.malformed` for a public key of small order, which hides nothing.
    package func seal(
        _ plaintext: [UInt8], for purpose: BoxPurpose, random: some RandomSource
    ) throws(KeyRefusal) -> [UInt8] {
        let ephemeral = BoxKey(from: random)
        guard let shared = ephemeral.sharedSecret(with: rawBytes) else { throw .malformed }
        let keys = HPKE.schedule(
            sharedSecret: shared, ephemeral: ephemeral.publicKey.rawBytes, recipient: rawBytes,
            info: purpose.info)
        return ephemeral.publicKey.rawBytes
            + AEAD.seal(
                plaintext, key: keys.key, nonce: keys.nonce,
                associatedData: purpose.associatedData)
    }
}

/// Says what a box is for: one that is moved to another place does not open there.
package struct BoxPurpose: Sendable, Hashable {
    let info: [UInt8]
    let associatedData: [UInt8]

    /// - Parameters:
    ///   - info: names the protocol and its version.
    ///   - associatedData: names the place, as `<site id>/<platform>`.
    package init(info: String, associatedData: String) {
        self.info = Array(info.utf8)
        self.associatedData = Array(associatedData.utf8)
    }
}

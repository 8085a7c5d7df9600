internal import COpenSSL

/// Opens what was sealed to its public half: secrets on their way to exactly one collector.
///
/// A box is HPKE in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. On the wire:
/// one version byte (1), the sender's ephemeral public key of 32 bytes, the ciphertext with its tag
/// of 16 bytes: 49 bytes more than what it holds.
/// - Source: RFC 9180, sections 4.1, 5.1.1 and 5.2.
package struct BoxKey: Sendable {
    private let handle: KeyHandle
    /// The half that senders need.
    package let publicKey: BoxPublicKey

    /// Makes a new key.
    package init(from random: some RandomSource) {
        do throws(KeyRefusal) {
            try self.init(rawBytes: random.bytes(32))
        } catch {
            preconditionFailure("Any 32 bytes are an X25519 key.")
        }
    }

    /// Takes a private key of 32 raw bytes.
    package init(rawBytes: [UInt8]) throws(KeyRefusal) {
        handle = try KeyHandle(privateBytes: rawBytes, type: EVP_PKEY_X25519)
        publicKey = try BoxPublicKey(rawBytes: handle.publicBytes)
    }

    /// Derives the box key from a collector's identity, so that one key file is enough.
    package init(derivedFrom signingKey: SigningKey) {
        let condensed = HKDF.extract(
            salt: Array("convey box key 1".utf8), secret: signingKey.rawBytes)
        do throws(KeyRefusal) {
            try self.init(rawBytes: HKDF.expand(condensed, info: [], count: 32))
        } catch {
            preconditionFailure("Any 32 bytes are an X25519 key.")
        }
    }

    /// Yields the private key as 32 raw bytes. Handle it like the secret it is.
    package var rawBytes: [UInt8] { handle.privateBytes }

    /// Opens a box of `BoxPublicKey.seal`; `info` names its purpose and must be the sender's.
    package func open(_ box: [UInt8], info: [UInt8]) throws(SealRefusal) -> [UInt8] {
        guard box.count >= 33 + AEAD.tagByteCount, box[0] == BoxPublicKey.version
        else { throw .malformed }
        let ephemeral = Array(box[1..<33])
        guard let shared = sharedSecret(with: ephemeral) else { throw .notAuthentic }
        let keys = HPKE.schedule(
            sharedSecret: shared, ephemeral: ephemeral, recipient: publicKey.rawBytes, info: info)
        let plaintext = AEAD.open(
            Array(box[33...]), key: keys.key, nonce: keys.nonce, associatedData: [])
        guard let plaintext else { throw .notAuthentic }
        return plaintext
    }

    /// Agrees on 32 bytes with the owner of a public key; nil for a point of small order.
    func sharedSecret(with publicBytes: [UInt8]) -> [UInt8]? {
        guard let peer = peerHandle(publicBytes),
            let context = unsafe EVP_PKEY_CTX_new(handle.pointer, nil)
        else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        unsafe required(EVP_PKEY_derive_init(context))
        guard unsafe EVP_PKEY_derive_set_peer(context, peer.pointer) == 1 else { return nil }
        var secret = [UInt8](repeating: 0, count: 32)
        var count = secret.count
        let result = unsafe EVP_PKEY_derive(context, &secret, &count)
        if result != 1 { ERR_clear_error() }
        return result == 1 ? secret : nil
    }

    private func peerHandle(_ bytes: [UInt8]) -> KeyHandle? {
        do throws(KeyRefusal) {
            return try KeyHandle(publicBytes: bytes, type: EVP_PKEY_X25519)
        } catch {
            return nil
        }
    }
}

/// Seals secrets to the owner of a `BoxKey`.
package struct BoxPublicKey: Sendable, Hashable {
    static let version: UInt8 = 1
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
        _ plaintext: [UInt8], info: [UInt8], random: some RandomSource
    ) throws(KeyRefusal) -> [UInt8] {
        let ephemeral = BoxKey(from: random)
        guard let shared = ephemeral.sharedSecret(with: rawBytes) else { throw .malformed }
        let keys = HPKE.schedule(
            sharedSecret: shared, ephemeral: ephemeral.publicKey.rawBytes, recipient: rawBytes,
            info: info)
        return [Self.version] + ephemeral.publicKey.rawBytes
            + AEAD.seal(plaintext, key: keys.key, nonce: keys.nonce, associatedData: [])
    }
}

internal import COpenSSL

/// Opens what was sealed to its public half: secrets on their way to exactly one collector.
///
/// A box is HPKE in base mode, single shot: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
/// On the wire: the sender's ephemeral public key of 32 bytes, then the ciphertext with its tag of
/// 16 bytes: 48 bytes more than what it holds.
/// - Source: RFC 9180, sections 4.1, 5.1.1 and 6.1; protocol/SPEC.md, section 10.
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

    /// Opens a box of `BoxPublicKey.seal`; its purpose must be the one that the sender named.
    package func open(_ box: [UInt8], for purpose: BoxPurpose) throws(SealRefusal) -> [UInt8] {
        guard box.count >= 32 + AEAD.tagByteCount else { throw .malformed }
        let ephemeral = Array(box[..<32])
        guard let shared = sharedSecret(with: ephemeral) else { throw .notAuthentic }
        let keys = HPKE.schedule(
            sharedSecret: shared, ephemeral: ephemeral, recipient: publicKey.rawBytes,
            info: purpose.info)
        let plaintext = AEAD.open(
            Array(box[32...]), key: keys.key, nonce: keys.nonce,
            associatedData: purpose.associatedData)
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

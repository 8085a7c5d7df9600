internal import COpenSSL

/// Signs with Ed25519: the identity of a collector or an aggregator.
/// - Source: RFC 8032, section 5.1; RFC 8410 for the file.
package struct SigningKey: Sendable {
    private let handle: KeyHandle
    /// Checks what this key signs.
    package let verifyingKey: VerifyingKey

    /// Makes a new key.
    package init(from random: some RandomSource) {
        do throws(KeyRefusal) {
            try self.init(rawBytes: random.bytes(32))
        } catch {
            preconditionFailure("Any 32 bytes are an Ed25519 key.")
        }
    }

    /// Takes a private key of 32 raw bytes.
    package init(rawBytes: [UInt8]) throws(KeyRefusal) {
        try self.init(KeyHandle(privateBytes: rawBytes, type: EVP_PKEY_ED25519))
    }

    /// Reads an unencrypted PKCS #8 private key in PEM form, as `openssl genpkey` writes it.
    package init(pem: String) throws(KeyRefusal) {
        guard let key = unsafe PEM.privateKey(pem) else { throw .malformed }
        let handle = unsafe KeyHandle(owning: key)
        guard unsafe EVP_PKEY_get_base_id(handle.pointer) == EVP_PKEY_ED25519
        else { throw .wrongAlgorithm }
        try self.init(handle)
    }

    private init(_ handle: KeyHandle) throws(KeyRefusal) {
        self.handle = handle
        verifyingKey = try VerifyingKey(rawBytes: handle.publicBytes)
    }

    /// Yields the private key as 32 raw bytes. Handle it like the secret it is.
    package var rawBytes: [UInt8] { handle.privateBytes }

    /// Writes the private key as PKCS #8 in PEM form, unencrypted.
    package var pem: String {
        unsafe PEM.text { bio in
            unsafe PEM_write_bio_PKCS8PrivateKey(bio, handle.pointer, nil, nil, 0, nil, nil)
        }
    }

    /// Signs a message of any length. Deterministic: one message has one signature.
    /// - Returns: 64 bytes. About 70 µs.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("Out of memory.") }
        defer { unsafe EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 64)
        var count = signature.count
        unsafe required(EVP_DigestSignInit(context, nil, nil, nil, handle.pointer))
        unsafe required(EVP_DigestSign(context, &signature, &count, message, message.count))
        return signature
    }
}

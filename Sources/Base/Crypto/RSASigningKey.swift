internal import COpenSSL

/// Signs with RSASSA-PKCS1-v1_5 and SHA-256, which the world of OAuth calls RS256. Only for peers
/// that ask for it: our own programs sign with `SigningKey`.
/// - Source: RFC 8017, section 8.2; RFC 7518, section 3.3.
package struct RSASigningKey: Sendable {
    /// Sizes that are taken: smaller ones are broken, larger ones would only cost time.
    package static let bitsAllowed = 2048...8192

    private let handle: KeyHandle

    /// Reads an unencrypted private key in PEM form, PKCS #8 or PKCS #1, as service accounts come.
    package init(pem: String) throws(KeyRefusal) {
        guard let key = unsafe PEM.privateKey(pem) else { throw .malformed }
        try self.init(unsafe KeyHandle(owning: key))
    }

    /// Makes a new key of 2048 bits, for stand-ins of services that hand such keys out. About 0.1 s.
    package static func generate() -> RSASigningKey {
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "RSA", nil) else {
            preconditionFailure("Out of memory.")
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        unsafe required(EVP_PKEY_keygen_init(context))
        unsafe required(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048))
        var key: OpaquePointer?
        unsafe required(EVP_PKEY_generate(context, &key))
        guard let key = unsafe key else { preconditionFailure("Out of memory.") }
        do throws(KeyRefusal) {
            return try RSASigningKey(unsafe KeyHandle(owning: key))
        } catch {
            preconditionFailure("A key of 2048 bits was asked for.")
        }
    }

    private init(_ handle: KeyHandle) throws(KeyRefusal) {
        self.handle = try RSAKey.checked(handle)
    }

    /// Writes the private key as PKCS #8 in PEM form, unencrypted. Handle it like the secret it is.
    package var pem: String {
        unsafe PEM.text { bio in
            unsafe PEM_write_bio_PKCS8PrivateKey(bio, handle.pointer, nil, nil, 0, nil, nil)
        }
    }

    /// Checks what this key signs.
    package var verifyingKey: RSAVerifyingKey { RSAVerifyingKey(handle) }

    /// Signs a message of any length: 256 bytes for a key of 2048 bits. About 1 ms.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("Out of memory.") }
        defer { unsafe EVP_MD_CTX_free(context) }
        unsafe required(EVP_DigestSignInit(context, nil, EVP_sha256(), nil, handle.pointer))
        var signature = [UInt8](
            repeating: 0, count: unsafe Int(EVP_PKEY_get_size(handle.pointer)))
        var count = signature.count
        unsafe required(EVP_DigestSign(context, &signature, &count, message, message.count))
        return Array(signature.prefix(count))
    }
}

/// Checks signatures of an `RSASigningKey`.
package struct RSAVerifyingKey: Sendable {
    private let handle: KeyHandle

    /// Reads a public key in PEM form, as `openssl pkey -pubout` writes it.
    package init(pem: String) throws(KeyRefusal) {
        guard let key = unsafe PEM.publicKey(pem) else { throw .malformed }
        handle = try RSAKey.checked(unsafe KeyHandle(owning: key))
    }

    fileprivate init(_ handle: KeyHandle) { self.handle = handle }

    /// Writes the public key in PEM form.
    package var pem: String {
        unsafe PEM.text { bio in unsafe PEM_write_bio_PUBKEY(bio, handle.pointer) }
    }

    /// Whether the signature is this key's for the message.
    package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("Out of memory.") }
        defer {
            unsafe EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        unsafe required(EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, handle.pointer))
        return unsafe EVP_DigestVerify(
            context, signature, signature.count, message, message.count) == 1
    }
}

/// What both halves have in common.
private enum RSAKey {
    /// Takes RSA keys of an allowed size only.
    static func checked(_ handle: KeyHandle) throws(KeyRefusal) -> KeyHandle {
        guard unsafe EVP_PKEY_get_base_id(handle.pointer) == EVP_PKEY_RSA
        else { throw .wrongAlgorithm }
        let bits = unsafe Int(EVP_PKEY_get_bits(handle.pointer))
        guard RSASigningKey.bitsAllowed.contains(bits) else {
            throw .wrongLength(
                bytes: bits / 8, expected: RSASigningKey.bitsAllowed.lowerBound / 8)
        }
        return handle
    }
}

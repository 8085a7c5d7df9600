internal import COpenSSL

/// Checks Ed25519 signatures: the public half of a `SigningKey`.
package struct VerifyingKey: Sendable, Hashable {
    /// The public key: 32 bytes, safe to show.
    package let rawBytes: [UInt8]
    private let handle: KeyHandle

    /// Takes a public key of 32 raw bytes. Bytes that are no point of the curve are taken too; no
    /// signature is ever valid under them.
    package init(rawBytes: [UInt8]) throws(KeyRefusal) {
        handle = try KeyHandle(publicBytes: rawBytes, type: EVP_PKEY_ED25519)
        self.rawBytes = rawBytes
    }

    /// Reads the public key from base64url (43 characters).
    package init(base64URL: String) throws(KeyRefusal) {
        guard let bytes = Base64.decode(base64URL, alphabet: .url) else { throw .malformed }
        try self.init(rawBytes: bytes)
    }

    /// Writes the public key in base64url (43 characters).
    package var base64URL: String { Base64.encode(rawBytes, alphabet: .url) }

    /// Names the key on the wire and to people: SHA-256 of its 32 raw bytes, 64 hexadecimal digits.
    /// - Source: protocol/SPEC.md, section 5.
    package var fingerprint: String { SHA256Digest(of: rawBytes).hex }

    /// Tells whether the key's owner signed exactly this message. About 150 µs.
    package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard signature.count == 64 else { return false }
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("Out of memory.") }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, handle.pointer) == 1
        else { return false }
        let result = unsafe EVP_DigestVerify(
            context, signature, signature.count, message, message.count)
        if result != 1 { ERR_clear_error() }
        return result == 1
    }

    package static func == (left: Self, right: Self) -> Bool { left.rawBytes == right.rawBytes }

    package func hash(into hasher: inout Hasher) { hasher.combine(rawBytes) }
}

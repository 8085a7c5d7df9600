internal import COpenSSL

/// Encrypts and authenticates with AES-GCM; the key's length chooses AES-128 or AES-256.
/// - Source: NIST SP 800-38D.
enum AEAD {
    static let nonceByteCount = 12
    static let tagByteCount = 16

    /// Returns ciphertext and tag. A nonce must never repeat under one key.
    static func seal(
        _ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8] {
        unsafe withContext { context in
            var output = [UInt8](repeating: 0, count: plaintext.count + tagByteCount)
            var count: CInt = 0
            var tag = [UInt8](repeating: 0, count: tagByteCount)
            unsafe required(EVP_EncryptInit_ex2(context, cipher(for: key), key, nonce, nil))
            unsafe required(
                EVP_EncryptUpdate(context, nil, &count, associatedData, CInt(associatedData.count)))
            unsafe required(
                EVP_EncryptUpdate(context, &output, &count, plaintext, CInt(plaintext.count)))
            unsafe required(EVP_EncryptFinal_ex(context, &tag, &count))
            unsafe required(
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CInt(tagByteCount), &tag))
            output.replaceSubrange(plaintext.count..., with: tag)
            return output
        }
    }

    /// Returns the plaintext; nil where anything was altered.
    static func open(
        _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8]? {
        guard sealed.count >= tagByteCount else { return nil }
        let ciphertext = Array(sealed.dropLast(tagByteCount))
        var tag = Array(sealed.suffix(tagByteCount))
        return unsafe withContext { context in
            var output = [UInt8](repeating: 0, count: ciphertext.count + tagByteCount)
            var count: CInt = 0
            unsafe required(EVP_DecryptInit_ex2(context, cipher(for: key), key, nonce, nil))
            unsafe required(
                EVP_DecryptUpdate(context, nil, &count, associatedData, CInt(associatedData.count)))
            unsafe required(
                EVP_DecryptUpdate(context, &output, &count, ciphertext, CInt(ciphertext.count)))
            unsafe required(
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CInt(tagByteCount), &tag))
            var rest = [UInt8](repeating: 0, count: tagByteCount)
            guard unsafe EVP_DecryptFinal_ex(context, &rest, &count) == 1 else { return nil }
            return Array(output.prefix(ciphertext.count))
        }
    }

    private static func withContext<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        guard let context = unsafe EVP_CIPHER_CTX_new()
        else { preconditionFailure("Out of memory.") }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        return unsafe body(context)
    }

    private static func cipher(for key: [UInt8]) -> OpaquePointer? {
        switch key.count {
        case 16: unsafe EVP_aes_128_gcm()
        case 32: unsafe EVP_aes_256_gcm()
        default: preconditionFailure("An AES key has 16 or 32 bytes here.")
        }
    }
}

internal import COpenSSL

/// Computes and checks HMAC-SHA256 codes: webhook signatures, and the steps of HKDF.
/// - Source: RFC 2104, RFC 4231.
package enum HMAC {
    /// Computes the code of a message under a key of any length.
    package static func sha256(_ message: [UInt8], key: [UInt8]) -> SHA256Digest {
        unsafe SHA256Digest { target in
            // OpenSSL takes a null key for "the key of before". HMAC pads keys with zeros, so one
            // zero is the same key as none.
            let key = key.isEmpty ? [0] : key
            var count: UInt32 = 0
            let start = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let result = unsafe COpenSSL.HMAC(
                EVP_sha256(), key, CInt(key.count), message, message.count, start, &count)
            unsafe precondition(result != nil && count == 32, "OpenSSL refused HMAC-SHA256.")
        }
    }

    /// Tells whether a code belongs to the message, in constant time; false for any other length.
    package static func isValid(_ code: [UInt8], for message: [UInt8], key: [UInt8]) -> Bool {
        isEqualInConstantTime(code, sha256(message, key: key).bytes)
    }
}

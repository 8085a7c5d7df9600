internal import COpenSSL

/// Compares secrets in a time that depends on their length only, never on where they differ.
package func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe CRYPTO_memcmp(left, right, left.count) == 0
}

/// Compares digests of secrets in a time that does not depend on where they differ.
package func isEqualInConstantTime(_ left: SHA256Digest, _ right: SHA256Digest) -> Bool {
    unsafe left.withUnsafeBytes { leftBytes in
        unsafe right.withUnsafeBytes { rightBytes in
            unsafe CRYPTO_memcmp(
                leftBytes.baseAddress, rightBytes.baseAddress, SHA256Digest.byteCount) == 0
        }
    }
}

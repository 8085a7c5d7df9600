internal import COpenSSL

/// Yields random bytes; rooms take one as a parameter so that tests can give a seeded one.
package protocol RandomSource: Sendable {
    /// Yields that many bytes, all equally likely.
    func bytes(_ count: Int) -> [UInt8]
}

/// Yields OpenSSL's cryptographic random bytes; the source of every key, token and nonce.
package struct RandomBytes: RandomSource {
    /// Costs nothing; every instance draws from the same generator.
    package init() {}

    /// Draws from `RAND_bytes(3)`; crashes where the system has no randomness.
    package func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        unsafe required(RAND_bytes(&bytes, CInt(count)))
        return bytes
    }
}

extension RandomSource {
    /// Yields a number from 0 up to, not including, 1, in steps of 2⁻⁵³: for jitter and sampling.
    package func fraction() -> Double {
        Double(word() >> 11) * 0x1p-53
    }

    /// Yields 64 random bits.
    package func word() -> UInt64 {
        bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Yields a token of that many random bytes, written in base64url: 43 characters for 32 bytes.
    package func token(bytes count: Int = 32) -> String {
        Base64.encode(bytes(count), alphabet: .url)
    }
}

/// Holds one SHA-256 value of 32 bytes without heap memory.
///
/// Equality is ordinary equality: it may leak timing. Compare secrets and authentication codes
/// with `isEqualInConstantTime(_:_:)`.
package struct SHA256Digest: Hashable, Sendable {
    /// Counts the bytes of every digest.
    package static let byteCount = 32

    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Digests a whole message at once. Where many are digested, keep one `SHA256Hasher` instead:
    /// it spares a context each time.
    package init(of message: [UInt8]) {
        let hasher = SHA256Hasher()
        hasher.update(message)
        self = hasher.finish()
    }

    /// Takes over the 32 bytes of a digest that came from elsewhere; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        unsafe self.init { target in unsafe target.copyBytes(from: bytes) }
    }

    /// Reads 64 hexadecimal digits of either case; nil for anything else.
    package init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    /// Reads base64 with padding (RFC 4648, section 4); nil for anything else.
    package init?(base64: String) {
        guard let bytes = Base64.decode(base64) else { return nil }
        self.init(bytes: bytes)
    }

    /// Lets OpenSSL write the 32 bytes in place.
    init(filledBy fill: (UnsafeMutableRawBufferPointer) -> Void) {
        unsafe Swift.withUnsafeMutableBytes(of: &words) { unsafe fill($0) }
    }

    /// Copies the 32 bytes out.
    package var bytes: [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }

    /// Prints 64 lower-case hexadecimal digits.
    package var hex: String { Hex.encode(bytes) }

    /// Prints base64 with padding (44 characters).
    package var base64: String { Base64.encode(bytes) }

    /// Prints base64url without padding (43 characters).
    package var base64URL: String { Base64.encode(bytes, alphabet: .url) }

    /// Lends the 32 bytes without a copy, for the length of the closure.
    package func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        unsafe withUnsafeBytes { buffer in
            unsafe body(Span(_unsafeElements: buffer.assumingMemoryBound(to: UInt8.self)))
        }
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe Swift.withUnsafeBytes(of: words) { unsafe body($0) }
    }

    package static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

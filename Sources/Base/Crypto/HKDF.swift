/// Derives keys from a shared secret with HKDF-SHA256.
/// - Source: RFC 5869.
package enum HKDF {
    /// Condenses a secret into a key of 32 bytes. An empty salt counts as 32 zero bytes.
    package static func extract(salt: [UInt8], secret: [UInt8]) -> [UInt8] {
        HMAC.sha256(secret, key: salt).bytes
    }

    /// Stretches a condensed key to that many bytes, 1...8160, bound to what they are for.
    package static func expand(_ key: [UInt8], info: [UInt8], count: Int) -> [UInt8] {
        precondition((1...8160).contains(count), "HKDF yields 1 to 8160 bytes.")
        var output: [UInt8] = []
        var block: [UInt8] = []
        for index in 1...((count + 31) / 32) {
            block = HMAC.sha256(block + info + [UInt8(index)], key: key).bytes
            output += block
        }
        return Array(output.prefix(count))
    }
}

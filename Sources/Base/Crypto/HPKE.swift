/// Derives the keys of a box: HPKE's base mode for DHKEM(X25519, HKDF-SHA256) and HKDF-SHA256.
/// - Source: RFC 9180, sections 4, 4.1 and 5.1.
enum HPKE {
    /// Which AES-GCM: AES-256 on the wire; AES-128 is what the RFC's own vectors use.
    enum Cipher: UInt8 {
        case aes128 = 1
        case aes256 = 2

        var keyByteCount: Int { self == .aes128 ? 16 : 32 }
    }

    struct Keys: Equatable {
        let key: [UInt8]
        let nonce: [UInt8]
    }

    /// Turns an X25519 result into key and nonce for one message.
    static func schedule(
        sharedSecret diffieHellman: [UInt8], ephemeral: [UInt8], recipient: [UInt8], info: [UInt8],
        cipher: Cipher = .aes256
    ) -> Keys {
        let secret = encapsulatedSecret(diffieHellman, context: ephemeral + recipient)
        let suite = Array("HPKE".utf8) + [0, 0x20, 0, 1, 0, cipher.rawValue]
        let context =
            [0]
            + labeledExtract(suite, salt: [], label: "psk_id_hash", secret: [])
            + labeledExtract(suite, salt: [], label: "info_hash", secret: info)
        let key = labeledExtract(suite, salt: secret, label: "secret", secret: [])
        return Keys(
            key: labeledExpand(
                suite, key, label: "key", info: context, count: cipher.keyByteCount),
            nonce: labeledExpand(
                suite, key, label: "base_nonce", info: context, count: AEAD.nonceByteCount))
    }

    private static func encapsulatedSecret(
        _ diffieHellman: [UInt8], context: [UInt8]
    ) -> [UInt8] {
        let suite = Array("KEM".utf8) + [0, 0x20]
        let key = labeledExtract(suite, salt: [], label: "eae_prk", secret: diffieHellman)
        return labeledExpand(suite, key, label: "shared_secret", info: context, count: 32)
    }

    private static func labeledExtract(
        _ suite: [UInt8], salt: [UInt8], label: String, secret: [UInt8]
    ) -> [UInt8] {
        HKDF.extract(salt: salt, secret: version + suite + Array(label.utf8) + secret)
    }

    private static func labeledExpand(
        _ suite: [UInt8], _ key: [UInt8], label: String, info: [UInt8], count: Int
    ) -> [UInt8] {
        let labeled = [0, UInt8(count)] + version + suite + Array(label.utf8) + info
        return HKDF.expand(key, info: labeled, count: count)
    }

    private static let version = Array("HPKE-v1".utf8)
}

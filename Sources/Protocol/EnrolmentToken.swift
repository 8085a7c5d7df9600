package import Crypto

/// Lets one collector enrol once, within 15 minutes, and tells it which aggregator to trust.
/// The secret never travels: requests carry a name of it and a code made with it.
/// - Source: protocol/SPEC.md, section 9.
package struct EnrolmentToken: Equatable, Sendable {
    /// How long a token can be used first.
    package static let lifetime = Duration.seconds(900)
    private let secret: [UInt8]
    /// The aggregator's key that must sign the answer.
    package let fingerprint: String

    /// Makes a token.
    package init(aggregator: VerifyingKey, random: some RandomSource) {
        secret = random.bytes(32)
        fingerprint = aggregator.fingerprint
    }

    /// Reads a token's line; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "convey1",
            let secret = Base64.decode(String(parts[1]), alphabet: .url), secret.count == 32,
            let digest = SHA256Digest(hex: String(parts[2])), digest.hex == parts[2]
        else { return nil }
        self.secret = secret
        fingerprint = String(parts[2])
    }

    /// The line to be typed at the collector. Handle it like the secret it is.
    package var text: String {
        "convey1.\(Base64.encode(secret, alphabet: .url)).\(fingerprint)"
    }

    /// What the aggregator keeps: enough to check a proof, not enough to write the token again.
    package var verifier: Verifier { Verifier(key: SHA256Digest(of: secret)) }

    /// Checks proofs of a token without knowing its secret.
    package struct Verifier: Equatable, Sendable {
        /// Keep it as a secret: whoever has it can enrol while the token lasts.
        package let key: SHA256Digest

        /// Takes what was kept.
        package init(key: SHA256Digest) { self.key = key }

        /// Names the token on the wire.
        package var tokenID: SHA256Digest { SHA256Digest(of: key.bytes) }

        /// Binds the token to the collector's keys.
        package func proof(signing: VerifyingKey, box: BoxPublicKey) -> SHA256Digest {
            let message = "convey-enroll-1\n\(signing.base64URL)\n\(box.base64URL)\n"
            return HMAC.sha256(Array(message.utf8), key: key.bytes)
        }
    }
}

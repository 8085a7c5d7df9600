import Crypto
import Testing

/// Goal: digests are SHA-256's, however the message is cut. Method: FIPS 180-4 examples.
@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func agreesWithTheStandard(message: String, hex: String) {
        #expect(SHA256Digest(of: Array(message.utf8)).hex == hex)
    }

    @Test func isTheSameHoweverTheMessageIsCut() {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        let hasher = SHA256Hasher()
        for cut in [0, 1, 63, 64, 65, 999, 1000] {
            hasher.update(Array(message[..<cut]))
            hasher.update(Array(message[cut...]))
            #expect(hasher.finish() == SHA256Digest(of: message))
        }
    }

    @Test func chainsDigestsWithoutCopies() {
        let hasher = SHA256Hasher()
        let first = hasher.digest(of: Array("a".utf8).span)
        hasher.update(first)
        hasher.update(first)
        #expect(hasher.finish() == SHA256Digest(of: first.bytes + first.bytes))
    }

    @Test func readsWhatItPrints() {
        let digest = SHA256Digest(of: [1, 2, 3])
        #expect(SHA256Digest(hex: digest.hex) == digest)
        #expect(SHA256Digest(hex: digest.hex.uppercased()) == digest)
        #expect(SHA256Digest(base64: digest.base64) == digest)
        #expect(SHA256Digest(bytes: digest.bytes) == digest)
        #expect(Base64.decode(digest.base64URL, alphabet: .url) == digest.bytes)
        #expect(digest.withBytes { $0.count } == 32)
    }

    @Test func refusesOtherLengths() {
        #expect(SHA256Digest(hex: "ab") == nil)
        #expect(SHA256Digest(bytes: [UInt8](repeating: 0, count: 33)) == nil)
        #expect(SHA256Digest(base64: "AAAA") == nil)
    }

    @Test func tellsDifferentDigestsApart() {
        let one = SHA256Digest(of: [1])
        #expect(isEqualInConstantTime(one, SHA256Digest(of: [1])))
        #expect(!isEqualInConstantTime(one, SHA256Digest(of: [2])))
        #expect(!isEqualInConstantTime([1, 2], [1, 3]))
        #expect(!isEqualInConstantTime([1], [1, 0]))
        #expect(isEqualInConstantTime([UInt8](), []))
    }
}

import Testing

@testable import Crypto

/// Goal: only the right key opens, and only what was sealed. Method: round trips, each byte altered,
/// NIST's AES-256-GCM and RFC 9180's A.1.1 vectors.
@Suite struct SealingTests {
    let key = SealingKey(from: RandomBytes())
    let secret = Array("whsec_123".utf8)

    @Test func opensWhatItSealed() throws {
        let envelope = key.seal(secret, associatedData: [1, 2], random: RandomBytes())
        #expect(envelope.count == secret.count + 29)
        #expect(envelope != key.seal(secret, associatedData: [1, 2], random: RandomBytes()))
        #expect(try key.open(envelope, associatedData: [1, 2]) == secret)
        let empty = key.seal([], associatedData: [], random: RandomBytes())
        #expect(try key.open(empty, associatedData: []) == [])
        #expect(try SealingKey(rawBytes: key.rawBytes).open(empty, associatedData: []) == [])
    }

    @Test func refusesAlteredAndMovedEnvelopes() {
        let envelope = key.seal(secret, associatedData: [1], random: RandomBytes())
        for index in envelope.indices {
            var altered = envelope
            altered[index] ^= 1
            let expected: SealRefusal = index == 0 ? .malformed : .notAuthentic
            #expect(throws: expected) { try key.open(altered, associatedData: [1]) }
        }
        #expect(throws: SealRefusal.notAuthentic) { try key.open(envelope, associatedData: [2]) }
        #expect(throws: SealRefusal.malformed) {
            try key.open(Array(envelope.prefix(28)), associatedData: [1])
        }
        let other = SealingKey(from: RandomBytes())
        #expect(throws: SealRefusal.notAuthentic) { try other.open(envelope, associatedData: [1]) }
    }

    @Test func derivesOneKeyForEachPurpose() throws {
        let identity = SigningKey(from: RandomBytes())
        let first = SealingKey(derivedFrom: identity, purpose: "settings")
        #expect(first.rawBytes == SealingKey(derivedFrom: identity, purpose: "settings").rawBytes)
        #expect(first.rawBytes != SealingKey(derivedFrom: identity, purpose: "other").rawBytes)
        #expect(
            BoxKey(derivedFrom: identity).publicKey == BoxKey(derivedFrom: identity).publicKey)
    }

    @Test func agreesWithTheGCMSpecificationsCase16() throws {
        let key = try #require(
            Hex.decode("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let nonce = try #require(Hex.decode("cafebabefacedbaddecaf888"))
        let plaintext = try #require(
            Hex.decode(
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"))
        let data = try #require(Hex.decode("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        let sealed = AEAD.seal(plaintext, key: key, nonce: nonce, associatedData: data)
        #expect(
            Hex.encode(sealed) == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b")
        #expect(AEAD.open(sealed, key: key, nonce: nonce, associatedData: data) == plaintext)
    }

    let purpose = BoxPurpose(info: "convey-box-1", associatedData: "site/shopify")

    @Test func opensBoxesOnlyForTheirOwnerAndPurpose() throws {
        let owner = BoxKey(from: RandomBytes())
        let shown = try BoxPublicKey(base64URL: owner.publicKey.base64URL)
        let box = try shown.seal(secret, for: purpose, random: RandomBytes())
        #expect(box.count == secret.count + 48)
        #expect(try owner.open(box, for: purpose) == secret)
        for other in [
            BoxPurpose(info: "convey-box-2", associatedData: "site/shopify"),
            BoxPurpose(info: "convey-box-1", associatedData: "site/custom"),
        ] {
            #expect(throws: SealRefusal.notAuthentic) { try owner.open(box, for: other) }
        }
        #expect(throws: SealRefusal.notAuthentic) {
            try BoxKey(from: RandomBytes()).open(box, for: purpose)
        }
        for index in box.indices {
            var altered = box
            altered[index] ^= 1
            #expect(throws: SealRefusal.notAuthentic) { try owner.open(altered, for: purpose) }
        }
    }

    @Test func refusesPublicKeysThatHideNothing() throws {
        let zero = try BoxPublicKey(rawBytes: [UInt8](repeating: 0, count: 32))
        #expect(throws: KeyRefusal.malformed) {
            try zero.seal(secret, for: purpose, random: RandomBytes())
        }
        let box = [UInt8](repeating: 0, count: 32 + 16)
        let owner = BoxKey(from: RandomBytes())
        #expect(throws: SealRefusal.notAuthentic) { try owner.open(box, for: purpose) }
        #expect(throws: SealRefusal.malformed) {
            try owner.open(Array(box.dropLast()), for: purpose)
        }
    }

    @Test func agreesWithRFC9180() throws {
        let ephemeral = try BoxKey(
            rawBytes: #require(
                Hex.decode("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")))
        let recipient = try BoxKey(
            rawBytes: #require(
                Hex.decode("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")))
        #expect(
            Hex.encode(recipient.publicKey.rawBytes)
                == "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
        let shared = try #require(recipient.sharedSecret(with: ephemeral.publicKey.rawBytes))
        let keys = try HPKE.schedule(
            sharedSecret: shared, ephemeral: ephemeral.publicKey.rawBytes,
            recipient: recipient.publicKey.rawBytes,
            info: #require(Hex.decode("4f6465206f6e2061204772656369616e2055726e")),
            cipher: .aes128)
        #expect(Hex.encode(keys.key) == "4531685d41d65f03dc48f6b8302c05b0")
        #expect(Hex.encode(keys.nonce) == "56d890e5accaaf011cff4b7d")
        let sealed = try AEAD.seal(
            Array("Beauty is truth, truth beauty".utf8), key: keys.key, nonce: keys.nonce,
            associatedData: #require(Hex.decode("436f756e742d30")))
        #expect(
            Hex.encode(sealed) == "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9"
                + "6d8770ac83d07bea87e13c512a")
    }
}

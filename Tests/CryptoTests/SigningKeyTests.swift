import Crypto
import Foundation
import Testing

/// Goal: signatures are Ed25519's, and key files stay private. Method: RFC 8032 section 7.1, and
/// files in a folder of the test's own.
@Suite struct SigningKeyTests {
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
                + "39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f"
                + "3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67"
                + "f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ])
    func agreesWithRFC8032(secret: String, shown: String, message: String, hex: String) throws {
        let key = try SigningKey(rawBytes: #require(Hex.decode(secret)))
        let message = try #require(Hex.decode(message))
        let signature = key.sign(message)
        #expect(Hex.encode(key.verifyingKey.rawBytes) == shown)
        #expect(Hex.encode(signature) == hex)
        #expect(key.verifyingKey.isValid(signature, for: message))
    }

    @Test func refusesEveryAlteredBit() {
        let key = SigningKey(from: RandomBytes())
        let message = Array("an order".utf8)
        let signature = key.sign(message)
        for bit in 0..<512 {
            var altered = signature
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!key.verifyingKey.isValid(altered, for: message))
        }
        #expect(!key.verifyingKey.isValid(signature, for: message + [0]))
        #expect(!key.verifyingKey.isValid(signature + [0], for: message))
        #expect(!key.verifyingKey.isValid([], for: message))
        #expect(!SigningKey(from: RandomBytes()).verifyingKey.isValid(signature, for: message))
    }

    @Test func readsTheKeyOfRFC9421() throws {
        let key = try SigningKey(
            pem: """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
                -----END PRIVATE KEY-----
                """)
        #expect(key.verifyingKey.base64URL == "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs")
        #expect(try SigningKey(pem: key.pem).rawBytes == key.rawBytes)
        #expect(
            key.verifyingKey.fingerprint == SHA256Digest(of: key.verifyingKey.rawBytes).hex)
        let read = try VerifyingKey(base64URL: key.verifyingKey.base64URL)
        #expect(read == key.verifyingKey)
    }

    @Test func refusesOtherKeys() {
        #expect(throws: KeyRefusal.malformed) { try SigningKey(pem: "no key") }
        #expect(throws: KeyRefusal.malformed) { try SigningKey(pem: "") }
        #expect(throws: KeyRefusal.wrongLength(bytes: 31, expected: 32)) {
            try SigningKey(rawBytes: [UInt8](repeating: 1, count: 31))
        }
        #expect(throws: KeyRefusal.wrongLength(bytes: 0, expected: 32)) {
            try VerifyingKey(rawBytes: [])
        }
        #expect(throws: KeyRefusal.malformed) { try VerifyingKey(base64URL: "=") }
        let x25519 = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VuBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
            -----END PRIVATE KEY-----
            """
        #expect(throws: KeyRefusal.wrongAlgorithm) { try SigningKey(pem: x25519) }
    }

    @Test func keepsKeyFilesPrivate() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "collector.key").path
        let key = SigningKey(from: RandomBytes())

        try KeyFile.write(key, to: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        #expect(try KeyFile.read(path).rawBytes == key.rawBytes)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)

        let second = #expect(throws: KeyFileFault.self) {
            try KeyFile.write(SigningKey(from: RandomBytes()), to: path)
        }
        #expect(second?.cause == "it is there already, and is never replaced")
        #expect(try KeyFile.read(path).rawBytes == key.rawBytes)

        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let open = #expect(throws: KeyFileFault.self) { try KeyFile.read(path) }
        #expect(open?.step == .permissions)
        let missing = #expect(throws: KeyFileFault.self) { try KeyFile.read(path + ".not") }
        #expect(missing?.step == .open)
    }
}

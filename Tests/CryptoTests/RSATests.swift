import Child
import Crypto
import Foundation
import Testing

/// Goal: RS256 as others make and check it. Method: OpenSSL's own program, both ways.
@Suite struct RSATests {
    private func openssl(_ arguments: [String]) async throws -> Program.Outcome {
        let scratch = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer {
            for suffix in [".out", ".err"] {
                try? FileManager.default.removeItem(atPath: scratch + suffix)
            }
        }
        return try await Program.run("/usr/bin/openssl", arguments, scratch: scratch)
    }

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test func opensslAcceptsOurSignature() async throws {
        try await withFolder { folder in
            let key = RSASigningKey.generate()
            let message = Array("header.claims".utf8)
            try Data(message).write(to: folder.appending(path: "message"))
            try Data(key.sign(message)).write(to: folder.appending(path: "signature"))
            try Data(key.verifyingKey.pem.utf8).write(to: folder.appending(path: "public"))
            let outcome = try await openssl([
                "dgst", "-sha256", "-verify", folder.appending(path: "public").path,
                "-signature", folder.appending(path: "signature").path,
                folder.appending(path: "message").path,
            ])
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        }
    }

    @Test(arguments: ["-traditional", nil]) func readsKeysOfOpenSSL(form: String?) async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "key").path
            let made = try await openssl(["genrsa"] + (form.map { [$0] } ?? []) + ["2048"])
            try Data(made.output.utf8).write(to: URL(fileURLWithPath: file))
            let key = try RSASigningKey(pem: made.output)
            let message = folder.appending(path: "message").path
            try Data("x".utf8).write(to: URL(fileURLWithPath: message))
            let signature = folder.appending(path: "signature").path
            let outcome = try await openssl([
                "dgst", "-sha256", "-sign", file, "-out", signature, message,
            ])
            #expect(outcome.status == 0)
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: signature)))
            #expect(key.verifyingKey.isValid(bytes, for: [UInt8(ascii: "x")]))
            #expect(key.sign([UInt8(ascii: "x")]) == bytes)
        }
    }

    @Test func refusesWhatWasAltered() throws {
        let key = RSASigningKey.generate()
        let signature = key.sign([1, 2, 3])
        let shown = try RSAVerifyingKey(pem: key.verifyingKey.pem)
        #expect(shown.isValid(signature, for: [1, 2, 3]))
        #expect(!shown.isValid(signature, for: [1, 2, 4]))
        #expect(!shown.isValid(signature.dropLast() + [signature[255] ^ 1], for: [1, 2, 3]))
        #expect(!shown.isValid([], for: [1, 2, 3]))
        #expect(!RSASigningKey.generate().verifyingKey.isValid(signature, for: [1, 2, 3]))
    }

    @Test func refusesOtherKeys() async throws {
        #expect(throws: KeyRefusal.malformed) { try RSASigningKey(pem: "") }
        #expect(throws: KeyRefusal.wrongAlgorithm) {
            try RSASigningKey(pem: SigningKey(from: RandomBytes()).pem)
        }
        let small = try await openssl(["genrsa", "1024"])
        #expect(throws: KeyRefusal.wrongLength(bytes: 128, expected: 256)) {
            try RSASigningKey(pem: small.output)
        }
    }
}

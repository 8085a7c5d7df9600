import Crypto
import HTTP
import Testing

/// Goal: digests are RFC 9530's. Method: the RFC's examples, and fields that do not fit.
@Suite struct ContentDigestTests {
    let body = Array("{\"hello\": \"world\"}\n".utf8)
    let value = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"

    @Test func agreesWithTheStandard() throws {
        #expect(ContentDigest.field(for: body) == value)
        try ContentDigest.check(body, ["Content-Digest": value])
        #expect(
            ContentDigest.field(for: Array("{\"hello\": \"world\"}".utf8))
                == "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:")
    }

    @Test func ignoresOtherAlgorithms() throws {
        try ContentDigest.check(body, ["Content-Digest": "sha-512=:AA==:, \(value)"])
        #expect(throws: ContentDigestRefusal.unknownAlgorithm) {
            try ContentDigest.check(body, ["Content-Digest": "sha-512=:AA==:"])
        }
    }

    @Test(arguments: [
        "sha-256", "sha-256=1", "sha-256=:AA==:", "sha-256=(:AA==:)", "sha-256=:A:", ",",
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:, sha-256=:AA==:",
    ])
    func refusesMalformedFields(value: String) {
        #expect(throws: ContentDigestRefusal.malformed) {
            try ContentDigest.check(body, ["Content-Digest": value])
        }
    }

    @Test func refusesAlteredBodies() {
        #expect(throws: ContentDigestRefusal.mismatch) {
            try ContentDigest.check(body + [0], ["Content-Digest": value])
        }
        #expect(throws: ContentDigestRefusal.missing) { try ContentDigest.check(body, [:]) }
    }
}

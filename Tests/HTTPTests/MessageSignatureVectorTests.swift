import Crypto
import HTTP
import Testing

/// Goal: signature base and signatures are RFC 9421's to the byte. Method: the RFC's test request
/// and its cases B.2.5 and B.2.6.
@Suite struct MessageSignatureVectorTests {
    let request = SignableRequest(
        method: "POST", authority: "example.com", target: "/foo?param=Value&Pet=dog",
        headers: [
            "Host": "example.com", "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
            "Content-Type": "application/json",
            "Content-Digest": "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiY"
                + "llu7BNNyealdVLvRwEmTHWXvJwew==:",
            "Content-Length": "18",
        ])

    @Test func agreesWithB25() throws {
        let headers: Headers = [
            "Signature-Input": "sig-b25=(\"date\" \"@authority\" \"content-type\")"
                + ";created=1618884473;keyid=\"test-shared-secret\"",
            "Signature": "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
        ]
        let signature = try MessageSignature(label: "sig-b25", of: headers)
        let base = try signature.base(over: .request(request))
        #expect(
            String(decoding: base, as: UTF8.self) == """
                "date": Tue, 20 Apr 2021 02:07:55 GMT
                "@authority": example.com
                "content-type": application/json
                "@signature-params": ("date" "@authority" "content-type")\
                ;created=1618884473;keyid="test-shared-secret"
                """)
        let key = try #require(
            Base64.decode(
                "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMt"
                    + "DQ=="))
        #expect(HMAC.isValid(signature.signature, for: base, key: key))
    }

    @Test func agreesWithB26() throws {
        let key = try SigningKey(
            pem: """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
                -----END PRIVATE KEY-----
                """)
        var signature = MessageSignature(
            label: "sig-b26",
            components: [
                "date", "@method", "@path", "@authority", "content-type", "content-length",
            ],
            parameters: [
                "created": .integer(1_618_884_473), "keyid": .string("test-key-ed25519"),
            ])
        try signature.sign(.request(request), with: key)
        var headers = Headers()
        signature.add(to: &headers)
        #expect(
            headers["Signature-Input"]
                == "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" "
                + "\"content-length\");created=1618884473;keyid=\"test-key-ed25519\"")
        #expect(
            headers["Signature"]
                == "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQ"
                + "v5lIp5WPpBKRCw==:")
        let read = try MessageSignature(label: "sig-b26", of: headers)
        #expect(read == signature)
        try read.verify(over: .request(request), with: key.verifyingKey)
    }

    @Test func writesTheQueryWithItsQuestionMark() {
        let subject = SignatureSubject.request(request)
        #expect(subject.value(of: "@query") == "?param=Value&Pet=dog")
        let bare = SignableRequest(method: "GET", authority: "a", target: "/x", headers: [:])
        #expect(SignatureSubject.request(bare).value(of: "@query") == nil)
        let empty = SignableRequest(method: "GET", authority: "a", target: "/x?", headers: [:])
        #expect(SignatureSubject.request(empty).value(of: "@query") == "?")
    }

    @Test func joinsAndTrimsRepeatedFields() {
        let headers: Headers = ["Cache-Control": " max-age=60 ", "cache-control": "\tpublic"]
        let request = SignableRequest(method: "GET", authority: "a", target: "/", headers: headers)
        #expect(
            SignatureSubject.request(request).value(of: "cache-control") == "max-age=60, public")
    }
}

import Crypto
import Testing

/// Goal: HMAC and HKDF are the standards'. Method: RFC 4231 and RFC 5869 vectors.
@Suite struct MessageCodeTests {
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func agreesWithRFC4231(key: [UInt8], message: [UInt8], hex: String) {
        let code = HMAC.sha256(message, key: key)
        #expect(code.hex == hex)
        #expect(HMAC.isValid(code.bytes, for: message, key: key))
        #expect(!HMAC.isValid(code.bytes, for: message + [0], key: key))
        #expect(!HMAC.isValid(Array(code.bytes.dropLast()), for: message, key: key))
    }

    @Test func takesAnEmptyKeyAfterAnother() {
        _ = HMAC.sha256([1], key: [2])
        #expect(
            HMAC.sha256([], key: []).hex
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func agreesWithRFC5869Case1() {
        let key = HKDF.extract(
            salt: (0...0x0c).map { UInt8($0) }, secret: [UInt8](repeating: 0x0b, count: 22))
        #expect(
            Hex.encode(key) == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
        let output = HKDF.expand(key, info: (0xf0...0xf9).map { UInt8($0) }, count: 42)
        #expect(
            Hex.encode(output) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                + "34007208d5b887185865")
    }

    @Test func agreesWithRFC5869Case3() {
        let key = HKDF.extract(salt: [], secret: [UInt8](repeating: 0x0b, count: 22))
        #expect(
            Hex.encode(HKDF.expand(key, info: [], count: 42))
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                + "9d201395faa4b61a96c8")
    }
}

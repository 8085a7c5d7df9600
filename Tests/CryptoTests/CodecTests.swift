import Crypto
import Testing

/// Goal: one text for one value. Method: RFC 4648 section 10, and texts that lenient readers take.
@Suite struct CodecTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func writesAndReadsTheStandardsExamples(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
        let bare = text.filter { $0 != "=" }
        #expect(Base64.encode(Array(plain.utf8), alphabet: .url) == bare)
        #expect(Base64.decode(bare, alphabet: .url) == Array(plain.utf8))
    }

    @Test func writesEachAlphabet() {
        #expect(Base64.encode([0xfb, 0xff, 0xfe]) == "+//+")
        #expect(Base64.encode([0xfb, 0xff, 0xfe], alphabet: .url) == "-__-")
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-v", "Zg==Zg==", "====",
        "=", "Zm9vé===",
    ])
    func refusesWhatIsNotStrict(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["Zg==", "Z", "Zh", "+//+", "Zm9v="])
    func refusesWhatIsNotStrictForURLs(text: String) {
        #expect(Base64.decode(text, alphabet: .url) == nil)
    }

    @Test func writesAndReadsHexadecimal() {
        let all = (0...255).map { UInt8($0) }
        #expect(Hex.encode([0, 1, 0xab, 0xff]) == "0001abff")
        #expect(Hex.decode(Hex.encode(all)) == all)
        #expect(Hex.decode("ABcd") == [0xab, 0xcd])
        for text in ["a", "0g", "0x", "é"] { #expect(Hex.decode(text) == nil) }
    }
}

import TestSupport
import Testing

@testable import HTTP

/// Goal: one client has one address, and its privacy cut is exact. Method: texts and their meaning.
@Suite struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("2001:DB8::1", "2001:db8::1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func readsAndPrints(_ text: String, printed: String) {
        #expect(IPAddress(text)?.description == printed)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", "1..2.3", ":",
        ":::", "1:2", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::1%eth0", "[::1]", "::1.2.3", "1:", ":1", "1.2.3.4:80", "::ffff:1.2.3.4:1",
    ])
    func refuses(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func cutsPrefixes() throws {
        #expect(IPAddress("192.0.2.77")?.prefix(24).description == "192.0.2.0")
        #expect(IPAddress("192.0.2.77")?.prefix(0).description == "0.0.0.0")
        #expect(IPAddress("192.0.2.77")?.prefix(32).description == "192.0.2.77")
        let v6 = try #require(IPAddress("2001:db8:1:2:3:4:5:6"))
        #expect(v6.prefix(48).description == "2001:db8:1::")
        #expect(v6.prefix(64).description == "2001:db8:1:2::")
        #expect(v6.prefix(128) == v6)
        #expect(v6.prefix(72).description == "2001:db8:1:2::")
        #expect(v6.prefix(0).description == "::")
    }

    @Test func knowsItsKind() {
        for text in [
            "10.1.2.3", "172.16.0.1", "172.31.9.9", "192.168.1.1", "169.254.1.1",
            "100.64.0.1", "fd00::1", "fe80::1",
        ] {
            #expect(IPAddress(text)?.isPrivate == true, "\(text)")
        }
        for text in ["172.32.0.1", "11.0.0.1", "100.128.0.1", "2001:db8::1", "::1"] {
            #expect(IPAddress(text)?.isPrivate == false, "\(text)")
        }
        #expect(IPAddress("127.9.9.9")?.isLoopback == true)
        #expect(IPAddress("::1")?.isLoopback == true)
        #expect(IPAddress("128.0.0.1")?.isLoopback == false)
    }

    @Test func readsWhatItPrints() {
        var random = SeededRandom(seed: .random(in: 0 ... .max))
        for _ in 0..<1_000 {
            // Few bits set, so that runs of zeros of every length appear.
            let high = random.next() & random.next() & random.next()
            let address = IPAddress(
                v6High: high, low: random.next() & random.next() & random.next())
            #expect(IPAddress(address.description) == address, "seed \(random.seed)")
        }
    }
}

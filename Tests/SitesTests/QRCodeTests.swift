import Crypto
import Testing

@testable import Sites

/// Goal: a printed link is read by every reader. Method: digests of the modules under all eight masks,
/// as another implementation of ISO/IEC 18004 draws them, one text a version; the image drawn again.
@Suite struct QRCodeTests {
    private static func text(bytes: Int) -> String {
        bytes == 2
            ? "HI"
            : "https://go.acme.example/l/" + String(repeating: "a", count: bytes - 26)
    }

    @Test(arguments: [
        (2, 21, "92c479e6b9a3ef306938685c81fd43b94dc66f7f346a7fc92f2f911e672c86ee"),
        (26, 25, "84c735cec40891e6a08272da61439bf49545421c5bbab8ad858176bd33690e84"),
        (41, 29, "87dfe78c611ad79e5e58da7e577e39342470a9b328c3f5a5d8557bc6996d865e"),
        (56, 33, "aff84c98b4eb41df7d6d66d4ce7f285b7c8e6aac1c26def7fe19795e43dae323"),
        (76, 37, "a01805fd9adf63f89e7959bcb93621a9fd52fb9c44a2104acdd53e55ed4c27a5"),
        (96, 41, "5d2d90880f8ea4905a80e74885ecd9490a362501ed1181f52db181da16d4fe75"),
        (116, 45, "689c2847234f5d47a3247654f1e7f7e4215de324506148834c9baf99c70e8b96"),
        (146, 49, "1dc588c387b743d8e4f216a63df1dae306a1e87a2927d50f16f22e1017a49dca"),
        (176, 53, "f9b7a5fe2ebe971589f1edf8a2f22497e666b1f03369300bd277ca89e9c57cda"),
        (206, 57, "14414938558b31a41d462b0dd2e9f95fb64d78ca635c6475a5d64511c78b7faa"),
        (213, 57, "2db691fde0cf36d1d23aed5ca2043a1ebdeff7dfcf448ffe2309c43137549a82"),
    ])
    func drawsWhatTheStandardSays(bytes: Int, size: Int, digest: String) throws {
        let codes = try (0..<8).map { mask in
            try #require(QRCode(Self.text(bytes: bytes), mask: mask))
        }
        #expect(codes.allSatisfy { $0.rows.count == size })
        let rows = codes.flatMap(\.rows).joined(separator: "\n")
        #expect(SHA256Digest(of: Array(rows.utf8)).hex == digest)
    }

    @Test func takesTheMaskThatReadsBest() throws {
        let text = Self.text(bytes: 60)
        let codes = try (0..<8).map { try #require(QRCode(text, mask: $0)) }
        #expect(codes.contains(try #require(QRCode(text))))
        #expect(Set(codes.map { $0.rows.joined() }).count == 8)
    }

    @Test func endsAt213Bytes() {
        #expect(QRCode(String(repeating: "a", count: 213)) != nil)
        #expect(QRCode(String(repeating: "a", count: 214)) == nil)
    }

    @Test func theImageShowsTheModules() throws {
        let code = try #require(QRCode(Self.text(bytes: 40)))
        let side = code.rows.count + 8
        #expect(code.svg.contains("viewBox=\"0 0 \(side) \(side)\""))
        var drawn = Array(
            repeating: Array(repeating: Character("."), count: code.rows.count),
            count: code.rows.count)
        for match in code.svg.matches(of: /M(\d+) (\d+)h(\d+)v1H(\d+)z/) {
            let (x, y) = (try #require(Int(match.1)), try #require(Int(match.2)))
            #expect(match.1 == match.4)
            for step in 0..<(try #require(Int(match.3))) { drawn[y - 4][x - 4 + step] = "#" }
        }
        #expect(drawn.map { String($0) } == code.rows)
    }
}

import TestSupport
import Testing

@testable import HTTP

/// Goal: no request that two readers could understand in two ways gets past the head, and nothing
/// behind it is read. Method: each known trick over a real socket, followed by a second request that
/// must never be answered.
@Suite struct SmugglingTests {
    static let tricks: [(name: String, request: String, status: Int)] = [
        ("two lengths", post("Content-Length: 3\r\nContent-Length: 5\r\n"), 400),
        ("two equal lengths", post("Content-Length: 3\r\nContent-Length: 3\r\n"), 400),
        ("length and coding", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400),
        ("plus sign", post("Content-Length: +3\r\n"), 400),
        ("minus sign", post("Content-Length: -3\r\n"), 400),
        ("list of lengths", post("Content-Length: 3, 3\r\n"), 400),
        ("hexadecimal length", post("Content-Length: 0x3\r\n"), 400),
        ("empty length", post("Content-Length: \r\n"), 400),
        ("endless length", post("Content-Length: 99999999999999999999\r\n"), 400),
        ("space before colon", post("Content-Length : 3\r\n"), 400),
        ("tab before colon", post("Content-Length\t: 3\r\n"), 400),
        ("coding before chunked", post("Transfer-Encoding: gzip, chunked\r\n"), 400),
        ("coding behind chunked", post("Transfer-Encoding: chunked, identity\r\n"), 400),
        ("two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400),
        ("quoted coding", post("Transfer-Encoding: \"chunked\"\r\n"), 400),
        ("vertical tab in coding", post("Transfer-Encoding: \u{0B}chunked\r\n"), 400),
        ("coding in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("no host", "POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400),
        ("two hosts", post("Host: b\r\n"), 400),
        ("path in host", "GET /echo HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("user in host", "GET /echo HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        ("other host in target", "GET http://b/echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("folded field", post("X: a\r\n b\r\n"), 400),
        ("folded first field", "GET /echo HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        ("bare line feed in head", "GET /echo HTTP/1.1\nHost: a\n\n", 400),
        ("bare line feed in fields", post("X: a\nY: b\r\n"), 400),
        ("bare carriage return", post("X: a\rY: b\r\n"), 400),
        ("NUL in value", post("X: a\u{0}b\r\n"), 400),
        ("NUL in name", post("X\u{0}: a\r\n"), 400),
        ("no colon", post("Xa\r\n"), 400),
        ("empty name", post(": a\r\n"), 400),
        ("name with a slash", post("X/Y: a\r\n"), 400),
        ("two spaces in the request line", "GET  /echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("tab in the request line", "GET\t/echo HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("no version", "GET /echo\r\nHost: a\r\n\r\n", 400),
        ("version in lower case", "GET /echo http/1.1\r\nHost: a\r\n\r\n", 400),
        ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("fragment in target", "GET /echo#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("control in target", "GET /ec\u{1}ho HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("authority form", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("unknown expectation", post("Expect: tea\r\n"), 417),
        ("sign in chunk size", chunked("+3\r\nabc\r\n0\r\n\r\n"), 400),
        ("0x in chunk size", chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400),
        ("space in chunk size", chunked("3 \r\nabc\r\n0\r\n\r\n"), 400),
        ("bare line feed behind chunk size", chunked("3\nabc\r\n0\r\n\r\n"), 400),
        ("bare line feed in extension", chunked("3;a\nb\r\nabc\r\n0\r\n\r\n"), 400),
        ("chunk longer than its size", chunked("3\r\nabcd\r\n0\r\n\r\n"), 400),
        ("endless chunk size", chunked("FFFFFFFFFFFFFFFFF\r\n"), 400),
        ("empty chunk size", chunked("\r\nabc\r\n"), 400),
        ("bare line feed in trailer", chunked("0\r\nA: b\n\r\n"), 400),
        ("malformed trailer", chunked("0\r\nA : b\r\n\r\n"), 400),
        ("endless target", "GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\n\r\n", 414),
        ("endless request line", String(repeating: "a", count: 20_000), 414),
        ("endless fields", post("X: \(String(repeating: "a", count: 20_000))\r\n"), 431),
        ("many fields", post(String(repeating: "X: a\r\n", count: 200)), 431),
    ]

    @Test(arguments: tricks.map(\.name))
    func refusesAndCloses(_ name: String) async throws {
        let trick = try #require(Self.tricks.first { $0.name == name })
        try await withServer([echo]) { server, port in
            let client = try RawClient(port: port)
            client.send(
                trick.request + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            let reply = try client.reply()
            #expect(reply.status == trick.status)
            #expect(reply.head.contains("Connection: close\r\n"))
            #expect(client.isEnded())
            #expect(server.counters.snapshot.refusedHeads == 1)
            #expect(server.counters.snapshot.requests == 0)
        }
    }

    /// A head's verdict must not depend on how the network cut it.
    @Test func judgesTheSameHoweverTheBytesArrive() throws {
        var random = SeededRandom(seed: .random(in: 0 ... .max))
        for trick in Self.tricks {
            let bytes = Array(trick.request.utf8)
            var scanner = HeadScanner()
            var whole: Result<Int?, HeadRefusal>
            do throws(HeadRefusal) {
                whole = .success(try scanner.end(in: bytes.span, bytesMax: 16_384))
            } catch { whole = .failure(error) }
            let cut = Int.random(in: 0...min(bytes.count, 16_000), using: &random)
            var other = HeadScanner()
            var parts: Result<Int?, HeadRefusal>
            do throws(HeadRefusal) {
                let first = try other.end(in: bytes.span.extracting(0..<cut), bytesMax: 16_384)
                if let first {
                    parts = .success(first)
                } else {
                    parts = .success(try other.end(in: bytes.span, bytesMax: 16_384))
                }
            } catch { parts = .failure(error) }
            #expect(whole == parts, "seed \(random.seed), \(trick.name), cut at \(cut)")
        }
    }

    private static func post(_ fields: String) -> String {
        "POST /echo HTTP/1.1\r\nHost: a\r\n\(fields)\r\nabc"
    }

    private static func chunked(_ body: String) -> String {
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"
    }
}

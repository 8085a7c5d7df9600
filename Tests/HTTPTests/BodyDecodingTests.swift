import Foundation
import Testing
import Zstd

@testable import HTTP

/// Goal: a body comes out whole or not at all, and never larger than asked for. Method: bodies made
/// by zstd and by ready gzip bytes, bombs among them.
@Suite struct BodyDecodingTests {
    /// `gzip -9 -n` of "hello hello hello hello\n".
    private static let gzip: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
        0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 0xb9, 0x00, 0x00, 0x88, 0x59, 0x0b,
        0x18, 0x00, 0x00, 0x00,
    ]

    private func request(_ encoding: String?, _ body: [UInt8]) -> Request {
        var headers = Headers()
        if let encoding { headers.add("Content-Encoding", encoding) }
        return Request(.post, "/", headers: headers, body: body)
    }

    @Test func leavesPlainBodiesAlone() throws {
        #expect(try request(nil, [1, 2]).decodedBody(bytesMax: 2) == [1, 2])
        #expect(try request("identity", [1, 2]).decodedBody(bytesMax: 2) == [1, 2])
        #expect(throws: BodyRefusal.tooLarge) { try request(nil, [1, 2]).decodedBody(bytesMax: 1) }
    }

    @Test func opensZstd() throws {
        let text = Array(String(repeating: "event ", count: 1_000).utf8)
        var compressor = Compressor()
        let packed = try compressor.compress(text)
        #expect(try request("ZSTD", packed).decodedBody(bytesMax: 6_000) == text)
        #expect(throws: BodyRefusal.tooLarge) {
            try request("zstd", packed).decodedBody(bytesMax: 5_999)
        }
        #expect(throws: BodyRefusal.malformed) {
            try request("zstd", packed.dropLast()).decodedBody(bytesMax: 6_000)
        }
    }

    @Test func refusesBombs() throws {
        var compressor = Compressor(level: 19)
        let zeros = [UInt8](repeating: 0, count: 50_000_000)
        let bomb = try compressor.compress(zeros)
        #expect(bomb.count < 10_000)
        #expect(throws: BodyRefusal.tooLarge) {
            try request("zstd", bomb).decodedBody(bytesMax: 65_536)
        }
        // A stored block of deflate repeated: 1 KB of gzip members that promise nothing.
        let many = Array(repeating: Self.gzip, count: 10_000).flatMap { $0 }
        #expect(throws: BodyRefusal.tooLarge) {
            try request("gzip", many).decodedBody(bytesMax: 65_536)
        }
    }

    @Test(arguments: ["br", "deflate", "gzip, gzip", "gzip,zstd", "", "zstd;q=1"])
    func refusesOtherCodings(_ coding: String) {
        #expect(throws: BodyRefusal.encodingUnknown) {
            try request(coding, [1]).decodedBody(bytesMax: 10)
        }
        #expect(
            BodyRefusal.encodingUnknown.response(nil).headers["Accept-Encoding"] == "gzip, zstd")
    }

    @Test func opensGzipAndSeesDamage() throws {
        let text = Array("hello hello hello hello\n".utf8)
        #expect(try request("gzip", Self.gzip).decodedBody(bytesMax: 24) == text)
        #expect(
            try request("x-gzip", Self.gzip + Self.gzip).decodedBody(bytesMax: 48) == text + text)
        #expect(throws: BodyRefusal.tooLarge) {
            try request("gzip", Self.gzip).decodedBody(bytesMax: 23)
        }
        for length in 0..<Self.gzip.count {
            #expect(throws: BodyRefusal.malformed) {
                try request("gzip", Array(Self.gzip.prefix(length))).decodedBody(bytesMax: 100)
            }
        }
        for index in [0, 1, 2, 12, 24, 27] {
            var damaged = Self.gzip
            damaged[index] ^= 0x55
            #expect(throws: BodyRefusal.malformed, "byte \(index)") {
                try request("gzip", damaged).decodedBody(bytesMax: 100)
            }
        }
        #expect(throws: BodyRefusal.malformed) {
            try request("gzip", Self.gzip + [0]).decodedBody(bytesMax: 100)
        }
    }
}

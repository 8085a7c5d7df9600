import Crypto
import TestSupport
import Testing

@testable import HTTP

/// Goal: a trace is taken as the standard writes it, or not at all. Method: the standard's own
/// examples, forms beside them, and random bytes.
@Suite struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "b7ad6b7169203331"

    private func read(_ text: String) -> TraceContext? { TraceContext(["traceparent": text]) }

    @Test(arguments: ["00", "01"]) func readsWhatItWrites(flags: String) throws {
        let text = "00-\(Self.trace)-\(Self.parent)-\(flags)"
        let context = try #require(read(text))
        #expect(context.traceID == Self.trace)
        #expect(context.isSampled == (flags == "01"))
        #expect(context.field == text)
    }

    @Test func readsLaterVersions() {
        #expect(read("cc-\(Self.trace)-\(Self.parent)-01")?.isSampled == true)
        #expect(read("cc-\(Self.trace)-\(Self.parent)-01-what-comes")?.traceID == Self.trace)
        #expect(read("00-\(Self.trace)-\(Self.parent)-ff")?.field.hasSuffix("-01") == true)
    }

    @Test(arguments: [
        "", "00", "ff-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01-x",
        "00-\(trace)-\(parent)-0",
        "00-\(trace)-\(parent)-01 ", "cc-\(trace)-\(parent)-01.x", "00_\(trace)-\(parent)-01",
        "00-\(trace.uppercased())-\(parent)-01", "00-\(parent)-\(trace)-01",
        "00-00000000000000000000000000000000-\(parent)-01", "00-\(trace)-0000000000000000-01",
        "0x-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-g0",
    ])
    func refuses(text: String) {
        #expect(read(text) == nil)
    }

    @Test func refusesTwo() {
        let text = "00-\(Self.trace)-\(Self.parent)-01"
        #expect(TraceContext(["traceparent": text, "Traceparent": text]) == nil)
        #expect(TraceContext([:]) == nil)
    }

    @Test func oneThatWeBeginIsOne() {
        let context = TraceContext(random: RandomBytes())
        #expect(read(context.field) == context)
    }

    @Test(arguments: 0..<10) func survivesAnything(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let alphabet = Array("0123456789abcdefABCDEF-\u{0}\u{ff} ".utf8)
        for _ in 0..<2000 {
            var bytes = Array("00-\(Self.trace)-\(Self.parent)-01".utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] =
                    alphabet[Int.random(in: alphabet.indices, using: &random)]
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...60, using: &random)))
            guard let context = TraceContext(bytes[...]) else { continue }
            #expect(TraceContext(Array(context.field.utf8)[...]) == context, "seed \(seed)")
        }
    }
}

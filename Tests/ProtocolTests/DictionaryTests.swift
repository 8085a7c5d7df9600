import Crypto
import Foundation
import TestSupport
import Testing
import Time
import Zstd

@testable import ConveyProtocol

/// Goal: batches of a few events travel with the published dictionary, open again to the byte, and
/// what is not framed so is refused with its own name. Method: seal, cut, alter and swap; then size,
/// on events of shops, languages and browsers that the dictionary was not made from.
@Suite struct DictionaryTests {
    private static let file = VectorFolder.root.appending(
        path: "protocol/dictionaries/schema-1.txt")

    private static func sealed(_ events: [String], mayUseDictionary: Bool = true) throws
        -> SealedBatch
    {
        var writer = BatchTests.writer()
        writer.mayUseDictionary = mayUseDictionary
        for event in events { _ = writer.add(event: event.utf8.span) }
        return try writer.seal(
            collector: BatchTests.collector, epoch: BatchTests.epoch, parent: nil,
            standing: BatchTests.standing)
    }

    private static func refusal(
        _ body: [UInt8], limits: BatchLimits = .standard
    ) -> ProtocolProblem? {
        var opener = BatchOpener(limits: limits)
        do throws(ProtocolProblem) {
            _ = try opener.open(dcz: body.span)
            return nil
        } catch {
            return error
        }
    }

    @Test func embedsWhatIsPublished() throws {
        let published = Array(try Data(contentsOf: Self.file))
        #expect(BatchDictionary.bytes == published)
        #expect(BatchDictionary.digest == SHA256Digest(of: published))
    }

    @Test func holdsPlainTextWithoutAnyAddress() {
        #expect(BatchDictionary.bytes.allSatisfy { (32..<127).contains($0) || $0 == 10 })
        #expect(!BatchDictionary.bytes.contains(UInt8(ascii: "@")))
        #expect(BatchDictionary.bytes.count <= 16_384)
    }

    @Test func opensWhatItSealed() throws {
        let events = [#"{"id":"a","type":"page_view"}"#, #"{"id":"b","type":"t"}"#]
        let batch = try Self.sealed(events)
        #expect(batch.coding == .dcz)
        #expect(batch.body.starts(with: [0x5E, 0x2A, 0x4D, 0x18, 0x20, 0, 0, 0]))
        #expect(Array(batch.body[8..<40]) == BatchDictionary.digest.bytes)
        #expect(batch.digest == SHA256Digest(of: batch.body))
        var opener = BatchOpener()
        let opened = try opener.open(dcz: batch.body.span)
        #expect(opened.header == batch.header)
        #expect(opened.bytes.count == batch.decodedByteCount)
        let plain = try Self.sealed(events, mayUseDictionary: false).body
        #expect(try opener.open(zstd: plain.span).bytes == opened.bytes)
        let standalone = try batch.plainFrames()
        #expect(try opener.open(zstd: standalone.span).bytes == opened.bytes)
    }

    @Test func isUsedUpToItsBoundsOnly() throws {
        let event = #"{"id":"a","type":"page_view"}"#
        func coding(_ events: [String]) throws -> ContentCoding {
            try Self.sealed(events).coding
        }
        #expect(try coding([]) == .dcz)
        #expect(try coding(Array(repeating: event, count: 20)) == .dcz)
        #expect(try coding(Array(repeating: event, count: 21)) == .zstd)
        #expect(try coding([event + String(repeating: " ", count: 66_000)]) == .zstd)
        #expect(try Self.sealed([event], mayUseDictionary: false).coding == .zstd)
    }

    @Test func refusesAnotherDictionaryAndOtherBytesByTheirNames() throws {
        let body = try Self.sealed([#"{"id":"a","type":"t"}"#]).body
        var other = body
        other[39] ^= 1
        #expect(Self.refusal(other) == .encoding)
        var unmarked = body
        unmarked[0] ^= 1
        #expect(Self.refusal(unmarked) == .framing(.dcz, line: nil))
        #expect(Self.refusal([]) == .framing(.dcz, line: nil))
        for count in 0..<body.count {
            #expect(
                Self.refusal(Array(body[..<count])) == .framing(.dcz, line: nil), "cut at \(count)")
        }
        #expect(Self.refusal(body + [0]) == .framing(.dcz, line: nil))
    }

    @Test func yieldsNoMoreThanIsAllowed() throws {
        let batch = try Self.sealed([#"{"id":"a","type":"t"}"#])
        let limits = BatchLimits(eventsMax: 10, bytesMax: batch.decodedByteCount - 1)
        #expect(Self.refusal(batch.body, limits: limits) == .tooLarge(limits))
        var compressor = Compressor(level: 1)
        let bomb = try compressor.compress([UInt8](repeating: 0x20, count: 30_000_000))
        #expect(Self.refusal(BatchDictionary.head + bomb) == .tooLarge(.standard))
    }

    @Test func everyBitOfTheHeadMatters() throws {
        let body = try Self.sealed([#"{"id":"a","type":"t"}"#]).body
        for bit in 0..<320 {
            var altered = body
            altered[bit / 8] ^= 1 << (bit % 8)
            let expected: ProtocolProblem = bit < 64 ? .framing(.dcz, line: nil) : .encoding
            #expect(Self.refusal(altered) == expected, "bit \(bit)")
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func alteredFramesStayWithinTheirBound(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var shop = UnfamiliarShop(seed: seed)
        var body = try Self.sealed([shop.event(), shop.event()]).body
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let place = Int.random(in: 40..<body.count, using: &random)
            body[place] = UInt8.random(in: 0...255, using: &random)
        }
        var opener = BatchOpener()
        guard let opened = try? opener.open(dcz: body.span) else { return }
        #expect(opened.bytes.count <= BatchLimits.standard.bytesMax, "seed \(seed)")
    }

    /// The target is 0.7 at ten events, header line and coding's head included.
    @Test func makesTenUnfamiliarEventsAThirdSmaller() throws {
        var (plain, coded) = (0, 0)
        for seed in 0..<100 as Range<UInt64> {
            var shop = UnfamiliarShop(seed: seed)
            let events = try (0..<10).map { _ in try shop.written() }
            plain += try Self.sealed(events, mayUseDictionary: false).body.count
            coded += try Self.sealed(events).body.count
        }
        let ratio = Double(coded) / Double(plain)
        #expect(ratio <= 0.7, "\(coded) bytes instead of \(plain): \(ratio)")
    }
}

/// A made-up course platform with other words, addresses, money and browsers than the dictionary's
/// shops: three visitors look around and sometimes buy.
struct UnfamiliarShop {
    private struct Visitor {
        let id: String
        let session: String
        let agent: String
    }

    private static let agents = [
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            + "Chrome/152.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2_1 like Mac OS X) AppleWebKit/605.1.15 "
            + "(KHTML, like Gecko) Version/19.2 Mobile/16A5100a Safari/604.1",
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:155.0) Gecko/20100101 Firefox/155.0",
        "Mozilla/5.0 (Linux; arm_64; Android 14; 2201117TG) AppleWebKit/537.36 (KHTML, like Gecko) "
            + "Chrome/122.0.6261.119 YaBrowser/24.4.0.87.00 SA/3 Mobile Safari/537.36",
    ]

    private var random: SeededRandom
    private var visitors: [Visitor] = []
    private var visitor: Visitor { visitors[current] }
    private var current = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        for _ in 0..<3 {
            visitors.append(
                Visitor(
                    id: uuid(), session: uuid(), agent: Self.agents.randomElement(using: &random)!))
        }
    }

    /// The next event as the edge writes it.
    mutating func written() throws -> String {
        let event = event()
        var edge = Edge.browser
        edge.client.userAgent = visitor.agent
        edge.client.address = "192.0.2.\(current)"
        return try edge.write(event).json
    }

    /// The next event as the page tells it.
    mutating func event() -> String {
        current = Int.random(in: 0..<3, using: &random)
        let second = Int.random(in: 10...59, using: &random)
        let members = [
            #""id":"\#(uuid())","occurred_at":"2026-03-01T11:59:\#(second).\#(number(3))Z""#,
            #""visitor":"\#(visitor.id)","session":"\#(visitor.session)""#,
            #""client":{"language":"es-419","screen":"1366x768"}"#,
            #""consent":{"analytics":"granted","ad_user_data":"granted","#
                + #""ad_personalization":"denied"}"#, story(),
        ]
        return "{\(members.joined(separator: ","))}"
    }

    private mutating func story() -> String {
        let slug = ["acuarela-basica", "solfeo-1", "encuadernar-en-casa", "huerto-urbano"]
            .randomElement(using: &random)!
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            return
                #""type":"lesson_finished","data":{"curso":"\#(slug)","leccion":\#(number(2))}"#
        case 1:
            return
                #""type":"purchase","order":{"id":"MX-\#(number(6))"},"value":{"amount":"#
                + #""\#(number(3)).00","currency":"MXN"},"items":[{"id":"\#(slug)","quantity":1}]"#
        case 2:
            let click = token(72)
            return
                #""type":"page_view","page":{"url":"https://taller.example/\#(slug)?gclid=\#(click)","#
                + #""title":"Taller – \#(slug)"},"click":{"gclid":"\#(click)"}"#
        default:
            return
                #""type":"page_view","page":{"url":"https://taller.example/cursos/\#(slug)/","#
                + #""title":"\#(slug) en línea","referrer":"https://taller.example/"}"#
        }
    }

    private mutating func uuid() -> String {
        let digits = (0..<32).map { _ in "0123456789abcdef".randomElement(using: &random)! }
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
            .joined(separator: "-")
    }

    private mutating func token(_ count: Int) -> String {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return String((0..<count).map { _ in letters.randomElement(using: &random)! })
    }

    private mutating func number(_ digits: Int) -> String {
        String((0..<digits).map { _ in "123456789".randomElement(using: &random)! })
    }
}

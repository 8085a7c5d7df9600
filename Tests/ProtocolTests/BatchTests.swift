import Crypto
import JSON
import Testing
import Time
import Zstd

@testable import ConveyProtocol

/// Goal: what a collector seals, an aggregator opens; what is framed wrongly is refused at the
/// right line. Method: seal with the writer, alter bytes of the decoded body.
@Suite struct BatchTests {
    static let collector = CollectorID("0192f0c1-0000-7000-8000-000000000001")!
    static let epoch = EpochID("0192f0c1-2a00-7abc-8def-0123456789ab")!
    static let sentAt = Timestamp(rfc3339: "2026-03-01T12:00:00.000Z")!
    static let standing = BatchHeader.Standing(sentAt: sentAt, shipper: "test/1")

    static func writer(firstSeq: Int64 = 1) -> BatchWriter {
        BatchWriter(lane: .conversion, firstSeq: firstSeq, chain: Chain.start(of: epoch))
    }

    static func sealed(_ events: [String], gapTo: Int64? = nil) throws -> SealedBatch {
        var writer = writer()
        for event in events {
            let fits = writer.add(event: event.utf8.span)
            #expect(fits)
        }
        if let gapTo {
            let fits = writer.addGap(upTo: gapTo, .receiptedExpired)
            #expect(fits)
        }
        return try writer.seal(
            collector: collector, epoch: epoch, parent: nil, standing: standing)
    }

    static func decoded(_ batch: SealedBatch) throws -> String {
        var decompressor = Decompressor()
        let bytes = try decompressor.decompress(batch.body.span, bytesMax: 4_194_304)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func opensWhatItSealed() throws {
        let batch = try Self.sealed([#"{"id":"a"}"#, #"{"id":"b"}"#], gapTo: 5)
        var opener = BatchOpener()
        let opened = try opener.open(zstd: batch.body.span)
        #expect(opened.header == batch.header)
        #expect(opened.header.coverage.lastSeq == 5)
        #expect(opened.lines.count == 2)
        let line = opened.withLine(1) { String(copying: $0) }
        #expect(line == #"{"seq":2,"id":"b"}"#)
    }

    @Test func chainsAsTheSpecificationsExample() {
        var chain = Chain(after: Chain.start(of: Self.epoch))
        #expect(
            chain.value.hex
                == "e2a909b9859dc7b62180a05c729a406f9b0ecf2045304152f248e906da64a1fb")
        let digest = chain.add(line: #"{"seq":1,"id":"a","type":"page_view"}"#.utf8.span)
        #expect(
            digest.hex == "a54fd5828bd455b87a45c2501f5fee6696a1b97ae676a1404a9de71de801cfdc")
        #expect(
            chain.value.hex
                == "221e6f887afbf7e036e136abc58e881a7c6fdc7144ef64d96e13db81e0f60583")
        chain.add(Gap(first: 2, last: 3, reason: .receiptedExpired)!)
        #expect(
            chain.value.hex
                == "e761e578c199646f1c7ba522e45301456e81e8358635d90d6280db39230d055b")
    }

    @Test func anEmptyBatchKeepsTheChain() throws {
        let batch = try Self.writer(firstSeq: 7).seal(
            collector: Self.collector, epoch: Self.epoch, parent: nil, standing: Self.standing)
        #expect(batch.header.coverage.firstSeq == 7)
        #expect(batch.header.coverage.lastSeq == 6)
        #expect(batch.header.coverage.chainBefore == batch.header.coverage.chainAfter)
        var opener = BatchOpener()
        #expect(try opener.open(zstd: batch.body.span).lines.isEmpty)
    }

    @Test func stopsBeforeItIsTooLarge() throws {
        var writer = BatchWriter(
            lane: .pageview, firstSeq: 1, chain: Chain.start(of: Self.epoch))
        let event = Array(#"{"id":"\#(String(repeating: "x", count: 60_000))"}"#.utf8)
        while writer.add(event: event.span) {}
        #expect(writer.eventCount == 68)
        let batch = try writer.seal(
            collector: Self.collector, epoch: Self.epoch, parent: nil, standing: Self.standing)
        #expect(batch.decodedByteCount <= BatchLimits.standard.bytesMax)
        var opener = BatchOpener()
        #expect(try opener.open(zstd: batch.body.span).lines.count == 68)
    }

    @Test func stopsAtFiveThousandEvents() {
        var writer = Self.writer()
        while writer.add(event: #"{"id":"a"}"#.utf8.span) {}
        #expect(writer.eventCount == 5000)
    }

    @Test(arguments: [
        ("\"count\":2", "\"count\":3", ProtocolProblem.framing(.count, line: 1)),
        ("\"last_seq\":2", "\"last_seq\":0,\"x\":1", .framing(.count, line: 1)),
        ("\"first_seq\":1", "\"first_seq\":9", .framing(.headerRange, line: 1)),
        ("\"first_seq\":1", "\"first_seq\":1.5", .framing(.headerMember, line: 1)),
        ("\"schema\":1", "\"schema\":2", .schema),
        ("\"lane\":\"conversion\"", "\"lane\":\"other\"", .framing(.headerMember, line: 1)),
        ("{\"collector\"", "{\"collector", .framing(.headerJSON, line: 1)),
        ("\n{\"seq\":1", "\n\n{\"seq\":1", .framing(.emptyLine, line: 2)),
        ("{\"seq\":2,", "{\"seq\":02,", .framing(.seq, line: 3)),
        ("{\"seq\":2,", "{\"seq\":3,", .framing(.seq, line: 3)),
        ("{\"seq\":2,", "{ \"seq\":2,", .framing(.seq, line: 3)),
        ("\"b\"}\n", "\"b\"}", .framing(.lineEnd, line: 3)),
        ("\"b\"}\n", "\"b\"}\n\n", .framing(.emptyLine, line: 4)),
        ("\"b\"}\n", "\"b\"}\n{\"seq\":3,\"id\":\"c\"}\n", .framing(.count, line: 4)),
        ("\"gaps\":[]", "\"gaps\":[[1,2,\"x\"]]", .framing(.count, line: 1)),
        ("\"gaps\":[]", "\"gaps\":[[2,1,\"x\"]]", .framing(.headerMember, line: 1)),
        ("\"gaps\":[]", "\"gaps\":[[7,8,\"x\"]]", .framing(.gaps, line: 1)),
    ])
    func refuses(_ old: String, _ new: String, _ problem: ProtocolProblem) throws {
        let body = try Self.decoded(Self.sealed([#"{"id":"a"}"#, #"{"id":"b"}"#]))
        #expect(body.ranges(of: old).count == 1)
        let altered = body.replacing(old, with: new)
        var opener = BatchOpener()
        #expect(throws: problem) { try opener.open(decoded: Array(altered.utf8)) }
    }

    @Test func refusesABombWithoutUnpackingIt() throws {
        var compressor = Compressor(level: 19)
        let bomb = try compressor.compress([UInt8](repeating: 10, count: 50_000_000).span)
        var opener = BatchOpener()
        #expect(throws: ProtocolProblem.tooLarge(.standard)) { try opener.open(zstd: bomb.span) }
    }

    @Test func refusesAFrameThatEndsEarly() throws {
        let batch = try Self.sealed([#"{"id":"a"}"#])
        var opener = BatchOpener()
        for end in [0, 3, 20, batch.body.count - 1] {
            #expect(throws: ProtocolProblem.framing(.zstd, line: nil)) {
                try opener.open(zstd: batch.body.span.extracting(0..<end))
            }
        }
    }
}

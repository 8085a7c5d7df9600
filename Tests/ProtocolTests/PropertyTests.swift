import Crypto
import JSON
import TestSupport
import Testing
import Time

@testable import ConveyProtocol

/// Goal: what holds for the examples holds for what nobody thought of. Method: seeded random input;
/// a failure names its seed.
@Suite struct PropertyTests {
    static let seeds: [UInt64] = (0..<24).map { _ in UInt64.random(in: 1...999_999_999) }

    @Test(arguments: seeds) func batchBoundariesLeaveNoTraceInTheChain(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let events = (1...200).map { #"{"id":"e\#($0)","type":"t"}"# }
        var whole = Chain(after: Chain.start(of: BatchTests.epoch))
        var chain = whole.value
        var next = 0
        var opener = BatchOpener()
        while next < events.count {
            let count = Int.random(in: 1...20, using: &random)
            var writer = BatchWriter(lane: .pageview, firstSeq: Int64(next) + 1, chain: chain)
            for event in events[next..<min(next + count, events.count)] {
                let fits = writer.add(event: event.utf8.span)
                #expect(fits)
                next += 1
            }
            let sealed = try writer.seal(
                collector: BatchTests.collector, epoch: BatchTests.epoch, parent: nil,
                standing: BatchTests.standing)
            let opened = try opener.open(zstd: sealed.body.span)
            for index in opened.lines.indices {
                opened.withLine(index) { line in _ = whole.add(line: line) }
            }
            chain = opened.header.coverage.chainAfter
        }
        #expect(chain == whole.value, "seed \(seed)")
    }

    @Test(arguments: seeds) func anAlteredBodyIsRefusedOrWhole(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let body = try VectorBatches.batches()[1].body
        var opener = BatchOpener()
        for _ in 0..<200 {
            var bytes = Array(body.utf8)
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes.randomElement(using: &random) ?? 0, at: index)
                }
            }
            guard let opened = try? opener.open(decoded: bytes) else { continue }
            var numbers = SeqWalk(opened.header.coverage)
            for index in opened.lines.indices {
                let seq = opened.withLine(index) { EventLine.seq(of: $0) }
                #expect(seq == numbers.next(), "seed \(seed)")
            }
            #expect(numbers.next() == nil, "seed \(seed)")
        }
    }

    @Test(arguments: seeds) func whatTheEdgeWritesIsSound(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<100 {
            let text = Self.event(&random)
            var edge = Bool.random(using: &random) ? Edge() : Edge.browser
            edge.site.privacy = SiteSettings.Privacy.allCases.randomElement(using: &random) ?? .hash
            guard let json = try? edge.write(text).json else { continue }
            if case .faulty(let fault, _, _) = Edge.read(json) {
                Issue.record("seed \(seed): \(fault) in \(json) of \(text)")
            }
            if edge.site.privacy != .keep { #expect(!json.contains(/jo(@|%40)b/), "seed \(seed)") }
        }
    }

    /// An event whose members are there or not, of the right type mostly.
    private static func event(_ random: inout SeededRandom) -> String {
        var members = [#""type":"t""#]
        for member in EventSchema.Member.allCases where Bool.random(using: &random) {
            switch member {
            case .id, .type: continue
            default: members.append("\"\(member.name)\":\(value(for: member, &random))")
            }
        }
        members.append("\"\(texts.randomElement(using: &random) ?? "x")\":\(scalar(&random))")
        return "{\(members.shuffled(using: &random).joined(separator: ","))}"
    }

    private static func value(
        for member: EventSchema.Member, _ random: inout SeededRandom
    ) -> String {
        let rule: ObjectRule? =
            switch member {
            case .user: EventSchema.user
            case .page: EventSchema.page
            case .client: EventSchema.client
            case .click: EventSchema.click
            case .utm: EventSchema.utm
            case .order: EventSchema.order
            case .value: EventSchema.value
            case .data: EventSchema.page
            default: nil
            }
        guard let rule else { return scalar(&random) }
        let fields = rule.fields.filter { _ in Bool.random(using: &random) }.map {
            "\"\($0.name)\":\(scalar(&random))"
        }
        return "{\(fields.joined(separator: ","))}"
    }

    private static let texts = [
        "x", "jo@b.example", "https://u:p@a.example/?token=1&x=jo%40b.example#sid=2", "##1042",
        "Cj0KCQjw0123456789ab", "fb.1.1700000000000.1234", "EUR", "1.50", "é", "🛒", "",
        "+49 30 123456", "2001:db8::9", "203.0.113.9", "[email-1]",
    ]

    private static func scalar(_ random: inout SeededRandom) -> String {
        switch Int.random(in: 0...9, using: &random) {
        case 0: String(Int.random(in: -5...5000, using: &random))
        case 1: "null"
        case 2: "\(Double(Int.random(in: -999...999, using: &random)) / 100)"
        default: "\"\(texts.randomElement(using: &random) ?? "x")\""
        }
    }
}

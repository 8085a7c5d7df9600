import Crypto
import Foundation
import JSON
import Zstd

@testable import ConveyProtocol

/// Makes the vectors of chains and batches.
enum VectorBatches {
    static let events = [
        #"{"id":"a","type":"page_view"}"#, #"{"id":"ü-is-legal-here","type":"t"}"#,
    ]

    static func chains() -> [ChainVector] {
        let lines = [#"{"seq":1,"id":"a","type":"page_view"}"#]
        let first = chain(
            "an event, then a gap", VectorKeys.epoch, parent: nil,
            texts: lines + [#"[2,3,"receipted-expired"]"#, #"{"seq":4,"id":"b","type":"t"}"#])
        let parent = SHA256Digest(hex: first.steps[0].chain)
        let child = chain(
            "an epoch that goes on from the first event of the other", VectorKeys.childEpoch,
            parent: parent, texts: [#"{"seq":1,"id":"b","type":"t"}"#])
        return [first, child]
    }

    private static func chain(
        _ name: String, _ epoch: EpochID, parent: SHA256Digest?, texts: [String]
    ) -> ChainVector {
        let start = parent ?? Chain.start(of: epoch)
        var chain = Chain(after: start)
        let steps = texts.map { text in
            let digest = chain.add(line: text.utf8.span)
            return ChainVector.Step(text: text, digest: digest.hex, chain: chain.value.hex)
        }
        return ChainVector(
            name: name, epoch: epoch.description, parentChain: parent?.hex, start: start.hex,
            steps: steps)
    }

    static func standing() -> BatchHeader.Standing {
        var standing = BatchHeader.Standing(
            sentAt: VectorKeys.now, shipper: VectorKeys.shipper)
        standing.assigned[.conversion] = 7
        standing.refused[.pageview] = ["pressure": 12]
        standing.clockOffsetMilliseconds = -250
        return standing
    }

    static func batches() throws -> [BatchVector] {
        let parent = BatchHeader.Parent(
            epoch: VectorKeys.epoch, lastSeq: PerLane { $0 == .conversion ? 1 : 0 })
        let parentChain = SHA256Digest(hex: chains()[0].steps[0].chain)!
        return [
            try batch("two events") { writer in
                for event in events { _ = writer.add(event: event.utf8.span) }
            },
            try batch("an event between two gaps", firstSeq: 3) { writer in
                _ = writer.addGap(upTo: 4, .damaged)
                _ = writer.add(event: events[0].utf8.span)
                _ = writer.addGap(upTo: 7, .receiptedExpired)
            },
            try batch("an empty batch", firstSeq: 8) { _ in },
            try batch(
                "the first batch of an epoch with a parent", epoch: VectorKeys.childEpoch,
                parent: parent, chain: parentChain
            ) { writer in
                _ = writer.add(event: events[0].utf8.span)
            },
        ]
    }

    private static func batch(
        _ name: String, epoch: EpochID = VectorKeys.epoch, parent: BatchHeader.Parent? = nil,
        firstSeq: Int64 = 1, chain: SHA256Digest? = nil,
        fill: (inout BatchWriter) -> Void
    ) throws -> BatchVector {
        var writer = BatchWriter(
            lane: .conversion, firstSeq: firstSeq, chain: chain ?? Chain.start(of: epoch))
        fill(&writer)
        let sealed = try writer.seal(
            collector: VectorKeys.collectorID, epoch: epoch, parent: parent,
            standing: standing())
        var decompressor = Decompressor()
        let body = try decompressor.decompress(sealed.body.span, bytesMax: 65_536)
        var numbers: [Int64] = []
        var walk = SeqWalk(sealed.header.coverage)
        while let number = walk.next() { numbers.append(number) }
        return BatchVector(
            name: name, body: String(decoding: body, as: UTF8.self), numbers: numbers,
            chainAfter: sealed.header.coverage.chainAfter.hex)
    }

    /// The first batch under zstd. Another version of the library makes other bytes that mean the
    /// same: bytes that are there and still mean it stay.
    static func compressed() throws -> Data {
        let body = Array(try batches()[0].body.utf8)
        if let present = try? VectorFolder.read("valid/batch.zst") {
            var decompressor = Decompressor()
            let decoded = try? decompressor.decompress(Array(present), bytesMax: 65_536)
            if decoded == body { return present }
        }
        var compressor = Compressor(level: 1)
        return Data(try compressor.compress(body))
    }

    /// The same with the dictionary.
    static func coded() throws -> Data {
        let body = Array(try batches()[0].body.utf8)
        if let present = try? VectorFolder.read("valid/batch.dcz"),
            let decoded = try? BatchDictionary.decode(Array(present).span, limits: .standard),
            decoded == body
        {
            return present
        }
        return Data(try BatchDictionary.encode(body.span))
    }
}

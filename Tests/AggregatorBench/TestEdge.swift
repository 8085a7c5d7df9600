package import ConveyProtocol
package import Crypto
package import Gate
package import TestSupport
import Testing
import Time

/// A collector's own side: its epoch, its chain, and what it holds in one lane.
package struct TestEdge {
    /// Whose side.
    package let collector: KnownCollector
    /// What it signs with.
    package let key: SigningKey
    /// The life of its buffer file.
    package var epoch: EpochID
    /// What the epoch continues.
    package var parent: BatchHeader.Parent?
    /// Where `seal` puts events; `pageview` until told otherwise.
    package var lane = Lane.pageview
    /// What it says of itself in each batch.
    package var standing: BatchHeader.Standing
    /// Whether small batches are sealed with the published dictionary.
    package var mayUseDictionary = false
    /// For what a test draws.
    package var random: SeededRandom
    /// After the last event that was sealed.
    package private(set) var chain: SHA256Digest
    /// Of the next event.
    package private(set) var nextSeq: Int64 = 1

    init(_ collector: KnownCollector, key: SigningKey, seed: UInt64) {
        self.collector = collector
        self.key = key
        random = SeededRandom(seed: seed)
        epoch = EpochID(at: IngestBench.start, random: RandomBytes())
        chain = Chain.start(of: epoch)
        standing = BatchHeader.Standing(sentAt: IngestBench.start, shipper: "test/1")
    }

    /// Starts over with another epoch or from another place in this one.
    package mutating func go(to seq: Int64, chain: SHA256Digest) {
        nextSeq = seq
        self.chain = chain
    }

    /// A new epoch that continues the one so far.
    package mutating func fork(after lastSeq: Int64, chain: SHA256Digest) {
        var last = PerLane<Int64>(repeating: 0)
        last[lane] = lastSeq
        parent = BatchHeader.Parent(epoch: epoch, lastSeq: last)
        epoch = EpochID(at: IngestBench.start, random: RandomBytes())
        go(to: 1, chain: chain)
    }

    /// Seals the next batch; the edge goes on behind it.
    package mutating func seal(_ parts: [TestPart]) throws -> SealedBatch {
        var writer = BatchWriter(lane: lane, firstSeq: nextSeq, chain: chain)
        writer.mayUseDictionary = mayUseDictionary
        for part in parts {
            let isIn =
                switch part {
                case .event(let event): writer.add(event: Array(event.utf8).span)
                case .gap(let count, let reason):
                    writer.addGap(upTo: writer.expectedSeq + count - 1, reason)
                }
            #expect(isIn)
        }
        nextSeq = writer.expectedSeq
        chain = writer.chainValue
        standing.assigned[lane] = max(standing.assigned[lane], nextSeq - 1)
        return try writer.seal(
            collector: collector.id, epoch: epoch, parent: parent, standing: standing)
    }

    /// Seals events.
    package mutating func seal(events: [TestEvent]) throws -> SealedBatch {
        try seal(events.map { .event($0.json) })
    }
}

/// A part of a batch, in order.
package enum TestPart {
    /// An event's line.
    case event(String)
    /// So many numbers whose events will not come.
    case gap(Int64, Gap.Reason)
}

/// An event as an edge writes it.
package struct TestEvent {
    /// Unique in its site and class.
    package var id: String
    /// The site's short number.
    package var site: Int64
    /// As `page_view`.
    package var type: String
    /// What vouches for it.
    package var credential: CredentialClass
    /// Milliseconds after the bench's start.
    package var receivedAt: Int64
    /// A JSON object.
    package var data: String

    /// An event of a browser at site 1.
    package init(
        id: String, site: Int64 = 1, type: String = "page_view",
        credential: CredentialClass = .siteKey, receivedAt: Int64 = 0, data: String = "{}"
    ) {
        self.id = id
        self.site = site
        self.type = type
        self.credential = credential
        self.receivedAt = receivedAt
        self.data = data
    }

    /// Events `ev-<from>` and so on, a millisecond apart.
    package static func some(_ count: Int, from first: Int = 1) -> [TestEvent] {
        (first..<first + count).map { TestEvent(id: "ev-\($0)", receivedAt: Int64($0)) }
    }

    /// Its line in canonical form.
    package var json: String {
        let time = (IngestBench.start + .milliseconds(receivedAt)).description
        return """
            {"id":"\(id)","type":"\(type)","site":"\(IngestBench.site(site))","source":"browser",\
            "class":"\(credential.rawValue)","occurred_at":"\(time)","received_at":"\(time)",\
            "clock_offset_ms":0,"data":\(data)}
            """
    }
}

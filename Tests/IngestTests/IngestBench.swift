import ConveyProtocol
import Crypto
import Daemon
import Foundation
import Gate
import HTTP
import Ingest
import Schema
import Store
import Synchronization
import TestSupport
import Testing
import Time

/// An aggregator's ingest on an empty store, with two organizations of two sites and two collectors
/// each, driven as collectors drive it: by signed requests.
final class IngestBench: Sendable {
    static let authority = "aggregator.example"
    static let start = Timestamp(microseconds: 1_767_225_600_000_000)

    let temporary: TemporaryStore
    let clock = ManualClock(at: IngestBench.start)
    let aggregator = SigningKey(from: RandomBytes())
    let directory = TestDirectory()
    let receiver: BatchReceiver
    let metrics: MetricRegistry

    var store: Store { temporary.store }

    convenience init(
        _ backend: Backend, options: BatchReceiverOptions = BatchReceiverOptions()
    ) async throws {
        try await self.init(try backend.makeStore(), options: options)
    }

    /// Takes over a store, also one that a bench has used before: its collectors are the same.
    init(
        _ temporary: TemporaryStore, options: BatchReceiverOptions = BatchReceiverOptions()
    ) async throws {
        self.temporary = temporary
        _ = try await Schema.migrator.up(temporary.store, at: Self.start)
        let gate = Gate(key: aggregator, authorities: [Self.authority], clock: clock.wall)
        metrics = MetricRegistry()
        let parts = BatchReceiver.Parts(
            gate: gate, directory: directory, store: temporary.store,
            metrics: IngestMetrics(metrics), log: Log(write: { _ in }))
        receiver = BatchReceiver(parts, options: options)
        for number in Int64(1)...4 {
            try await addCollector(number, organization: (number + 1) / 2)
        }
    }

    /// Collectors 1 and 2 serve sites 1 and 2 of organization 1, collectors 3 and 4 sites 3 and 4.
    private func addCollector(_ number: Int64, organization: Int64) async throws {
        let key = try SigningKey(rawBytes: Array(repeating: UInt8(number), count: 32))
        let id = try #require(CollectorID(bytes: Array(repeating: UInt8(number), count: 16)))
        let sites: [SiteID: Int64] = [
            Self.site(organization * 2 - 1): organization * 2 - 1,
            Self.site(organization * 2): organization * 2,
        ]
        directory.add(
            KnownCollector(
                identity: .init(number: number, id: id, organization: organization),
                key: key.verifyingKey, isRevoked: false, settings: 7, sites: sites), key)
        try await store.write { tx in
            let organizationID = Self.site(100 + organization).bytes
            try tx.run(
                SQL(
                    """
                    INSERT INTO organization (number, id, created_at_us) VALUES ($1, $2, 0)
                    ON CONFLICT DO NOTHING
                    """), .integer(organization), .bytes(organizationID))
            try tx.run(
                SQL(
                    """
                    INSERT INTO collector (number, organization, id, created_at_us)
                    VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING
                    """), .integer(number), .integer(organization), .bytes(id.bytes))
            for (site, number) in sites {
                try tx.run(
                    SQL(
                        """
                        INSERT INTO site (number, organization, id, created_at_us)
                        VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING
                        """), .integer(number), .integer(organization), .bytes(site.bytes))
            }
        }
    }

    /// A site's public id.
    static func site(_ number: Int64) -> SiteID {
        guard let id = SiteID(bytes: Array(repeating: 0, count: 15) + [UInt8(number)]) else {
            preconditionFailure("16 bytes are an id.")
        }
        return id
    }

    /// The edge of a collector, with a new epoch.
    func edge(_ number: Int64, seed: UInt64 = 1) -> TestEdge {
        TestEdge(directory.identity(number), key: directory.key(number), seed: seed)
    }

    /// Sends what an edge sealed, and reads the answer as a collector does.
    func send(_ batch: SealedBatch, from edge: TestEdge) async throws -> TestAnswer {
        try await send(body: batch.body, coding: "zstd", from: edge)
    }

    /// Sends any body, signed by the edge.
    func send(body: [UInt8], coding: String?, from edge: TestEdge) async throws -> TestAnswer {
        var headers: Headers = [
            "Host": Self.authority, "Content-Type": SealedBatch.mediaType,
        ]
        if let coding { headers.add("Content-Encoding", coding) }
        headers.add("Content-Digest", ContentDigest.field(for: body))
        let profile = MessageSignatureProfile(label: SignatureRule.label, tag: SignatureRule.tag)
        let signable = SignableRequest(
            method: "POST", authority: Self.authority, target: "/v1/batches", headers: headers)
        profile.sign(&headers, of: signable, with: edge.key, at: clock.wall.now())
        let request = Request(.post, "/v1/batches", headers: headers, body: body)
        let response = await receiver.receive(request)
        try profile.verify(
            response, to: SignableRequest(request), with: aggregator.verifyingKey)
        guard response.status == 200 else {
            let problem = try ProblemBody(json: response.body, status: response.status)
            return .problem(try #require(problem.problem))
        }
        return .receipt(try Receipt(json: response.body))
    }

    /// Numbers that a statement answers.
    func numbers(_ sql: SQL) async throws -> [Int64] {
        try await store.read { try $0.all(sql) { $0.integer(0) } }
    }
}

/// What a collector hears.
enum TestAnswer: Equatable {
    case receipt(Receipt)
    case problem(ProtocolProblem)

    var receipt: Receipt? {
        if case .receipt(let receipt) = self { receipt } else { nil }
    }

    var problem: ProtocolProblem? {
        if case .problem(let problem) = self { problem } else { nil }
    }
}

/// The collectors that a bench knows, and their secret keys.
final class TestDirectory: CollectorDirectory {
    private let known = Mutex<[Int64: (KnownCollector, SigningKey)]>([:])

    func add(_ collector: KnownCollector, _ key: SigningKey) {
        known.withLock { $0[collector.number] = (collector, key) }
    }

    func key(_ number: Int64) -> SigningKey { known.withLock { $0[number]! }.1 }

    func identity(_ number: Int64) -> KnownCollector { known.withLock { $0[number]! }.0 }

    func collector(ofKey fingerprint: String) async throws -> KnownCollector? {
        known.withLock { known in
            known.values.first { $0.0.key.fingerprint == fingerprint }?.0
        }
    }
}

/// A collector's own side: its epoch, its chain, and what it holds in one lane.
struct TestEdge {
    let collector: KnownCollector
    let key: SigningKey
    var epoch: EpochID
    var parent: BatchHeader.Parent?
    var lane = Lane.pageview
    var standing: BatchHeader.Standing
    var random: SeededRandom
    private(set) var chain: SHA256Digest
    private(set) var nextSeq: Int64 = 1

    init(_ collector: KnownCollector, key: SigningKey, seed: UInt64) {
        self.collector = collector
        self.key = key
        random = SeededRandom(seed: seed)
        epoch = EpochID(at: IngestBench.start, random: RandomBytes())
        chain = Chain.start(of: epoch)
        standing = BatchHeader.Standing(sentAt: IngestBench.start, shipper: "test/1")
    }

    /// Starts over with another epoch or from another place in this one.
    mutating func go(to seq: Int64, chain: SHA256Digest) {
        nextSeq = seq
        self.chain = chain
    }

    /// A new epoch that continues the one so far.
    mutating func fork(after lastSeq: Int64, chain: SHA256Digest) {
        var last = PerLane<Int64>(repeating: 0)
        last[lane] = lastSeq
        parent = BatchHeader.Parent(epoch: epoch, lastSeq: last)
        epoch = EpochID(at: IngestBench.start, random: RandomBytes())
        go(to: 1, chain: chain)
    }

    /// Seals the next batch; the edge goes on behind it.
    mutating func seal(_ parts: [TestPart]) throws -> SealedBatch {
        var writer = BatchWriter(lane: lane, firstSeq: nextSeq, chain: chain)
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
    mutating func seal(events: [TestEvent]) throws -> SealedBatch {
        try seal(events.map { .event($0.json) })
    }
}

/// A part of a batch, in order.
enum TestPart {
    case event(String)
    case gap(Int64, Gap.Reason)
}

/// An event as an edge writes it.
struct TestEvent {
    var id: String
    var site: Int64 = 1
    var type = "page_view"
    var credential = CredentialClass.siteKey
    /// Milliseconds after the bench's start.
    var receivedAt: Int64 = 0
    var data = "{}"

    /// Events `ev-<from>` and so on, a millisecond apart.
    static func some(_ count: Int, from first: Int = 1) -> [TestEvent] {
        (first..<first + count).map { TestEvent(id: "ev-\($0)", receivedAt: Int64($0)) }
    }

    var json: String {
        let time = (IngestBench.start + .milliseconds(receivedAt)).description
        return """
            {"id":"\(id)","type":"\(type)","site":"\(IngestBench.site(site))","source":"browser",\
            "class":"\(credential.rawValue)","occurred_at":"\(time)","received_at":"\(time)",\
            "clock_offset_ms":0,"data":\(data)}
            """
    }
}

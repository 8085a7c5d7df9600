package import ConveyProtocol
package import Crypto
package import Daemon
import Gate
import HTTP
package import Ingest
import Schema
package import Store
package import TestSupport
import Testing
package import Time

/// An aggregator's ingest on a store of its own, with two organizations as `BenchPlan` has them,
/// driven as collectors drive it: by signed requests.
package final class IngestBench: Sendable {
    static let authority = "aggregator.example"
    /// 2026-01-01T00:00:00Z: where the clock starts.
    package static let start = Timestamp(microseconds: 1_767_225_600_000_000)

    /// The store and its files.
    package let temporary: TemporaryStore
    /// What the receiver and everything behind it goes by.
    package let clock = ManualClock(at: IngestBench.start)
    /// The aggregator's own key.
    package let aggregator = SigningKey(from: RandomBytes())
    /// The collectors and their keys.
    package let directory = TestDirectory()
    /// What takes batches.
    package let receiver: BatchReceiver
    /// Where ingest counts.
    package let metrics: MetricRegistry

    /// The store.
    package var store: Store { temporary.store }

    /// A bench on an empty store.
    package convenience init(
        _ backend: Backend, options: BatchReceiverOptions = BatchReceiverOptions()
    ) async throws {
        try await self.init(
            try await backend.makeStore(migrated: Schema.migrator), options: options)
    }

    /// Takes over a store, also one that a bench has used before: its collectors are the same.
    package init(
        _ temporary: TemporaryStore, options: BatchReceiverOptions = BatchReceiverOptions()
    ) async throws {
        self.temporary = temporary
        let gate = Gate(key: aggregator, authorities: [Self.authority], clock: clock.wall)
        metrics = MetricRegistry()
        let parts = BatchReceiver.Parts(
            gate: gate, directory: directory, store: temporary.store,
            metrics: IngestMetrics(metrics), log: Log(write: { _ in }))
        receiver = BatchReceiver(parts, options: options)
        for (number, organization) in BenchPlan.collectors {
            try directory.add(collector: number, of: organization)
        }
        _ = try await Schema.migrator.up(temporary.store, at: Self.start)
        try await store.write { try BenchPlan.furnish($0) }
    }

    /// A site's public id.
    package static func site(_ number: Int64) -> SiteID { BenchPlan.site(number) }

    /// The edge of a collector, with a new epoch.
    package func edge(_ number: Int64, seed: UInt64 = 1) -> TestEdge {
        TestEdge(directory.identity(number), key: directory.key(number), seed: seed)
    }

    /// Sends what an edge sealed, and reads the answer as a collector does.
    package func send(_ batch: SealedBatch, from edge: TestEdge) async throws -> TestAnswer {
        try await send(body: batch.body, coding: "zstd", from: edge)
    }

    /// Sends any body, signed by the edge.
    package func send(
        body: [UInt8], coding: String?, from edge: TestEdge
    ) async throws -> TestAnswer {
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
    package func numbers(_ sql: SQL) async throws -> [Int64] {
        try await store.read { try $0.all(sql) { $0.integer(0) } }
    }
}

/// What a collector hears.
package enum TestAnswer: Equatable {
    /// The batch is stored.
    case receipt(Receipt)
    /// It was refused.
    case problem(ProtocolProblem)

    /// Nil where it was refused.
    package var receipt: Receipt? {
        if case .receipt(let receipt) = self { receipt } else { nil }
    }

    /// Nil where it was stored.
    package var problem: ProtocolProblem? {
        if case .problem(let problem) = self { problem } else { nil }
    }
}

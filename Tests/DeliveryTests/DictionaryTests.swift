import ConveyProtocol
import Crypto
import Foundation
import HTTP
import TestSupport
import Testing

@testable import Delivery

/// Goal: small batches go out with the dictionary exactly where the aggregator said that it knows it,
/// and nothing is lost where it does not after all. Method: a real buffer and sender against an
/// aggregator in memory that announces, refuses and forgets.
@Suite struct DictionaryTests {
    private func deliver(
        _ ids: [String], _ stage: DeliveryStage
    ) async {
        await stage.append(ids)
        await stage.drain()
    }

    @Test func isUsedOnceAReceiptAnnouncesIt() async throws {
        let stage = try await DeliveryStage()
        await deliver(["a"], stage)
        #expect(stage.aggregator.seen.used == ["zstd"])
        stage.aggregator.change {
            $0.announced = [SHA256Digest(of: [1]), BatchDictionary.digest]
            $0.codings = [.zstd, .dcz]
        }
        await deliver(["b"], stage)
        await deliver(["c"], stage)
        await deliver(stage.names("many", 21), stage)
        #expect(stage.aggregator.seen.used == ["zstd", "zstd", "dcz", "zstd"])
        stage.expectDelivered(["a", "b", "c"] + stage.names("many", 21))
    }

    @Test func isNotUsedWhereAnotherIsAnnounced() async throws {
        let stage = try await DeliveryStage()
        stage.aggregator.change { $0.announced = [SHA256Digest(of: [1])] }
        for id in ["a", "b", "c"] { await deliver([id], stage) }
        #expect(stage.aggregator.seen.used == ["zstd", "zstd", "zstd"])
    }

    /// As where two aggregators of different versions answer under one name.
    @Test func fallsBackWhereTheCodingIsRefusedAfterAll() async throws {
        let stage = try await DeliveryStage()
        await deliver(["a"], stage)
        stage.aggregator.change { $0.announced = [BatchDictionary.digest] }
        await deliver(["b"], stage)
        var requests = stage.aggregator.seen.requests
        await deliver(["c"], stage)
        #expect(stage.aggregator.seen.requests == requests + 2)
        requests = stage.aggregator.seen.requests
        await deliver(["d"], stage)
        #expect(stage.aggregator.seen.requests == requests + 1)
        #expect(stage.aggregator.seen.used == ["zstd", "zstd", "zstd", "zstd"])
        #expect(stage.status.trouble == nil)
        stage.expectDelivered(["a", "b", "c", "d"])
    }

    @Test func isForgottenWhenReceiptsNoLongerNameIt() async throws {
        let stage = try await DeliveryStage()
        stage.aggregator.change {
            $0.announced = [BatchDictionary.digest]
            $0.codings = [.zstd, .dcz]
        }
        await deliver(["a"], stage)
        await deliver(["b"], stage)
        stage.aggregator.change { $0.announced = [] }
        await deliver(["c"], stage)
        await deliver(["d"], stage)
        #expect(stage.aggregator.seen.used.suffix(3) == ["dcz", "dcz", "zstd"])
    }
}

import ConveyProtocol
import Crypto
import Foundation
import HTTP
import Settings
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// Goal: whoever holds a key of one organization learns nothing of another and leaves nothing there,
/// whatever ids of the other it knows.
///
/// Method: two organizations at the real aggregator, each with a forger who holds its collector's key.
@Suite(.inTurn, .timeLimit(.minutes(10))) struct TenantTests {
    private struct Tenant {
        let name: String
        let merchant: Merchant
        let forger: Forger
        var collector: CollectorID { forger.identity.collector }
        var site: String { merchant.shops[0].siteID }

        init(_ name: String, store: String, on stage: Stage) async throws {
            self.name = name
            merchant = try await Merchant.open(name, stores: [store], on: stage)
            forger = try Forger(merchant)
        }
    }

    private static func run(
        on backend: Backend, _ test: (Scene, Tenant, Tenant) async throws -> Void
    ) async throws {
        try await Scene.run(on: backend) { scene in
            try await test(
                scene, try await Tenant("First", store: "lamps", on: scene.stage),
                try await Tenant("Second", store: "chairs", on: scene.stage))
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func anEventForAnotherTenantsSiteIsADeadLetterOfItsSender(_ backend: Backend) async throws {
        try await Self.run(on: backend) { scene, first, second in
            var own = ForgedLane(first.collector)
            try await first.forger.receipt(
                for: own.seal([ForgedLane.event("shared-1", site: first.site)]))
            var lane = ForgedLane(second.collector)
            let batch = try lane.seal([
                ForgedLane.event("stolen-1", site: first.site),
                ForgedLane.event("own-1", site: second.site),
                ForgedLane.event("shared-1", site: second.site),
            ])
            let receipt = try await second.forger.receipt(for: batch)
            #expect(receipt.accepted == 2 && receipt.duplicate == 0)
            #expect(receipt.rejected.map(\.seq) == [1])
            #expect(receipt.rejected.first?.fault.code == .unknownSite)
            #expect(try await scene.events(of: "First") == ["shared-1"])
            #expect(try await Set(scene.events(of: "Second")) == ["own-1", "shared-1"])
            #expect(try await scene.deadLetters(of: "First").isEmpty)
            #expect(try await scene.deadLetters(of: "Second") == ["stolen-1": "unknown_site"])
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func anotherTenantsEpochIsNobodysToContinue(_ backend: Backend) async throws {
        try await Self.run(on: backend) { _, first, second in
            var own = ForgedLane(first.collector)
            let events = (1...5).map { ForgedLane.event("own-\($0)", site: first.site) }
            try await first.forger.receipt(for: own.seal(events))

            // Under the same epoch id: a ledger of its own, which knows nothing of the other.
            var same = ForgedLane(second.collector, epoch: own.epoch)
            let event = ForgedLane.event("mine-1", site: second.site)
            let receipt = try await second.forger.receipt(for: same.seal([event]))
            #expect(receipt.replayed == 0 && receipt.position.expectedSeq == 2)

            // As its parent: what the ledger holds of it is not told.
            var child = ForgedLane(second.collector)
            child.parent = .init(epoch: own.epoch, lastSeq: PerLane(repeating: 5))
            child.go(to: 6)
            let problem = try await second.forger.expectProblem(
                .ledgerBehind, for: second.forger.signed(child.seal([event]).body), "child")
            guard case .ledgerBehind(let place) = problem.problem else { return }
            #expect(place.expectedSeq == 1 && place.chain != own.chain)

            let next = try await first.forger.receipt(
                for: own.seal([ForgedLane.event("own-6", site: first.site)]))
            #expect(next.position.chainMatches && next.position.expectedSeq == 7)
            #expect(next.totals.accepted == 6)
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func anotherTenantsCollectorCannotBeSpokenFor(_ backend: Backend) async throws {
        try await Self.run(on: backend) { scene, first, second in
            var lane = ForgedLane(first.collector)
            let batch = try lane.seal([ForgedLane.event("forged-1", site: first.site)])
            try await second.forger.expectProblem(
                .collectorMismatch, for: second.forger.signed(batch.body), "another's header")
            #expect(try await scene.events(of: "First").isEmpty)
            #expect(try await scene.stage.rows(["dead-letters", "list", "--json"]).isEmpty)
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func ledgerAndSettingsTellOfTheirOwnTenantOnly(_ backend: Backend) async throws {
        try await Self.run(on: backend) { _, first, second in
            var lane = ForgedLane(first.collector)
            try await first.forger.receipt(
                for: lane.seal([ForgedLane.event("own-1", site: first.site)]))

            let (own, other) = (try await ledger(of: first), try await ledger(of: second))
            #expect(
                own.contains(first.collector.description) && own.contains(lane.epoch.description))
            #expect(!other.contains(first.collector.description))
            #expect(!other.contains(lane.epoch.description))

            let response = try await second.forger.answer(to: second.forger.settingsRequest())
            #expect(response.status == 200)
            let text = String(decoding: response.body, as: UTF8.self)
            #expect(text.contains(second.site))
            let shop = first.merchant.shops[0]
            let key = SHA256Digest(of: Array(shop.serverKey.utf8)).hex
            for secret in [first.site, shop.siteKey, key, first.collector.description, "lamps"] {
                #expect(!text.contains(secret), "the settings tell of \(secret)")
            }
        }
    }

    private func ledger(of tenant: Tenant) async throws -> String {
        let key = tenant.merchant.shops[0].serverKey
        let response = try await tenant.forger.client.send(
            ClientRequest(
                .get, tenant.forger.identity.aggregator, "/api/v1/ledger",
                headers: ["Authorization": "Bearer \(key)"]))
        #expect(response.status == 200)
        return String(decoding: response.body, as: UTF8.self)
    }
}

import Accounts
import Attribution
import ConveyProtocol
import Crypto
import Foundation
import Schema
import Store
import Tenancy
import TestSupport
import Testing

/// Goal: a conversion's credits are kept as they were reckoned, replaced as a whole, and seen by their
/// organization alone.
@Suite struct CreditTableTests {
    private static let euros = Currency("EUR")!

    private static func credits(_ letters: String, value: Int64 = 100_000_000) -> [Credit] {
        CreditReckoning().credits(
            for: CreditedConversion(
                at: Sample.day(10), value: Money(micros: value, currency: euros)),
            among: Sample.touches(letters, at: [1, 2, 3.5, 4]))
    }

    private struct Scene {
        let temporary: TemporaryStore
        let organizations: [Int64]

        func write<T: Sendable>(
            _ place: Int, _ body: @escaping @Sendable (CreditTable) throws -> T
        ) async throws -> T {
            let organization = organizations[place]
            return try await temporary.store.write {
                try body(CreditTable(TenantTransaction($0, organization: organization)))
            }
        }
    }

    private func scene(_ backend: Backend) async throws -> Scene {
        let temporary = try await backend.makeStore(migrated: Schema.migrator)
        var organizations: [Int64] = []
        for name in ["Acme", "Bolt"] {
            organizations.append(
                try await temporary.store.write {
                    try Accounts.add(
                        name: name, by: "test", at: Sample.start, random: RandomBytes(), in: $0
                    ).number
                })
        }
        return Scene(temporary: temporary, organizations: organizations)
    }

    @Test(arguments: Backend.all) func keepsWhatWasReckoned(_ backend: Backend) async throws {
        let scene = try await scene(backend)
        let credits = Self.credits("atrd")
        #expect(try await scene.write(0) { try $0.replace(credits, of: 7) })
        #expect(try await scene.write(0) { try $0.credits(of: 7) } == credits)
        #expect(try await scene.write(0) { try $0.credits(of: 8) }.isEmpty)
    }

    @Test(arguments: Backend.all) func replacesAllAndSaysWhetherAnythingDiffers(
        _ backend: Backend
    ) async throws {
        let scene = try await scene(backend)
        let (before, after) = (Self.credits("atrd"), Self.credits("ar", value: 5_000_000))
        _ = try await scene.write(0) { try $0.replace(before, of: 7) }
        #expect(try await !scene.write(0) { try $0.replace(before, of: 7) })
        #expect(try await scene.write(0) { try $0.replace(after, of: 7) })
        #expect(try await scene.write(0) { try $0.credits(of: 7) } == after)
        #expect(try await scene.write(0) { try $0.replace([], of: 7) })
        #expect(try await scene.write(0) { try $0.credits(of: 7) }.isEmpty)
        #expect(try await !scene.write(0) { try $0.replace([], of: 7) })
    }

    @Test(arguments: Backend.all) func showsNobodyAnothersCredits(
        _ backend: Backend
    ) async throws {
        let scene = try await scene(backend)
        let (own, others) = (Self.credits("a"), Self.credits("trd"))
        _ = try await scene.write(0) { try $0.replace(own, of: 7) }
        _ = try await scene.write(1) { try $0.replace(others, of: 7) }
        #expect(try await scene.write(0) { try $0.credits(of: 7) } == own)
        _ = try await scene.write(1) { try $0.replace([], of: 7) }
        #expect(try await scene.write(0) { try $0.credits(of: 7) } == own)
    }

    @Test func aVersionsTextNamesEachTouchWithItsCredits() throws {
        let json = Self.credits("ad", value: 0).json(in: Self.euros)
        let read = try #require(
            try JSONSerialization.jsonObject(with: Data(json)) as? [[String: Any]])
        #expect(read.count == 2)
        #expect(read[0]["kind"] as? String == "ad_click")
        let credits = try #require(read[0]["credits"] as? [String: [String: Any]])
        #expect(credits["last_touch"] == nil)
        #expect(credits["linear"]?["amount"] as? String == "0.00")
        #expect(credits["linear"]?["share_billionths"] as? Int == 1_000_000_000)
        #expect(Self.credits("ad").json(in: Self.euros) == Self.credits("ad").json(in: Self.euros))
    }
}

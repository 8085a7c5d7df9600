import ConveyProtocol
import Store
import Tenancy
import TestSupport
import Testing
import Timeline

/// Goal: who somebody is follows from what events share, as far as it can be told.
@Suite struct PersonTests {
    private static func click(_ value: String) -> ClickID { ClickID(.gclid, value) }

    /// A click, a cart, an order that only the cart's token ties to it, and the shop's word for it.
    private static let journey: [Fact] = [
        .sample("landing", at: 1) {
            $0.visitor = "v"
            $0.session = "s"
            $0.clicks = [click("abc")]
        },
        .sample("cart", at: 2) {
            $0.visitor = "v"
            $0.order = Fact.OrderReference()
            $0.order?.cartToken = "cart"
        },
        .sample("order", .webhook, at: 3) {
            $0.type = "purchase"
            $0.order = Fact.OrderReference(id: "1001", name: "1")
            $0.order?.cartToken = "cart"
            $0.email = "hash"
        },
    ]

    @Test(arguments: Backend.all) func aCartTokenTiesAnExpressCheckoutToItsClick(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        try await bench.record(Self.journey)
        let person = try await bench.person([FactKey(.orderID, "1001")])
        #expect(person.facts.map(\.name.id.description) == ["landing", "cart", "order"])
        #expect(person.keys.count == 6 && person.links.count == 5)
        let links = person.links.map { "\($0.first.kind) \($0.second.kind) \($0.evidence.id)" }
        #expect(
            links == [
                "visitor session landing", "visitor cartToken cart", "cartToken orderID order",
                "cartToken orderName order", "cartToken email order",
            ])
        #expect(try await bench.person([FactKey(.session, "s")]) == person)
        #expect(person.id == DerivedID("person", .integer(1), .integer(1), .text("v")))
    }

    @Test(arguments: Backend.all) func aClaimJoinsNobody(_ backend: Backend) async throws {
        let bench = try await TimelineBench(backend)
        let thief = Fact.sample("thief", at: 5) {
            $0.type = "purchase"
            $0.visitor = "thief"
            $0.order = Fact.OrderReference(id: "1001", name: "1")
        }
        try await bench.record(Self.journey + [thief])
        let person = try await bench.person([FactKey(.orderID, "1001")])
        #expect(!person.keys.contains(FactKey(.visitor, "thief")))
        #expect(try await bench.person([FactKey(.visitor, "thief")]).facts.count == 1)
        #expect(try await bench.person([FactKey(.claimedOrderID, "1001")]).id == nil)
        let anchor = try #require(OrderAnchor(site: 1, keys: [FactKey(.orderID, "1001")]))
        let parts = try await bench.read { try FactTable($0).facts(ofOrder: anchor) }
        #expect(parts.map(\.name.id.description) == ["order", "thief"])
    }

    @Test(arguments: Backend.all) func aClickIDJoinsNobody(_ backend: Backend) async throws {
        let bench = try await TimelineBench(backend)
        let shared = ["a", "b"].map { name in
            Fact.sample(name) {
                $0.visitor = name
                $0.clicks = [Self.click("forwarded")]
            }
        }
        try await bench.record(shared)
        #expect(
            try await bench.person([FactKey(.visitor, "a")]).facts.map(\.name) == [shared[0].name])
        let key = FactKey(Self.click("forwarded"))
        #expect(try await bench.read { try FactTable($0).facts(with: [key], site: 1) }.count == 2)
    }

    @Test(arguments: Backend.all) func sitesAndTenantsAreWalls(_ backend: Backend) async throws {
        let bench = try await TimelineBench(backend)
        @Sendable func fact(_ site: Int64) -> Fact {
            .sample("e", .serverKey, site: site) {
                $0.visitor = "v"
                $0.email = "hash"
            }
        }
        try await bench.record([fact(1), fact(2)])
        try await bench.record([fact(3)], organization: 2)
        let keys = [FactKey(.visitor, "v"), FactKey(.email, "hash")]
        var ids: Set<DerivedID?> = []
        for (organization, site) in [(Int64(1), Int64(1)), (1, 2), (2, 3)] {
            let person = try await bench.read(organization: organization) {
                try PersonFinder($0, site: site).person(from: keys)
            }
            #expect(person.facts.map(\.name.site) == [site])
            ids.insert(person.id)
        }
        #expect(ids.count == 3)
        // The right site, asked for in the name of another tenant.
        let stranger = try await bench.read(organization: 2) { tenant in
            (
                try PersonFinder(tenant, site: 1).person(from: keys),
                try FactTable(tenant).fact(named: fact(1).name),
                try FactTable(tenant).facts(with: keys, site: 1)
            )
        }
        #expect(stranger.0.facts.isEmpty && stranger.1 == nil && stranger.2.isEmpty)
    }

    @Test(arguments: Backend.all) func anotherValueWithTheSameDigestIsAnotherKey(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        try await bench.record([
            .sample("mine", .serverKey) {
                $0.visitor = "v"
                $0.email = "mine"
            },
            .sample("other", .serverKey) {
                $0.visitor = "w"
                $0.email = "other"
            },
        ])
        // As if the visitor of the other fact had the digest of this one's.
        let digest = FactKey(.visitor, "v").digest
        _ = try await bench.store.write { tx in
            try tx.run(
                SQL(
                    """
                    INSERT INTO fact_key (organization, site, digest, occurred_at_us, fact)
                    SELECT organization, site, $1, occurred_at_us, number FROM fact WHERE true
                    ON CONFLICT DO NOTHING
                    """), .integer(digest))
        }
        let person = try await bench.person([FactKey(.visitor, "v")])
        #expect(person.facts.map(\.name.id.description) == ["mine"])
        let found = try await bench.read {
            try FactTable($0).facts(with: [FactKey(.visitor, "v")], site: 1)
        }
        #expect(found.count == 1)
    }

    @Test(arguments: Backend.all) func aKioskIsNobodyAndItsLinksVanish(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        var limits = LinkLimits.standard
        limits.shared = [LinkLimits.Limit(.visitor, counted: .email, max: 2)]
        let facts = (1...3).map { number in
            Fact.sample("e\(number)", .serverKey, at: number) {
                $0.visitor = "kiosk"
                $0.email = "hash \(number)"
            }
        }
        try await bench.record(Array(facts[..<2]))
        let before = try await bench.person([FactKey(.email, "hash 1")], limits: limits)
        #expect(before.facts.count == 2 && before.disqualified.isEmpty)
        try await bench.record([facts[2]])
        let after = try await bench.person([FactKey(.email, "hash 1")], limits: limits)
        #expect(after.facts.map(\.name.id.description) == ["e1"] && after.links.isEmpty)
        let kiosk = FactKey(.visitor, "kiosk")
        #expect(after.disqualified == [Person.Disqualified(kiosk, .shared(.email), count: 3)])
        let nobody = try await bench.person([kiosk], limits: limits)
        #expect(nobody.id == nil && nobody.facts.isEmpty && nobody.disqualified.count == 1)
    }

    @Test(arguments: Backend.all) func aKeyOfTooManyFactsIsNotFollowed(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        var limits = LinkLimits.standard
        limits.factsMax = 3
        let facts = (1...4).map { number in
            Fact.sample("e\(number)", .serverKey, at: number) {
                $0.visitor = "v\(number)"
                $0.order = Fact.OrderReference(id: "1")
            }
        }
        let order = FactKey(.orderID, "1")
        try await bench.record(Array(facts[..<3]))
        #expect(try await bench.person([order], limits: limits).facts.count == 3)
        try await bench.record([facts[3]])
        let nobody = try await bench.person([order], limits: limits)
        #expect(nobody.id == nil)
        #expect(nobody.disqualified == [Person.Disqualified(order, .facts, count: 4)])
        #expect(try await bench.person([FactKey(.visitor, "v1")], limits: limits).facts.count == 1)
    }

    @Test(arguments: Backend.all) func ofAWebOfThousandsOnlyTheNearestAreOnePerson(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        var limits = LinkLimits.standard
        let chain = (1...12).map { number in
            Fact.sample("e\(number)", at: number) {
                $0.visitor = "v\(number / 2)"
                $0.session = "s\((number + 1) / 2)"
            }
        }
        try await bench.record(chain)
        let start = [FactKey(.visitor, "v1")]
        limits.personFactsMax = 12
        #expect(try await bench.person(start, limits: limits).facts.count == 12)
        limits.personFactsMax = 11
        let cut = try await bench.person(start, limits: limits)
        #expect(cut.facts.map(\.name.id.description) == ["e2", "e3"])
        #expect(cut.keys == start && cut.isCut)
    }
}

import ConveyProtocol
import Store
import Tenancy
import TestSupport
import Testing
import Time
import Timeline

/// Goal: each event that counts leaves its fact, whichever copies came in whatever order.
@Suite struct RecordingTests {
    private static func names(_ facts: [Fact]) -> [String] { facts.map(\.name.id.description) }

    private static func view(_ id: String, _ session: String, at seconds: Int) -> Fact {
        .sample(id, at: seconds) {
            $0.visitor = "v"
            $0.session = session
        }
    }

    @Test(arguments: Backend.all) func doneTwiceChangesNothing(_ backend: Backend) async throws {
        let bench = try await TimelineBench(backend)
        let facts = [
            Self.view("a", "s", at: 1),
            .sample("b", .webhook) { $0.order = Fact.OrderReference(id: "1") },
        ]
        let (first, second) = try await bench.store.write { tx in
            let placed = try TimelineBench.ingest(facts, 1, tx)
            let table = FactTable(TenantTransaction(tx, organization: 1))
            return (try table.record(placed), try table.record(placed))
        }
        #expect(Self.names(first.written) == ["a", "b"] && first.gone.isEmpty)
        #expect(second.isEmpty)
        #expect(first.sites == [1])
        let name = try #require(first.written.first?.name)
        #expect(try await bench.read { try FactTable($0).fact(named: name) } == first.written.first)
    }

    @Test(arguments: Backend.all) func leavesNothingOfWhatSaysNothing(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        let changes = try await bench.record([
            .sample("a"), .sample("b") { $0.visitor = "v" },
            .sample("c") {
                $0.page = Fact.Page(url: "https://a.example/", referrer: "https://A.example:80/x")
            },
            .sample("d") {
                $0.page = Fact.Page(url: "https://a.example/", referrer: "https://b.example")
            },
        ])
        #expect(Self.names(changes.written) == ["d"])
    }

    @Test(arguments: Backend.all) func theFirstPlainEventOfASessionStandsForTheVisit(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        let later = try await bench.record([
            Self.view("c", "s", at: 3), Self.view("d", "s", at: 4), Self.view("x", "t", at: 9),
        ])
        #expect(Self.names(later.written) == ["c", "x"])
        let earlier = try await bench.record([Self.view("b", "s", at: 3)])
        #expect(Self.names(earlier.written) == ["b"] && Self.names(earlier.gone) == ["c"])
        #expect(try await bench.record([Self.view("e", "s", at: 5)]).isEmpty)
        let person = try await bench.person([FactKey(.visitor, "v")])
        #expect(Self.names(person.facts) == ["b", "x"])
        #expect(person.facts.map(\.isVisit) == [true, true])
    }

    @Test(arguments: Backend.all) func anEarlierCopyReplacesWhatALaterOneSaid(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        @Sendable func copy(_ visitor: String?, receivedAt seconds: Int) -> Fact {
            .sample("e", .serverKey, at: 0) {
                $0.receivedAt = TimelineBench.start + .seconds(seconds)
                guard let visitor else { return }
                $0.visitor = visitor
                $0.email = "hash"
            }
        }
        try await bench.record([copy("late", receivedAt: 5)])
        #expect(try await bench.record([copy("later", receivedAt: 6)]).isEmpty)
        let replaced = try await bench.record([copy("early", receivedAt: 4)])
        #expect(replaced.written.map(\.visitor) == ["early"])
        #expect(replaced.gone.map(\.visitor) == ["late"])
        #expect(try await bench.person([FactKey(.visitor, "late")]).facts.isEmpty)
        #expect(try await bench.person([FactKey(.visitor, "early")]).facts.count == 1)
        let silenced = try await bench.record([copy(nil, receivedAt: 3)])
        #expect(silenced.written.isEmpty && silenced.gone.map(\.visitor) == ["early"])
        #expect(try await bench.person([FactKey(.email, "hash")]).facts.isEmpty)
        let rows = try await bench.store.read { tx in
            try tx.first(
                SQL("SELECT (SELECT count(*) FROM fact) + (SELECT count(*) FROM fact_key)")
            ) {
                $0.integer(0)
            }
        }
        #expect(rows == 0)
    }

    @Test(arguments: Backend.all) func aDisplacedCopyThatIsReadLateLeavesNothing(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        @Sendable func copy(_ visitor: String, receivedAt seconds: Int) -> Fact {
            .sample("e", .serverKey) {
                $0.receivedAt = TimelineBench.start + .seconds(seconds)
                $0.visitor = visitor
                $0.email = "hash"
            }
        }
        let changes = try await bench.store.write { tx in
            let late = try TimelineBench.ingest([copy("late", receivedAt: 5)], 1, tx)
            let early = try TimelineBench.ingest([copy("early", receivedAt: 4)], 1, tx)
            let table = FactTable(TenantTransaction(tx, organization: 1))
            return [try table.record(early), try table.record(late)]
        }
        #expect(changes.map { $0.written.map(\.visitor) } == [["early"], []])
        #expect(try await bench.person([FactKey(.email, "hash")]).facts.map(\.visitor) == ["early"])
    }

    @Test(arguments: Backend.all) func tellsWhenAClickWasFirstSeen(_ backend: Backend) async throws
    {
        let bench = try await TimelineBench(backend)
        let click = ClickID(.gbraid, "abc")
        try await bench.record(
            [7, 3, 5].map { seconds in
                .sample("e\(seconds)", at: seconds) { $0.clicks = [click] }
            })
        try await bench.record([.sample("e1", site: 2, at: 1) { $0.clicks = [click] }])
        let (key, unseen) = (FactKey(click), FactKey(ClickID(.gclid, "abc")))
        let sights = try await bench.read {
            try FactTable($0).firstSights(of: [key, unseen], site: 1)
        }
        #expect(sights == [key: TimelineBench.start + .seconds(3)])
    }

    @Test(arguments: Backend.all)
    func ofTooManyFactsOfAnOrderTheSameAreRead(_ backend: Backend) async throws {
        var limits = LinkLimits.standard
        limits.factsMax = 2
        let facts = [("a", 1), ("b", 2), ("c", 2), ("d", 2)].map { id, seconds in
            Fact.sample(id, .webhook, at: seconds) { $0.order = Fact.OrderReference(id: "1") }
        }
        let anchor = try #require(OrderAnchor(site: 1, keys: [FactKey(.orderID, "1")]))
        for order in [facts, facts.reversed()] {
            let bench = try await TimelineBench(backend)
            for fact in order { try await bench.record([fact]) }
            let read = try await bench.read { [limits] in
                try FactTable($0, limits: limits).facts(ofOrder: anchor)
            }
            #expect(Self.names(read) == ["a"])
        }
    }

    @Test(arguments: Backend.all)
    func aPurchaseThatNamesAnOrderByNowIsNoneOfItsOwn(_ backend: Backend) async throws {
        let bench = try await TimelineBench(backend)
        @Sendable func copy(_ order: String?, receivedAt seconds: Int) -> Fact {
            .sample("p", .serverKey) {
                $0.type = "purchase"
                $0.receivedAt = TimelineBench.start + .seconds(seconds)
                $0.order = order.map { Fact.OrderReference(id: $0) }
            }
        }
        try await bench.record([.sample("w", .webhook) { $0.order = .init(id: "1") }])
        try await bench.record([copy(nil, receivedAt: 2)])
        let unnamed = OrderAnchor(event: copy(nil, receivedAt: 2).name)
        let before = try await bench.read { try FactTable($0).facts(ofOrder: unnamed) }
        #expect(Self.names(before) == ["p"])
        try await bench.record([copy("1", receivedAt: 1)])
        #expect(try await bench.read { try FactTable($0).facts(ofOrder: unnamed) }.isEmpty)
        let named = try #require(OrderAnchor(site: 1, keys: [FactKey(.orderID, "1")]))
        let after = try await bench.read { try FactTable($0).facts(ofOrder: named) }
        #expect(Self.names(after) == ["p", "w"])
    }
}

import ConveyProtocol
import Store
import Tenancy
import TestSupport
import Testing
import Time
import Timeline

/// Goal: persons, orders and what changes about them do not depend on the order of arrival.
/// Method: small crowded worlds by seed, recorded in any order and batching, against one another and
/// against a model that sees all events at once. A failing case prints its seed.
@Suite struct PermutationTests {
    /// What can be asked of a site, without the places of events.
    private struct Answers: Equatable, Sendable {
        var persons: [FactKey: Person] = [:]
        var orders: [OrderAnchor: [Fact]] = [:]
    }

    private static func placeless(_ person: Person, site: Int64) -> Person {
        Person(
            site: site, facts: person.facts.map(\.placeless), keys: person.keys,
            disqualified: person.disqualified, isCut: person.isCut)
    }

    private static func answers(
        _ tenant: TenantTransaction, site: Int64, about world: World
    ) throws -> Answers {
        var answers = Answers()
        let finder = PersonFinder(tenant, site: site, limits: world.limits)
        for fact in world.counting where fact.name.site == site {
            for key in fact.keys where answers.persons[key] == nil {
                answers.persons[key] = placeless(try finder.person(from: [key]), site: site)
            }
            guard let anchor = OrderAnchor(of: fact) else { continue }
            answers.orders[anchor] = try FactTable(tenant, limits: world.limits)
                .facts(ofOrder: anchor).map(\.placeless)
        }
        return answers
    }

    @Test(arguments: Backend.all, [UInt64](1...25))
    func anyOrderGivesTheSameAnswers(_ backend: Backend, _ seed: UInt64) async throws {
        var world = World(seed: seed)
        var expected: [Answers]?
        for _ in 0..<3 {
            let bench = try await TimelineBench(backend)
            for batch in world.batches() { try await bench.record(batch) }
            let seen = world
            let found = try await bench.read { tenant in
                try [1, 2].map { try Self.answers(tenant, site: $0, about: seen) }
            }
            #expect(found[0].persons.count > 20, "seed \(seed)")
            #expect(expected ?? found == found, "seed \(seed)")
            expected = expected ?? found
        }
    }

    @Test(arguments: Backend.all, [UInt64](101...125))
    func findsWhatAModelFinds(_ backend: Backend, _ seed: UInt64) async throws {
        var world = World(seed: seed)
        let bench = try await TimelineBench(backend)
        for batch in world.batches() { try await bench.record(batch) }
        let model = Model(world.counting.filter { $0.name.site == 1 }, world.limits)
        for key in model.keys {
            let person = try await bench.person([key], limits: world.limits)
            let expected = model.person(from: key)
            #expect(Set(person.facts.map(\.name)) == expected.facts, "seed \(seed), \(key)")
            #expect(Set(person.keys) == expected.keys, "seed \(seed), \(key)")
            #expect(person.isCut || person.links.count == max(0, person.keys.count - 1))
        }
    }

    // MARK: What a change touches

    /// What is known of the order that a fact is part of.
    private struct Verdict: Equatable, Sendable {
        let parts: [Fact]
        let person: Person
        let sights: [FactKey: Timestamp]

        init(_ tenant: TenantTransaction, _ fact: Fact, _ limits: LinkLimits) throws {
            let site = fact.name.site
            let table = FactTable(tenant, limits: limits)
            guard let anchor = OrderAnchor(of: fact) else {
                preconditionFailure("Only parts of orders are judged.")
            }
            let parts = try table.facts(ofOrder: anchor)
            let trusted = parts.filter {
                $0.name.credential != .siteKey || $0.order?.checkoutToken != nil
            }
            let person = try PersonFinder(tenant, site: site, limits: limits)
                .person(from: (trusted.isEmpty ? parts : trusted).flatMap(\.keys))
            let clicks = (parts + person.facts).flatMap(\.clicks).map { FactKey($0) }
            self.parts = parts.map(\.placeless)
            // How far a key is over its limit changes nothing but this count.
            self.person = Person(
                site: site, facts: person.facts.map(\.placeless), keys: person.keys,
                isCut: person.isCut)
            sights = try table.firstSights(of: clicks, site: site)
        }
    }

    /// Judges anew what is said to be affected, and nothing else.
    private static func judge(
        _ verdicts: inout [Fact.Name: Verdict], after changes: FactChanges,
        _ tenant: TenantTransaction, _ limits: LinkLimits
    ) throws -> Int {
        for fact in changes.gone { verdicts[fact.name] = nil }
        var judged = 0
        for site in changes.sites {
            let finder = PersonFinder(tenant, site: site, limits: limits)
            for anchor in try finder.orders(affectedBy: changes) {
                let table = FactTable(tenant, limits: limits)
                for part in try table.facts(ofOrder: anchor) {
                    verdicts[part.name] = try Verdict(tenant, part, limits)
                    judged += 1
                }
            }
        }
        return judged
    }

    @Test(arguments: Backend.all, [UInt64](201...280))
    func whatIsNotSaidToBeAffectedIsNot(_ backend: Backend, _ seed: UInt64) async throws {
        var world = World(seed: seed, values: Int(6 + seed % 20))
        let bench = try await TimelineBench(backend)
        let limits = world.limits
        var verdicts: [Fact.Name: Verdict] = [:]
        for batch in world.batches() {
            let before = verdicts
            verdicts = try await bench.store.write { tx in
                let tenant = TenantTransaction(tx, organization: 1)
                let placed = try TimelineBench.ingest(batch, 1, tx)
                var verdicts = before
                let changes = try FactTable(tenant, limits: limits).record(placed)
                _ = try Self.judge(&verdicts, after: changes, tenant, limits)
                return verdicts
            }
        }
        let seen = world
        let expected = try await bench.read { tenant in
            var expected: [Fact.Name: Verdict] = [:]
            for event in seen.counting {
                guard let fact = try FactTable(tenant).fact(named: event.name),
                    OrderAnchor(of: fact) != nil
                else { continue }
                expected[fact.name] = try Verdict(tenant, fact, limits)
            }
            return expected
        }
        #expect(!expected.isEmpty)
        #expect(Set(verdicts.keys) == Set(expected.keys), "seed \(seed)")
        for (name, verdict) in expected {
            #expect(verdicts[name] == verdict, "seed \(seed), \(name)")
        }
    }

    @Test(arguments: Backend.all) func aStrangersOrderIsNotAffected(
        _ backend: Backend
    ) async throws {
        let bench = try await TimelineBench(backend)
        let orders = (1...3).map { number in
            Fact.sample("e\(number)", .webhook, at: number) {
                $0.type = "purchase"
                $0.order = Fact.OrderReference(id: "\(number)")
                $0.email = "hash \(number)"
            }
        }
        try await bench.record(orders)
        let visit = Fact.sample("visit", .serverKey, at: 9) {
            $0.visitor = "v"
            $0.email = "hash 2"
        }
        let anchors = try await bench.store.write { tx in
            let tenant = TenantTransaction(tx, organization: 1)
            let changes = try FactTable(tenant).record(try TimelineBench.ingest([visit], 1, tx))
            return try PersonFinder(tenant, site: 1).orders(affectedBy: changes)
        }
        #expect(
            anchors == [OrderAnchor(site: 1, keys: [FactKey(.orderID, "2")])].compactMap(\.self))
    }
}

/// Sees all facts at once, and follows keys until nothing new comes.
private struct Model {
    let facts: [(name: Fact.Name, keys: Set<FactKey>)]
    let limits: LinkLimits
    let qualified: Set<FactKey>

    var keys: [FactKey] { Set(facts.flatMap(\.keys)).sorted() }

    init(_ events: [Fact], _ limits: LinkLimits) {
        let visits = Dictionary(
            grouping: events.filter(\.isVisit), by: { "\($0.visitor ?? "") \($0.session ?? "")" })
        let first = Set(visits.values.compactMap { $0.min(by: Fact.isBefore)?.name })
        let kept = events.filter { $0.standing == .evidence || first.contains($0.name) }
        let facts = kept.map { (name: $0.name, keys: Set($0.keys)) }
        self.facts = facts
        self.limits = limits
        let all = Set(facts.flatMap(\.keys)).filter(\.joinsPersons)
        qualified = all.filter { key in
            let holders = facts.filter { $0.keys.contains(key) }
            let beside = Set(holders.flatMap(\.keys))
            return holders.count <= limits.factsMax
                && limits.shared.allSatisfy { limit in
                    limit.kind != key.kind
                        || beside.count { $0.kind == limit.counted } <= limit.max
                }
        }
    }

    func person(from start: FactKey) -> (facts: Set<Fact.Name>, keys: Set<FactKey>) {
        var keys = Set([start]).intersection(qualified)
        let near = (facts: names(keys), keys: keys)
        while true {
            let found = facts.filter { !$0.keys.isDisjoint(with: keys) }
            let next = Set(found.flatMap(\.keys)).intersection(qualified)
            if next == keys { break }
            keys = next
        }
        let all = names(keys)
        return all.count > limits.personFactsMax ? near : (all, keys)
    }

    private func names(_ keys: Set<FactKey>) -> Set<Fact.Name> {
        Set(facts.filter { !$0.keys.isDisjoint(with: keys) }.map(\.name))
    }
}

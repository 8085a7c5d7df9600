import ConveyProtocol
import Crypto
package import Store
package import Tenancy
package import Time

/// Records and finds the facts of one organization. Tables `fact`, `fact_key`: Timeline.
package struct FactTable {
    let tenant: TenantTransaction
    let limits: LinkLimits
    let memory: FactMemory?

    /// Works in one organization's transaction.
    /// - Parameter memory: of this transaction, for who reads much and records nothing.
    package init(
        _ tenant: TenantTransaction, limits: LinkLimits = .standard, memory: FactMemory? = nil
    ) {
        self.tenant = tenant
        self.limits = limits
        self.memory = memory
    }

    // MARK: Recording

    /// Records what a chunk's events say, as far as they are the copies that count; done twice, the
    /// second time changes nothing.
    ///
    /// In the same transaction ask `PersonFinder.orders(affectedBy:)`, once for each of the changes'
    /// sites, and keep its answer: what a change undid cannot be told later.
    /// - Parameter facts: of all events of one chunk that could be read, those without standing too.
    package func record(_ facts: [Fact]) throws(StoreFault) -> FactChanges {
        try record(facts.map { Candidate($0) })
    }

    /// The same for facts that were looked through before the transaction, which is the shorter for it.
    package func record(_ candidates: [Candidate]) throws(StoreFault) -> FactChanges {
        let counting = try counting(candidates)
        var reader = StoredFacts(tenant)
        let stored = try reader.named(counting.map(\.name))
        let visits = Dictionary(
            counting.compactMap { one in one.visit.map { ($0, one.name.site) } }
        ) { first, _ in first }
        let plan = FactPlan(
            counting, stored: stored,
            visits: try reader.visits(visits.map { ($0.value, $0.key) }))
        try remove(plan.gone)
        try add(plan.written)
        return FactChanges(written: plan.written.map(\.fact), gone: plan.gone.map(\.fact))
    }

    /// Those whose event counts: of other copies Ingest holds no row. Each name once.
    private func counting(_ candidates: [Candidate]) throws(StoreFault) -> [Candidate] {
        guard !candidates.isEmpty else { return [] }
        var places: Set<Fact.Place> = []
        for (chunk, own) in Dictionary(grouping: candidates, by: \.fact.place.chunk) {
            try tenant.runEach(
                Self.selectCounting, .constant(.integer(chunk)),
                .integers(own.map { Int64($0.fact.place.line) })
            ) { places.insert(Fact.Place(chunk: chunk, line: Int($0.integer(0)))) }
        }
        var names: Set<Fact.Name> = []
        return candidates.filter {
            places.contains($0.fact.place) && names.insert($0.name).inserted
        }
    }

    /// PostgreSQL takes columns as arrays, here and below. A chunk that is a value leads it to one week;
    /// chunks from an array would be looked for in all of them.
    private static let selectCounting = TenantSQL(
        sqlite: """
            SELECT line FROM ingest_event
            WHERE organization = $1 AND chunk = $2 AND line = $3
            """,
        postgres: """
            SELECT line FROM ingest_event
            WHERE organization = $1 AND chunk = $2 AND line = ANY ($3::bigint[])
            """)

    private func remove(_ facts: [StoredFact]) throws(StoreFault) {
        guard !facts.isEmpty else { return }
        var rows = KeyRows()
        for one in facts { rows.add(one.fact.keys, of: one.fact, number: one.number) }
        if !rows.digests.isEmpty {
            try tenant.runEach(
                Self.deleteKey, .integers(rows.sites), .integers(rows.digests),
                .integers(rows.times), .integers(rows.facts))
        }
        try tenant.runEach(Self.delete, .integers(facts.map(\.number)))
    }

    private static let deleteKey = TenantSQL(
        sqlite: """
            DELETE FROM fact_key WHERE organization = $1 AND site = $2 AND digest = $3
                AND occurred_at_us = $4 AND fact = $5
            """,
        postgres: """
            DELETE FROM fact_key k
            USING unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                AS u (site, digest, occurred_at_us, fact)
            WHERE k.organization = $1 AND k.site = u.site AND k.digest = u.digest
                AND k.occurred_at_us = u.occurred_at_us AND k.fact = u.fact
            """)
    private static let delete = TenantSQL(
        sqlite: "DELETE FROM fact WHERE organization = $1 AND number = $2",
        postgres: "DELETE FROM fact WHERE organization = $1 AND number = ANY ($2::bigint[])")

    private func add(_ candidates: [Candidate]) throws(StoreFault) {
        guard !candidates.isEmpty else { return }
        let facts = candidates.map(\.fact)
        var numbers: [Fact.Name: Int64] = [:]
        try tenant.runEach(
            Self.insert, .integers(facts.map(\.name.site)),
            .integers(facts.map { Int64($0.name.credential.number) }),
            .bytes(facts.map(\.name.id.packed)), .integers(facts.map(\.place.chunk)),
            .integers(facts.map { Int64($0.place.line) }), .texts(facts.map(\.type)),
            .integers(facts.map { Int64($0.source.number) }),
            .integers(facts.map(\.occurredAt.microseconds)),
            .integers(facts.map(\.receivedAt.microseconds)),
            .bytes(candidates.map { $0.visit?.bytes ?? [] }), .bytes(facts.map(FactWriter.body))
        ) { row in
            guard let credential = CredentialClass(number: Int(row.integer(2))),
                let id = EventID(packed: row.bytes(3))
            else { return }
            let name = Fact.Name(site: row.integer(1), credential: credential, id: id)
            numbers[name] = row.integer(0)
        }
        var rows = KeyRows()
        for candidate in candidates {
            guard let number = numbers[candidate.name] else {
                throw StoreFault("number a fact", kind: .corrupt)
            }
            rows.add(candidate.keys, of: candidate.fact, number: number)
        }
        guard !rows.digests.isEmpty else { return }
        try tenant.runEach(
            Self.insertKey, .integers(rows.sites), .integers(rows.digests),
            .integers(rows.times), .integers(rows.facts))
    }

    private static let insert = TenantSQL(
        sqlite: """
            INSERT INTO fact (organization, site, class, event_id, chunk, line, type, source,
                occurred_at_us, received_at_us, visit, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, x''), $12)
            RETURNING number, site, class, event_id
            """,
        postgres: """
            INSERT INTO fact (organization, site, class, event_id, chunk, line, type, source,
                occurred_at_us, received_at_us, visit, body)
            SELECT $1, site, class, event_id, chunk, line, type, source, occurred_at_us,
                received_at_us, nullif(visit, ''::bytea), body
            FROM unnest($2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[],
                $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bytea[],
                $12::bytea[])
                AS u (site, class, event_id, chunk, line, type, source, occurred_at_us,
                    received_at_us, visit, body)
            RETURNING number, site, class, event_id
            """)
    /// Two keys of one fact may share their digest.
    private static let insertKey = TenantSQL(
        sqlite: """
            INSERT INTO fact_key (organization, site, digest, occurred_at_us, fact)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
            """,
        postgres: """
            INSERT INTO fact_key (organization, site, digest, occurred_at_us, fact)
            SELECT $1, site, digest, occurred_at_us, fact
            FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                AS u (site, digest, occurred_at_us, fact)
            ON CONFLICT DO NOTHING
            """)

    // MARK: Finding

    /// The fact of an event; nil where it left none.
    package func fact(named name: Fact.Name) throws(StoreFault) -> Fact? {
        var reader = StoredFacts(tenant)
        return try reader.named([name]).first?.fact
    }

    /// A site's facts that hold at least one of these keys, by time and name. A key that more than
    /// `LinkLimits.factsMax` facts hold finds the earliest of them only.
    package func facts(with keys: [FactKey], site: Int64) throws(StoreFault) -> [Fact] {
        var graph = FactGraph(tenant, site: site, memory: memory)
        try graph.lookUp(
            keys, holdersMax: limits.factsMax, readsOverfull: true)
        var facts: [Int64: Fact] = [:]
        for key in keys {
            for number in graph.holders(of: key) { facts[number] = graph[number]?.fact }
        }
        return facts.values.sorted(by: Fact.isBefore)
    }

    /// When each key was first seen at a site, in any fact. A key that is in no fact, or in more than
    /// `LinkLimits.factsMax`, has none.
    package func firstSights(
        of keys: [FactKey], site: Int64
    ) throws(StoreFault) -> [FactKey: Timestamp] {
        var graph = FactGraph(tenant, site: site, memory: memory)
        try graph.lookUp(keys, holdersMax: limits.factsMax)
        var sights: [FactKey: Timestamp] = [:]
        for key in Set(keys) where !graph.isOverfull(key) {
            // Holders come by time.
            sights[key] = graph.holders(of: key).first.flatMap { graph[$0]?.fact.occurredAt }
        }
        return sights
    }
}

/// The index rows of facts, column by column.
private struct KeyRows: ~Copyable {
    private(set) var sites: [Int64] = []
    private(set) var digests: [Int64] = []
    private(set) var times: [Int64] = []
    private(set) var facts: [Int64] = []
    private let hasher = SHA256Hasher()

    mutating func add(_ keys: [FactKey], of fact: Fact, number: Int64) {
        for key in keys {
            sites.append(fact.name.site)
            digests.append(key.digest(hasher))
            times.append(fact.occurredAt.microseconds)
            facts.append(number)
        }
    }
}

import ConveyProtocol
import Store
import Tenancy
import Time

/// A fact with its row's number.
struct StoredFact: Sendable {
    let number: Int64
    let fact: Fact
}

/// A row of `fact` as it comes, before its body is read.
struct FactRow {
    let number: Int64
    let site: Int64
    let credential: Int64
    let eventID: [UInt8]
    let place: Fact.Place
    let type: String
    let source: Int64
    let occurredAt: Timestamp
    let receivedAt: Timestamp
    let body: [UInt8]

    init(_ row: Row) {
        number = row.integer(0)
        site = row.integer(1)
        credential = row.integer(2)
        eventID = row.bytes(3)
        place = Fact.Place(chunk: row.integer(4), line: Int(row.integer(5)))
        type = row.text(6)
        source = row.integer(7)
        occurredAt = row.timestamp(8)
        receivedAt = row.timestamp(9)
        body = row.bytes(10)
    }
}

/// Reads facts by what their rows hold. Table `fact`: Timeline.
struct StoredFacts: ~Copyable {
    let tenant: TenantTransaction
    private var reader = FactReader()

    init(_ tenant: TenantTransaction) { self.tenant = tenant }

    /// The facts of these numbers, in no order.
    mutating func numbered(_ numbers: [Int64]) throws(StoreFault) -> [StoredFact] {
        guard !numbers.isEmpty else { return [] }
        var rows: [FactRow] = []
        try tenant.runEach(Self.byNumber, .integers(numbers)) { rows.append(FactRow($0)) }
        return try facts(rows)
    }

    /// PostgreSQL takes columns as arrays, here and below. Each element is looked for by the key that it
    /// is of, whatever the planner believes of a table that nobody has counted yet: hence LATERAL and
    /// its limit.
    private static let byNumber = TenantSQL(
        sqlite: """
            SELECT number, site, class, event_id, chunk, line, type, source, occurred_at_us,
                received_at_us, body
            FROM fact WHERE organization = $1 AND number = $2
            """,
        postgres: """
            SELECT f.number, f.site, f.class, f.event_id, f.chunk, f.line, f.type, f.source,
                f.occurred_at_us, f.received_at_us, f.body
            FROM unnest($2::bigint[]) AS u (number) CROSS JOIN LATERAL (
                SELECT number, site, class, event_id, chunk, line, type, source, occurred_at_us,
                    received_at_us, body
                FROM fact WHERE organization = $1 AND number = u.number LIMIT 1) AS f
            """)

    /// The facts of these names, in no order.
    mutating func named(_ names: [Fact.Name]) throws(StoreFault) -> [StoredFact] {
        guard !names.isEmpty else { return [] }
        var rows: [FactRow] = []
        try tenant.runEach(
            Self.byName, .integers(names.map(\.site)),
            .integers(names.map { Int64($0.credential.number) }), .bytes(names.map(\.id.packed))
        ) { rows.append(FactRow($0)) }
        return try facts(rows)
    }

    private static let byName = TenantSQL(
        sqlite: """
            SELECT number, site, class, event_id, chunk, line, type, source, occurred_at_us,
                received_at_us, body
            FROM fact WHERE organization = $1 AND site = $2 AND class = $3 AND event_id = $4
            """,
        postgres: """
            SELECT f.number, f.site, f.class, f.event_id, f.chunk, f.line, f.type, f.source,
                f.occurred_at_us, f.received_at_us, f.body
            FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS u (site, class, event_id)
            CROSS JOIN LATERAL (
                SELECT number, site, class, event_id, chunk, line, type, source, occurred_at_us,
                    received_at_us, body
                FROM fact WHERE organization = $1 AND site = u.site AND class = u.class
                    AND event_id = u.event_id LIMIT 1) AS f
            """)

    /// The facts that stand for these visits, in no order.
    mutating func visits(
        _ visits: [(site: Int64, id: DerivedID)]
    ) throws(StoreFault) -> [StoredFact] {
        guard !visits.isEmpty else { return [] }
        var rows: [FactRow] = []
        try tenant.runEach(
            Self.byVisit, .integers(visits.map(\.site)), .bytes(visits.map(\.id.bytes))
        ) { rows.append(FactRow($0)) }
        return try facts(rows)
    }

    private static let byVisit = TenantSQL(
        sqlite: """
            SELECT number, site, class, event_id, chunk, line, type, source, occurred_at_us,
                received_at_us, body
            FROM fact WHERE organization = $1 AND site = $2 AND visit = $3
            """,
        postgres: """
            SELECT f.number, f.site, f.class, f.event_id, f.chunk, f.line, f.type, f.source,
                f.occurred_at_us, f.received_at_us, f.body
            FROM unnest($2::bigint[], $3::bytea[]) AS u (site, visit) CROSS JOIN LATERAL (
                SELECT number, site, class, event_id, chunk, line, type, source, occurred_at_us,
                    received_at_us, body
                FROM fact WHERE organization = $1 AND site = u.site AND visit = u.visit LIMIT 1
            ) AS f
            """)

    private mutating func facts(_ rows: [FactRow]) throws(StoreFault) -> [StoredFact] {
        var facts: [StoredFact] = []
        facts.reserveCapacity(rows.count)
        for row in rows {
            guard let fact = read(row) else { throw StoreFault("read a fact", kind: .corrupt) }
            facts.append(StoredFact(number: row.number, fact: fact))
        }
        return facts
    }

    private mutating func read(_ row: FactRow) -> Fact? {
        guard let credential = CredentialClass(number: Int(row.credential)),
            let source = EventSource(number: Int(row.source)),
            let id = EventID(packed: row.eventID)
        else { return nil }
        let name = Fact.Name(site: row.site, credential: credential, id: id)
        var fact = Fact(name, type: row.type, source: source, at: row.occurredAt)
        fact.place = row.place
        fact.receivedAt = row.receivedAt
        return reader.fill(&fact, body: row.body) ? fact : nil
    }
}

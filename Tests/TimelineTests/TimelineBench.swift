import ConveyProtocol
import Schema
import Store
import Tenancy
import TestSupport
import Time
import Timeline

/// A database with sites 1 and 2 of organization 1, site 3 of organization 2, and the rows that Ingest
/// would keep of the events that count.
final class TimelineBench: Sendable {
    static let start = Timestamp(microseconds: 1_767_225_600_000_000)
    let temporary: TemporaryStore

    var store: Store { temporary.store }

    init(_ backend: Backend) async throws {
        temporary = try await backend.makeStore(migrated: Schema.migrator)
        try await store.write { tx in
            for number in Int64(1)...2 { try Self.addOrganization(number, tx) }
            for (site, organization) in [(Int64(1), Int64(1)), (2, 1), (3, 2)] {
                try tx.run(
                    SQL(
                        "INSERT INTO site (number, organization, id, created_at_us) VALUES ($1, $2, $3, 0)"
                    ), .integer(site), .integer(organization),
                    .bytes(Array(repeating: UInt8(site), count: 16)))
            }
        }
    }

    private static func addOrganization(_ number: Int64, _ tx: Transaction) throws {
        let id = SQLValue.bytes(Array(repeating: UInt8(number), count: 16))
        try tx.run(
            SQL("INSERT INTO organization (number, id, created_at_us) VALUES ($1, $2, 0)"),
            .integer(number), id)
        try tx.run(
            SQL(
                "INSERT INTO collector (number, organization, id, created_at_us) VALUES ($1, $1, $2, 0)"
            ), .integer(number), id)
        try tx.run(
            SQL(
                """
                INSERT INTO ledger_epoch (number, organization, collector, epoch, shipper,
                    sent_at_us, clock_offset_ms, first_batch_at_us, last_batch_at_us)
                VALUES ($1, $1, $1, $2, 'test/1', 0, 0, 0, 0)
                """), .integer(number), id)
        try tx.run(
            SQL(
                """
                INSERT INTO ledger_lane (organization, epoch, lane, expected_seq, accepted,
                    duplicate, rejected, gaps, assigned, pending_from_us)
                VALUES ($1, $1, 0, 1, 0, 0, 0, 0, 0, 0)
                """), .integer(number))
    }

    /// Keeps rows as Ingest does: the copy that was received first counts, whatever came before.
    /// - Returns: the facts with their places.
    static func ingest(
        _ facts: [Fact], _ organization: Int64, _ tx: Transaction
    ) throws -> [Fact] {
        let chunk = try tx.first(
            insertChunk, .integer(organization), .integer(Int64(facts.count)), .bytes([0]),
            make: { $0.integer(0) })
        var placed: [Fact] = []
        for (line, fact) in facts.enumerated() {
            var fact = fact
            fact.place = Fact.Place(chunk: chunk ?? 0, line: line)
            placed.append(fact)
            try count(fact, organization, tx)
        }
        return placed
    }

    /// PostgreSQL's chunks are numbered by the day and a sequence.
    private static let insertChunk = SQL(
        sqlite: """
            INSERT INTO chunk (organization, epoch, lane, stored_at_us, lines, has_header, body)
            VALUES ($1, $1, 0, 0, $2, 0, $3) RETURNING number
            """,
        postgres: """
            INSERT INTO chunk (number, organization, epoch, lane, stored_at_us, lines, has_header,
                body)
            VALUES (nextval('chunk_number'), $1, $1, 0, 0, $2, 0, $3) RETURNING number
            """)

    private static func count(_ fact: Fact, _ organization: Int64, _ tx: Transaction) throws {
        let name: [SQLValue] = [
            .integer(organization), .integer(fact.name.site),
            .integer(Int64(fact.name.credential.number)), .bytes(fact.name.id.packed),
        ]
        let place: [SQLValue] = [.integer(fact.place.chunk), .integer(Int64(fact.place.line))]
        var counted: (Int64, Int64, Int64)?
        try tx.each(
            SQL(
                """
                SELECT received_at_us, chunk, line FROM event_seen
                WHERE organization = $1 AND site = $2 AND class = $3 AND id = $4
                """), values: name
        ) { row in
            counted = (row.integer(0), row.integer(1), row.integer(2))
            return false
        }
        if let counted {
            guard fact.receivedAt.microseconds < counted.0 else { return }
            try tx.run(
                SQL("DELETE FROM event WHERE organization = $1 AND chunk = $2 AND line = $3"),
                .integer(organization), .integer(counted.1), .integer(counted.2))
        }
        try tx.run(
            SQL(
                """
                INSERT INTO event_seen (organization, site, class, id, received_at_us, chunk, line)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (organization, site, class, id)
                DO UPDATE SET received_at_us = $5, chunk = $6, line = $7
                """), values: name + [.timestamp(fact.receivedAt)] + place)
        try tx.run(
            SQL(
                """
                INSERT INTO event (organization, site, class, chunk, line, type, source, seq,
                    occurred_at_us, received_at_us)
                VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9)
                """),
            values: Array(name.dropLast()) + place + [
                .text(fact.type), .integer(Int64(fact.source.number)), .timestamp(fact.occurredAt),
                .timestamp(fact.receivedAt),
            ])
    }

    /// Stores and records one chunk.
    @discardableResult
    func record(_ facts: [Fact], organization: Int64 = 1) async throws -> FactChanges {
        try await store.write { tx in
            let placed = try Self.ingest(facts, organization, tx)
            return try FactTable(TenantTransaction(tx, organization: organization)).record(placed)
        }
    }

    func read<T: Sendable>(
        organization: Int64 = 1, _ body: @escaping @Sendable (TenantTransaction) throws -> T
    ) async throws -> T {
        try await store.read { try body(TenantTransaction($0, organization: organization)) }
    }

    func person(
        _ keys: [FactKey], site: Int64 = 1, limits: LinkLimits = .standard
    ) async throws -> Person {
        try await read { try PersonFinder($0, site: site, limits: limits).person(from: keys) }
    }
}

extension Fact {
    /// A fact of site 1, so many seconds after the bench's start.
    static func sample(
        _ id: String, _ credential: CredentialClass = .siteKey, at seconds: Int = 0,
        _ change: (inout Fact) -> Void = { _ in }
    ) -> Fact {
        sample(id, credential, site: 1, at: seconds, change)
    }

    static func sample(
        _ id: String, _ credential: CredentialClass = .siteKey, site: Int64, at seconds: Int = 0,
        _ change: (inout Fact) -> Void = { _ in }
    ) -> Fact {
        guard let eventID = EventID(id) else { preconditionFailure("A test's id is one.") }
        let name = Name(site: site, credential: credential, id: eventID)
        var fact = Fact(
            name, type: "page_view", source: credential == .siteKey ? .browser : .shopify,
            at: TimelineBench.start + .seconds(seconds))
        change(&fact)
        return fact
    }

    /// The same without the place of its event.
    var placeless: Fact {
        var fact = self
        fact.place = Place(chunk: 0, line: 0)
        return fact
    }

    var email: String? {
        get { user?.email }
        set {
            user = user ?? UserHashes()
            user?.email = newValue
        }
    }
}

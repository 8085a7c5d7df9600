import Schema
import Store
import TestSupport
import Testing
import Time

/// Goal: each index serves a question that is asked. Method: the plans that both databases make for the
/// statements of a working day, against the catalogue. Unique indexes serve a rule besides. Where tables
/// are small two indexes may do as well: one that either database uses is no waste in the other.
@Suite(.timeLimit(.minutes(5))) struct IndexUseTests {
    /// Indexes that no statement uses yet, and what they wait for.
    private static let waiting: [String: String] = [
        "event_by_time": "a site's events by time: the dashboard's lists",
        "conversion_by_person": "a person's conversions: the dashboard's page of one",
        "conversion_by_time": "a site's conversions by time: the dashboard's lists and reports",
    ]

    @Test(arguments: Backend.all)
    func everyIndexHasAQuestion(_ backend: Backend) async throws {
        var plans: [String] = []
        for one in Backend.all { plans += try await Workday.statements(on: one).flatMap(\.plan) }
        let temporary = try await backend.makeStore(migrated: Schema.migrator)
        let indexes = try await temporary.store.read { tx in
            try tx.all(Self.select) { (name: $0.text(0), part: $0.text(1)) }
        }
        #expect(indexes.count > 15)
        let used = Set(plans.flatMap(Self.indexes))
        let unused = Dictionary(grouping: indexes, by: \.name).filter { _, parts in
            !parts.contains { used.contains($0.part) }
        }
        for name in unused.keys.sorted() {
            #expect(Self.waiting[name] != nil, "\(backend): \(name)")
        }
    }

    /// The names of indexes in a line of a plan.
    private static func indexes(_ line: String) -> [String] {
        line.matches(
            of: #/(?:using|INDEX|Bitmap Index Scan on) (\w+)/#
        ).map { String($0.output.1) }
    }

    /// Indexes that are not unique; with PostgreSQL each with its parts in the partitions, and itself.
    private static let select = SQL(
        sqlite: """
            SELECT name, name FROM sqlite_schema
            WHERE type = 'index' AND sql LIKE 'CREATE INDEX%'
            """,
        postgres: """
            SELECT CAST(c.relname AS TEXT), CAST(c.relname AS TEXT)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE NOT i.indisunique AND NOT c.relispartition
                AND c.relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT CAST(c.relname AS TEXT), CAST(p.relname AS TEXT)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_inherits h ON h.inhparent = c.oid JOIN pg_class p ON p.oid = h.inhrelid
            WHERE NOT i.indisunique AND c.relnamespace = 'public'::regnamespace
            """)
}

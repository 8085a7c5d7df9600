import Schema
import Store
import TestSupport
import Testing
import Time
import Transfer

/// A database of either kind at the newest schema, gone with the last reference.
final class Place: Sendable {
    static let now = Timestamp(microseconds: 1_767_225_600_000_000)

    let temporary: TemporaryStore
    var store: Store { temporary.store }

    init(_ backend: Backend) async throws {
        temporary = try await backend.makeStore(migrated: Schema.migrator)
    }

    /// Every table that is moved, those that others point to before them.
    static let tables = Schema.tables.map(\.name).filter {
        !["schema_migration", "transfer_state"].contains($0)
    }

    /// What stands in every table, a text for each row, sorted: read without the rooms under test.
    func contents() async throws -> [String: [String]] {
        try await store.read { transaction in
            var contents: [String: [String]] = [:]
            for name in Self.tables {
                let table = try transaction.table(named: name)
                var rows: [String] = []
                try transaction.eachRow(of: table) { row in
                    let values = table.columns.enumerated().map {
                        "\($0.element.name)=\(row.value($0.offset, $0.element.kind))"
                    }
                    rows.append(values.joined(separator: " "))
                }
                contents[name] = rows.sorted()
            }
            return contents
        }
    }

    /// Writes an export of the whole database to a file in its own folder.
    func export(
        _ name: String = "a.convey", isFinal: Bool = false, books: String = "{}",
        told: @escaping @Sendable (TransferredTable) -> Void = { _ in }
    ) async throws -> String {
        let path = temporary.directory.file(name)
        let head = ExportHead(
            schema: Int64(Schema.migrations.count), isFinal: isFinal, madeAt: Self.now,
            sealingKey: "key")
        _ = try await Exporter(store, tables: Self.tables)
            .export(head, to: path, balance: { _ in books }, told: told)
        return path
    }

    /// Fills the database from an export.
    func `import`(_ path: String, books: String = "{}") async throws {
        let importer = Importer(try ImportSource(path), into: store, tables: Self.tables)
        _ = try await importer.run(at: Self.now, books: { _ in books }, told: { _ in })
    }
}

/// Rows that try what a move could get wrong: numbers and bytes of every size, texts with every character
/// that JSON escapes, nulls, gaps in what is numbered.
struct Furniture {
    var random: SeededRandom

    /// Texts of every kind. PostgreSQL knows no text with a character 0; nor do our tables.
    static let texts = [
        "plain", "\"quoted\" \\ and\nnew lines\r\t", "\u{1}\u{1f}\u{7f}", "é ß 漢字 🛍️ \u{202e}",
        " ", "'; DROP TABLE site; --",
    ]

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    mutating func fill(_ place: Place, sites: Int, chunks: Int) async throws {
        let ids = (0..<sites + 2).map { _ in bytes(16) }
        let bodies = (0..<chunks).map { _ in bytes(Int.random(in: 0...40_000, using: &random)) }
        let large = bytes(3_000_000)
        let touches = (0..<chunks * 100).map { _ in bytes(16) }
        try await place.store.write { tx in
            try tx.run(Self.organization, .bytes(ids[0]), .integer(.max - 1))
            try tx.run(Self.collector, .bytes(ids[1]))
            for number in 1...sites {
                try tx.run(Self.site, .integer(Int64(number * 7)), .bytes(ids[number + 1]))
            }
            for text in Self.texts { try tx.run(Self.audit, .text(text), .bytes(Self.digest)) }
            try tx.run(Self.epoch, .bytes(ids[0]), .null)
            try tx.run(Self.epoch, .bytes(ids[1]), .bytes(ids[0]))
            try tx.run(Self.lane)
            for (number, body) in (bodies + [large, []]).enumerated() {
                try tx.run(Self.chunk, .integer(Int64(number + 1)), .bytes(body))
                try tx.run(Self.event, .integer(Int64(number + 1)))
            }
            for touch in touches { try tx.run(Self.credit, .bytes(touch)) }
            for text in Self.texts { try tx.run(Self.host, .text(text)) }
            // The highest numbers are gone, and must not come again.
            try tx.run(Self.forgetAudit)
        }
    }

    private static let digest = [UInt8](repeating: 200, count: 32)

    private static let organization = SQL(
        "INSERT INTO organization (number, id, created_at_us) VALUES (3, $1, $2)")
    private static let collector = SQL(
        "INSERT INTO collector (number, organization, id, created_at_us) VALUES (5, 3, $1, -4)")
    private static let site = SQL(
        "INSERT INTO site (number, organization, id, created_at_us) VALUES ($1, 3, $2, 0)")
    private static let audit = SQL(
        """
        INSERT INTO audit_entry (organization, at_us, actor, action, subject, digest)
        VALUES (3, -9223372036854775807, $1, 'x', '', $2)
        """)
    private static let epoch = SQL(
        """
        INSERT INTO ledger_epoch (organization, collector, epoch, parent, shipper, sent_at_us,
            clock_offset_ms, first_batch_at_us, last_batch_at_us)
        VALUES (3, 5, $1, $2, 'test', 1, -2, 3, 4)
        """)
    private static let lane = SQL(
        """
        INSERT INTO ledger_lane (organization, epoch, lane, parent_last_seq, expected_seq,
            chain_start, chain, accepted, duplicate, rejected, gaps, assigned, pending_from_us)
        VALUES (3, 1, 0, NULL, 1, NULL, NULL, 0, 0, 0, 0, 0, 0)
        """)
    private static let chunk = SQL(
        """
        INSERT INTO chunk (number, organization, epoch, lane, stored_at_us, lines, has_header, body)
        VALUES ($1, 3, 1, 0, 9, 1, 0, $2)
        """)
    private static let event = SQL(
        """
        INSERT INTO event (organization, chunk, line, site, type, source, class, seq,
            occurred_at_us, received_at_us)
        VALUES (3, $1, 0, 7, 'purchase', 1, 2, 1, 1, 1)
        """)
    private static let host = SQL(
        "INSERT INTO site_link_host (organization, host) VALUES (3, $1)")
    private static let credit = SQL(
        """
        INSERT INTO credit (organization, conversion, touch, at_us, kind, channel, source, medium,
            campaign, last_touch_micros, last_touch_billionths, last_non_direct_micros,
            last_non_direct_billionths, last_ad_click_micros, last_ad_click_billionths,
            first_touch_micros, first_touch_billionths, linear_micros, linear_billionths,
            position_based_micros, position_based_billionths, time_decay_micros,
            time_decay_billionths)
        VALUES (3, 4, $1, 5, 'direct', '', '', '', '', 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0)
        """)
    private static let forgetAudit = SQL("DELETE FROM audit_entry WHERE number > 4")
}

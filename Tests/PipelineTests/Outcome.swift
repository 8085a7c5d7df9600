import AggregatorBench
import ConveyProtocol
import Foundation
import Store
import Tenancy
import Time

/// What came of a world, as lines of text that neither processing times nor version numbers are in:
/// conversions in force, their credits, merged orders, and what each destination is to be sent.
struct Outcome: Equatable, Sendable {
    private(set) var lines: [String]

    /// - Parameter uploads: whether uploads are looked at.
    init(_ bench: PipelineBench, uploads: Bool) async throws {
        lines = []
        for organization in Int64(1)...2 {
            lines += try await bench.read(organization) { tenant in
                try Self.conversions(tenant) + Self.credits(tenant) + Self.orders(tenant)
                    + (uploads ? Self.uploads(tenant) : [])
            }.map { "\(organization) \($0)" }
        }
        lines.sort()
    }

    /// What only one of two has.
    func difference(from other: Outcome) -> [String] {
        lines.filter { !other.lines.contains($0) }.map { "+ \($0)" }
            + other.lines.filter { !lines.contains($0) }.map { "- \($0)" }
    }

    /// Bytes as digits; none for null.
    private static func hex(_ row: Row, _ column: Int) -> String {
        row.bytes(column).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    private static func conversions(_ tenant: TenantTransaction) throws -> [String] {
        try tenant.all(selectConversions) { row in
            let parts = [
                "conversion", hex(row, 0), "of \(row.integer(1))", row.text(2), row.text(3),
                row.text(4), row.optionalText(5) ?? "-", "\(row.integer(6)) \(row.text(7))",
                row.text(8), "at \(row.timestamp(9))",
                row.optionalTimestamp(10) == nil ? "unsettled" : "settled",
                "person \(hex(row, 11))", "claim \(row.integer(12))", row.text(13),
            ]
            return parts.joined(separator: " ")
        }
    }

    private static let selectConversions = TenantSQL(
        """
        SELECT id, site, assignment, identity, status, reason, value_micros, currency, consent,
            occurred_at_us, settled_at_us, person, is_claim, credits
        FROM conversions_current WHERE organization = $1 AND retired_at_us IS NULL
        """)

    private static func credits(_ tenant: TenantTransaction) throws -> [String] {
        try tenant.all(selectCredits) { row in
            (["credit", hex(row, 0), hex(row, 1), "\(row.timestamp(2))"]
                + (3...7).map(row.text)
                + (8...21).map { "\(row.integer($0))" }).joined(separator: " ")
        }
    }

    private static let selectCredits = TenantSQL(
        """
        SELECT v.id, c.touch, c.at_us, c.kind, c.channel, c.source, c.medium, c.campaign,
            c.last_touch_micros, c.last_touch_billionths, c.last_non_direct_micros,
            c.last_non_direct_billionths, c.last_ad_click_micros, c.last_ad_click_billionths,
            c.first_touch_micros, c.first_touch_billionths, c.linear_micros, c.linear_billionths,
            c.position_based_micros, c.position_based_billionths, c.time_decay_micros,
            c.time_decay_billionths
        FROM credit c JOIN conversion v
            ON v.organization = c.organization AND v.number = c.conversion
        WHERE c.organization = $1
        """)

    private static func orders(_ tenant: TenantTransaction) throws -> [String] {
        try tenant.all(selectOrders) { row in
            let parts = [
                "order", "of \(row.integer(0))", row.text(1), row.optionalText(2) ?? "-",
                row.optionalText(3) ?? "-", row.text(4), "\(row.integer(5))", row.text(6),
            ]
            return parts.joined(separator: " ")
        }
    }

    private static let selectOrders = TenantSQL(
        """
        SELECT site, identity, order_id, order_name, state, is_claim, body FROM merged_order
        WHERE organization = $1
        """)

    /// The newest version of each.
    private static func uploads(_ tenant: TenantTransaction) throws -> [String] {
        try tenant.all(selectUploads) { row in
            let wish = try? plain(row.text(6))
            let parts = [
                "upload", hex(row, 0), "to \(row.text(1))", row.text(2), row.optionalText(3) ?? "-",
                "\(row.integer(4))", row.optionalText(5) ?? "-", wish ?? "unreadable",
            ]
            return parts.joined(separator: " ")
        }
    }

    private static let selectUploads = TenantSQL(
        """
        SELECT c.id, d.name, u.state, u.code, u.value_micros, u.content, u.wish
        FROM upload u
        JOIN destination d ON d.organization = u.organization AND d.number = u.destination
        LEFT JOIN conversion c ON c.organization = u.organization AND c.number = u.conversion
        WHERE u.organization = $1 AND u.version = (
            SELECT max(n.version) FROM upload n WHERE n.organization = u.organization
                AND n.destination = u.destination AND n.conversion = u.conversion)
        """)

    /// The wish without numbers, version and the time of settling.
    private static func plain(_ wish: String) throws -> String {
        guard
            var object = try JSONSerialization.jsonObject(with: Data(wish.utf8)) as? [String: Any],
            var subject = object["subject"] as? [String: Any]
        else { return wish }
        subject["version"] = nil
        subject["conversion"] = nil
        object["subject"] = subject
        object["settledAt"] = nil
        let data = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        return String(decoding: data, as: UTF8.self)
    }
}

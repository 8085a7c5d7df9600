import Accounts
import ConveyProtocol
import Ingest
import JSON
import Sites
import Store
import Tenancy
import Time

/// The balance for a person and for a script.
struct BalanceText {
    let sheet: BalanceSheet
    /// The public ids of collectors, by their short numbers.
    let collectors: [Int64: String]

    /// One JSON object: sums over all lanes, then each lane.
    var json: String {
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            writer.key("balanced")
            writer.bool(sheet.isBalanced)
            for (name, value) in sums {
                writer.key(name)
                writer.integer(value)
            }
            writer.key("lanes")
            writer.array { writer in for lane in sheet.lanes { write(lane, &writer) } }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// One row a lane, then the sums and what needs a person.
    var table: String {
        let rows = sheet.lanes.map { lane in
            [
                collectors[lane.collector] ?? "\(lane.collector)",
                String(lane.epoch.description.suffix(12)), lane.lane.rawValue,
                "\(lane.assigned)", "\(lane.accepted)", "\(lane.duplicate)",
                Self.reasons(lane.rejected), Self.reasons(lane.gaps), "\(lane.pending)",
                "\(lane.moved)", "\(lane.difference)",
            ]
        }
        let columns = [
            "collector", "epoch", "lane", "assigned", "accepted", "duplicate", "rejected", "gaps",
            "pending", "moved", "difference",
        ]
        let findings = sheet.lanes.flatMap { lane in
            lane.findings.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                "\(lane.lane.rawValue): \($0.key.rawValue), \($0.value) times. \($0.key.remedy)"
            }
        }
        let verdict =
            sheet.isBalanced
            ? "The books balance: every number has one outcome, every event that counts is stored."
            : "THE BOOKS DO NOT BALANCE. Keep the database as it is and report this."
        return ([Listing(columns, rows).table] + findings + [verdict]).joined(separator: "\n")
    }

    private var sums: [(StaticString, Int64)] {
        func sum(_ value: (LaneBalance) -> Int64) -> Int64 {
            sheet.lanes.reduce(0) { $0 + value($1) }
        }
        return [
            ("assigned", sum { $0.assigned }), ("accepted", sum { $0.accepted }),
            ("duplicate", sum { $0.duplicate }),
            ("rejected", sum { $0.rejected.values.reduce(0, +) }),
            ("gaps", sum { $0.gaps.values.reduce(0, +) }), ("pending", sum { $0.pending }),
            ("moved", sum { $0.moved }), ("events", sheet.events),
            ("replayed", sheet.replayed), ("expired", sheet.expired),
            ("difference", sum { $0.difference }),
            ("event_difference", sheet.eventDifference),
        ]
    }

    private func write(_ lane: LaneBalance, _ writer: inout JSONWriter) {
        writer.object { writer in
            for (name, text) in [
                ("collector", collectors[lane.collector] ?? "\(lane.collector)"),
                ("epoch", lane.epoch.description), ("lane", lane.lane.rawValue),
                ("pending_from", lane.pendingFrom.description),
            ] as [(StaticString, String)] {
                writer.key(name)
                writer.string(text)
            }
            for (name, value) in [
                ("assigned", lane.assigned), ("accepted", lane.accepted),
                ("duplicate", lane.duplicate), ("pending", lane.pending), ("moved", lane.moved),
                ("difference", lane.difference),
            ] as [(StaticString, Int64)] {
                writer.key(name)
                writer.integer(value)
            }
            for (name, reasons) in [
                ("rejected", lane.rejected), ("gaps", lane.gaps), ("refused", lane.refused),
                (
                    "findings",
                    Dictionary(
                        uniqueKeysWithValues: lane.findings.map { ($0.key.rawValue, $0.value) })
                ),
            ] as [(StaticString, [String: Int64])] {
                writer.key(name)
                writer.object { writer in
                    for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
                        writer.key(reason)
                        writer.integer(count)
                    }
                }
            }
        }
    }

    private static func reasons(_ counts: [String: Int64]) -> String {
        guard !counts.isEmpty else { return "0" }
        return counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            .joined(separator: ", ")
    }
}

extension BalanceText {
    /// The public ids of all collectors by their short numbers.
    static func collectorIDs(in transaction: Transaction) throws -> [Int64: String] {
        var ids: [Int64: String] = [:]
        for organization in try Accounts.all(in: transaction) {
            let tenant = TenantTransaction(transaction, organization: organization.number)
            for collector in try CollectorTable(tenant, at: Timestamp(microseconds: 0)).all() {
                ids[collector.number] = collector.id.description
            }
        }
        return ids
    }
}

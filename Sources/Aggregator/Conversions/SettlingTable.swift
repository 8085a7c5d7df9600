import ConveyProtocol
package import Store
import Tenancy
package import Time

/// A site of which some conversions are not settled.
package struct UnsettledSite: Sendable, Hashable {
    /// The short number of the organization.
    package let organization: Int64
    /// The site's short number.
    package let site: Int64
    /// When the oldest of them arrived.
    package let oldestArrival: Timestamp

    /// The sites of all organizations that have some; for the pipeline, which serves all of them.
    package static func all(in transaction: Transaction) throws(StoreFault) -> [UnsettledSite] {
        try transaction.all(Self.select) { row in
            UnsettledSite(
                organization: row.integer(0), site: row.integer(1),
                oldestArrival: row.timestamp(2))
        }
    }

    private static let select = SQL(
        """
        SELECT organization, site, min(arrived_at_us) FROM conversion
        WHERE settled_at_us IS NULL GROUP BY organization, site ORDER BY organization, site
        LIMIT 100000
        """)
}

/// Settling conversions.
extension ConversionTable {
    /// What the collectors of a site hold back, as they told last.
    package func pending(at site: Int64) throws(StoreFault) -> [Settling.Pending] {
        var pending: [Settling.Pending] = []
        for collector in try tenant.all(Self.collectors, .integer(site), make: { $0.integer(0) }) {
            let lanes = try tenant.all(Self.pending, .integer(collector)) { row in
                Settling.Pending(
                    collector: collector, lane: Lane(number: Int(row.integer(0))),
                    since: row.timestamp(1))
            }
            pending +=
                lanes.isEmpty ? [.init(collector: collector, lane: nil, since: nil)] : lanes
        }
        return pending
    }

    /// Whether a site has conversions that `settle` would mark: reads only.
    package func hasSettleable(_ settling: Settling, site: Int64) throws(StoreFault) -> Bool {
        try tenant.first(
            Self.settleable, .integer(site), .timestamp(settling.horizon),
            .timestamp(settling.deadline(at: now)), make: { _ in true }) ?? false
    }

    private static let settleable = TenantSQL(
        """
        SELECT 1 FROM conversion
        WHERE organization = $1 AND site = $2 AND settled_at_us IS NULL
            AND (occurred_at_us < $3 OR arrived_at_us <= $4) LIMIT 1
        """)

    /// Marks what is settled now, and tells which those are, retired ones included: their uploads may
    /// follow.
    /// - Parameter limit: at most so many at a time; call again while it returns as many.
    package func settle(
        _ settling: Settling, site: Int64, limit: Int
    ) throws(StoreFault) -> [ConversionRecord] {
        let numbers = try tenant.all(
            Self.settle, .integer(site), .timestamp(settling.horizon),
            .timestamp(settling.deadline(at: now)), .integer(Int64(limit)), .timestamp(now)
        ) { $0.integer(0) }
        var records: [ConversionRecord] = []
        for number in numbers.sorted() {
            guard let record = try conversion(number) else { continue }
            records.append(record)
        }
        return records
    }

    private static let collectors = TenantSQL(
        """
        SELECT collector FROM sites_collector_in_force
        WHERE organization = $1 AND site = $2 ORDER BY collector
        """)
    private static let pending = TenantSQL(
        """
        SELECT lane, pending_from_us FROM ingest_pending_from
        WHERE organization = $1 AND collector = $2 ORDER BY lane
        """)
    private static let settle = TenantSQL(
        """
        UPDATE conversion SET settled_at_us = $6
        WHERE organization = $1 AND number IN (
            SELECT number FROM conversion
            WHERE organization = $1 AND site = $2 AND settled_at_us IS NULL
                AND (occurred_at_us < $3 OR arrived_at_us <= $4)
            ORDER BY arrived_at_us, number LIMIT $5)
        RETURNING number
        """)
}

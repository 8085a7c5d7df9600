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
        try tenant.all(Self.pending, .integer(site)) { row in
            Settling.Pending(
                collector: row.integer(0),
                lane: row.optionalInteger(1).flatMap { Lane(number: Int($0)) },
                since: row.optionalTimestamp(2))
        }
    }

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

    private static let pending = TenantSQL(
        """
        SELECT c.collector, p.lane, p.pending_from_us
        FROM sites_collector_in_force c LEFT JOIN ingest_pending_from p
            ON p.organization = c.organization AND p.collector = c.collector
        WHERE c.organization = $1 AND c.site = $2 ORDER BY c.collector, p.lane
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

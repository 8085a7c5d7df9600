package import ConveyProtocol
package import Store
package import Time

/// How a stored event came: with which collector's batch, and when that was stored.
package struct Arrival: Sendable, Equatable {
    /// The collector's short number.
    package let collector: Int64
    /// The epoch of its buffer.
    package let epoch: EpochID
    /// The lane it came in.
    package let lane: Lane
    /// When its batch was stored here.
    package let storedAt: Timestamp
}

/// Tells of stored chunks how they came.
package struct Arrivals {
    private let tx: Transaction
    private let organization: Int64

    /// Reads for one organization inside a transaction.
    package init(_ tx: Transaction, organization: Int64) {
        self.tx = tx
        self.organization = organization
    }

    /// How a chunk came; nil for one that is not this organization's.
    package func arrival(ofChunk chunk: Int64) throws(StoreFault) -> Arrival? {
        let found = try tx.first(Self.select, .integer(organization), .integer(chunk)) { row in
            (
                collector: row.integer(0), epoch: EpochID(bytes: row.bytes(1)),
                lane: Lane(number: Int(row.integer(2))), at: row.timestamp(3)
            )
        }
        guard let found, let epoch = found.epoch, let lane = found.lane else { return nil }
        return Arrival(
            collector: found.collector, epoch: epoch, lane: lane, storedAt: found.at)
    }

    private static let select = SQL(
        """
        SELECT e.collector, e.epoch, c.lane, c.stored_at_us
        FROM chunk c JOIN ledger_epoch e ON e.organization = c.organization AND e.number = c.epoch
        WHERE c.organization = $1 AND c.number = $2
        """)
}

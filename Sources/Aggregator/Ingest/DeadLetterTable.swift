import ConveyProtocol
import Store
import Time

/// Events that the edge took and the aggregator cannot use, as they came. Table `dead_letter`: Ingest.
struct DeadLetterTable {
    let tx: Transaction
    let organization: Int64

    /// An event that is turned away.
    struct Entry {
        let seq: Int64
        let fault: EventFault
        let id: EventID?
        /// The line as sent, `seq` in front.
        let line: [UInt8]
    }

    /// Keeps the events of one lane of an epoch.
    func add(
        _ entries: [Entry], epoch: Int64, _ lane: Lane, at now: Timestamp
    ) throws(StoreFault) {
        guard !entries.isEmpty else { return }
        try tx.runEach(
            Self.insert, .constant(.integer(organization)), .constant(.integer(epoch)),
            .constant(lane.sql), .integers(entries.map(\.seq)),
            .texts(entries.map(\.fault.code.rawValue)), .texts(entries.map(\.fault.pointer)),
            .optionalTexts(entries.map { $0.id?.description }), .bytes(entries.map(\.line)),
            .constant(.timestamp(now)))
    }

    /// PostgreSQL takes columns as arrays.
    private static let insert = SQL(
        sqlite: """
            INSERT INTO dead_letter (organization, epoch, lane, seq, code, pointer, event_id, line,
                stored_at_us, state)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting')
            """,
        postgres: """
            INSERT INTO dead_letter (organization, epoch, lane, seq, code, pointer, event_id, line,
                stored_at_us, state)
            SELECT $1, $2, $3, seq, code, pointer, event_id, line, $9, 'waiting'
            FROM unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::bytea[])
                AS u (seq, code, pointer, event_id, line)
            """)
}

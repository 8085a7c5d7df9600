package import ConveyProtocol
package import Store
package import Time
import Zstd

/// An event that counts, as it is stored.
package struct StoredEvent: Sendable, Equatable {
    /// Where it lies: chunk and line, counted from 0.
    package let place: Place
    /// The site's short number.
    package let site: Int64
    /// Its type, as `page_view`.
    package let type: String
    /// Who it comes from.
    package let source: EventSource
    /// The kind of credential that vouched for it.
    package let credential: CredentialClass
    /// When it happened.
    package let occurredAt: Timestamp
    /// When the edge took it.
    package let receivedAt: Timestamp
    /// The number under which its collector sent it.
    package let seq: Int64
    /// The event as its collector sent it, `seq` in front.
    package let line: [UInt8]

    /// Names a line of a chunk.
    package struct Place: Sendable, Hashable {
        /// The chunk's number.
        package let chunk: Int64
        /// Counted from 0.
        package let line: Int

        /// Names a line of a chunk.
        package init(chunk: Int64, line: Int) {
            self.chunk = chunk
            self.line = line
        }
    }
}

/// Reads stored events. Each chunk is decompressed once a call.
package struct StoredEvents {
    private let tx: Transaction
    private let organization: Int64

    /// Reads the events of one organization inside a transaction.
    package init(_ tx: Transaction, organization: Int64) {
        self.tx = tx
        self.organization = organization
    }

    /// The events of a chunk that count, by line: what a stage works on.
    package func all(ofChunk chunk: Int64) throws(StoreFault) -> [StoredEvent] {
        try events(
            rows: tx.all(
                Self.selectChunk, .integer(organization), .integer(chunk), make: Self.row))
    }

    private static let selectChunk = SQL(
        """
        SELECT chunk, line, site, type, source, class, occurred_at_us, received_at_us, seq
        FROM event WHERE organization = $1 AND chunk = $2 ORDER BY line
        """)

    /// What was stored last, newest first.
    /// - Parameters:
    ///   - place: only what was stored before; nil begins with the newest.
    ///   - limit: 1...1,000.
    package func newest(
        before place: StoredEvent.Place? = nil, limit: Int
    ) throws(StoreFault) -> [StoredEvent] {
        precondition((1...1_000).contains(limit), "A page has 1 to 1,000 events.")
        return try events(
            rows: tx.all(
                Self.selectNewest, .integer(organization), .integer(place?.chunk ?? .max),
                .integer(place.map { Int64($0.line) } ?? 0), .integer(Int64(limit)),
                make: Self.row))
    }

    private static let selectNewest = SQL(
        """
        SELECT chunk, line, site, type, source, class, occurred_at_us, received_at_us, seq
        FROM event WHERE organization = $1 AND (chunk, line) < ($2, $3)
        ORDER BY chunk DESC, line DESC LIMIT $4
        """)

    /// A site's events by the time they happened, latest first; those of one instant in no order.
    /// - Parameters:
    ///   - site: its short number.
    ///   - time: only what happened before.
    ///   - limit: 1...1,000.
    package func latest(
        ofSite site: Int64, before time: Timestamp = .latest, limit: Int
    ) throws(StoreFault) -> [StoredEvent] {
        precondition((1...1_000).contains(limit), "A page has 1 to 1,000 events.")
        return try events(
            rows: tx.all(
                Self.selectLatest, .integer(organization), .integer(site), .timestamp(time),
                .integer(Int64(limit)), make: Self.row))
    }

    private static let selectLatest = SQL(
        """
        SELECT chunk, line, site, type, source, class, occurred_at_us, received_at_us, seq
        FROM event WHERE organization = $1 AND site = $2 AND occurred_at_us < $3
        ORDER BY occurred_at_us DESC LIMIT $4
        """)

    /// The events of one id at one site, at most one for each class of credential.
    /// - Parameter site: its short number.
    package func named(_ id: EventID, site: Int64) throws(StoreFault) -> [StoredEvent] {
        try events(
            rows: tx.all(
                Self.selectNamed, .integer(organization), .integer(site), .bytes(id.packed),
                make: Self.row))
    }

    private static let selectNamed = SQL(
        """
        SELECT e.chunk, e.line, e.site, e.type, e.source, e.class, e.occurred_at_us,
            e.received_at_us, e.seq
        FROM event_seen s
        JOIN event e
            ON e.organization = s.organization AND e.chunk = s.chunk AND e.line = s.line
        WHERE s.organization = $1 AND s.site = $2 AND s.class IN (0, 1, 2, 3) AND s.id = $3
        ORDER BY e.class
        """)

    // MARK: Lines

    private struct EventRow {
        let place: StoredEvent.Place
        let site: Int64
        let type: String
        let source: EventSource?
        let credential: CredentialClass?
        let occurredAt: Timestamp
        let receivedAt: Timestamp
        let seq: Int64
    }

    private static func row(_ row: Row) -> EventRow {
        EventRow(
            place: StoredEvent.Place(chunk: row.integer(0), line: Int(row.integer(1))),
            site: row.integer(2), type: row.text(3),
            source: EventSource(number: Int(row.integer(4))),
            credential: CredentialClass(number: Int(row.integer(5))),
            occurredAt: row.timestamp(6), receivedAt: row.timestamp(7), seq: row.integer(8))
    }

    private func events(rows: [EventRow]) throws(StoreFault) -> [StoredEvent] {
        var reader = ChunkReader(tx: tx, organization: organization)
        var chunks: [Int64: ChunkLines] = [:]
        var events: [StoredEvent] = []
        for row in rows {
            if chunks[row.place.chunk] == nil {
                chunks[row.place.chunk] = try reader.lines(of: row.place.chunk)
            }
            guard let source = row.source, let credential = row.credential,
                let line = chunks[row.place.chunk]?[row.place.line]
            else { throw StoreFault("find an event in its chunk", kind: .corrupt) }
            events.append(
                StoredEvent(
                    place: row.place, site: row.site, type: row.type, source: source,
                    credential: credential, occurredAt: row.occurredAt,
                    receivedAt: row.receivedAt, seq: row.seq, line: line))
        }
        return events
    }
}

/// The event lines of a chunk, decompressed.
struct ChunkLines {
    let bytes: [UInt8]
    let lines: [Range<Int>]

    subscript(line: Int) -> [UInt8]? {
        lines.indices.contains(line) ? Array(bytes[lines[line]]) : nil
    }
}

/// Decompresses chunks.
struct ChunkReader: ~Copyable {
    let tx: Transaction
    let organization: Int64
    private var opener = BatchOpener()

    init(tx: Transaction, organization: Int64) {
        self.tx = tx
        self.organization = organization
    }

    mutating func lines(of chunk: Int64) throws(StoreFault) -> ChunkLines {
        let found = try tx.first(Self.select, .integer(organization), .integer(chunk)) {
            (hasHeader: $0.flag(0), body: $0.bytes(1))
        }
        guard let found else { throw StoreFault("find a chunk", kind: .corrupt) }
        guard found.hasHeader else { return try Self.line(found.body) }
        do throws(ProtocolProblem) {
            let opened = try opener.open(zstd: found.body.span)
            return ChunkLines(bytes: opened.bytes, lines: opened.lines)
        } catch {
            throw StoreFault("open a chunk", kind: .corrupt)
        }
    }

    private static let select = SQL(
        "SELECT has_header, body FROM chunk WHERE organization = $1 AND number = $2")

    /// A chunk that is one line.
    private static func line(_ body: [UInt8]) throws(StoreFault) -> ChunkLines {
        do throws(ZstdError) {
            var decompressor = Decompressor()
            let bytes = try decompressor.decompress(
                body.span, bytesMax: BatchLimits.standard.bytesMax)
            return ChunkLines(bytes: bytes, lines: [0..<bytes.count])
        } catch {
            throw StoreFault("open a chunk", kind: .corrupt)
        }
    }
}

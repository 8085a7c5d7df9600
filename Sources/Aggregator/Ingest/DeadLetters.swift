package import ConveyProtocol
package import Store
package import Time
import Zstd

/// An event that the edge took and the aggregator could not use.
package struct DeadLetter: Sendable, Equatable {
    /// What has become of it.
    package enum State: String, Sendable {
        /// It waits for a correction.
        case waiting
        /// It was corrected, and its event counts.
        case replayed
        /// It was corrected, and its event had come in another way.
        case duplicate
        /// An operator gave it up.
        case discarded
    }

    /// Names it.
    package let number: Int64
    /// The short number of the organization.
    package let organization: Int64
    /// The number under which its collector sent it.
    package let seq: Int64
    /// Why it was turned away: a code of protocol/SPEC.md, section 6.
    package let code: String
    /// Which member is wrong, as a JSON pointer; empty for the event itself.
    package let pointer: String
    /// The event's id, where it has one of legal form.
    package let eventID: String?
    /// When it came.
    package let storedAt: Timestamp
    /// What has become of it.
    package let state: State
    /// The event as its collector sent it, `seq` in front; anything at all behind that.
    package let line: [UInt8]
}

/// Lists dead letters, and ends them. Table `dead_letter`: Ingest.
package struct DeadLetters: Sendable {
    private let store: Store
    private let stages: [String]

    /// - Parameter stages: the stages after ingest, which get work for what is replayed.
    package init(_ store: Store, stages: [String]) {
        self.store = store
        self.stages = stages
    }

    /// Those that wait, oldest first.
    /// - Parameters:
    ///   - organization: its short number; nil for all.
    ///   - number: only later ones.
    ///   - limit: 1...1,000.
    package func waiting(
        organization: Int64? = nil, after number: Int64 = 0, limit: Int = 100
    ) async throws -> [DeadLetter] {
        precondition((1...1_000).contains(limit), "A page has 1 to 1,000 letters.")
        return try await store.read { tx in
            try tx.all(
                Self.selectWaiting, .integer(number), .optional(organization),
                .integer(Int64(limit)), make: Self.letter
            ).compactMap { $0 }
        }
    }

    private static let selectWaiting = SQL(
        """
        SELECT number, organization, seq, code, pointer, event_id, stored_at_us, state, line
        FROM dead_letter
        WHERE state = 'waiting' AND number > $1 AND organization = COALESCE($2, organization)
        ORDER BY number LIMIT $3
        """)

    /// One letter, in whatever state; nil where there is none.
    package func letter(_ number: Int64) async throws -> DeadLetter? {
        try await store.read { try Self.find(number, in: $0) }
    }

    private static func find(
        _ number: Int64, in tx: Transaction
    ) throws(StoreFault) -> DeadLetter? {
        try tx.first(Self.select, .integer(number), make: letter) ?? nil
    }

    /// An operator names a letter by its number alone.
    private static let select = SQL(
        """
        SELECT number, organization, seq, code, pointer, event_id, stored_at_us, state, line
        FROM dead_letter WHERE number = $1
        """)

    /// A letter that nobody else replays or discards until the transaction ends.
    private static func hold(
        _ number: Int64, in tx: Transaction
    ) throws(StoreFault) -> DeadLetter? {
        try tx.first(Self.selectToSettle, .integer(number), make: letter) ?? nil
    }

    /// SQLite has one writer, PostgreSQL many: two corrections of one letter would both count.
    private static let selectToSettle = SQL(
        sqlite: """
            SELECT number, organization, seq, code, pointer, event_id, stored_at_us, state, line
            FROM dead_letter WHERE number = $1
            """,
        postgres: """
            SELECT number, organization, seq, code, pointer, event_id, stored_at_us, state, line
            FROM dead_letter WHERE number = $1 FOR UPDATE
            """)

    private static func letter(_ row: Row) -> DeadLetter? {
        guard let state = DeadLetter.State(rawValue: row.text(7)) else { return nil }
        return DeadLetter(
            number: row.integer(0), organization: row.integer(1), seq: row.integer(2),
            code: row.text(3), pointer: row.text(4), eventID: row.optionalText(5),
            storedAt: row.timestamp(6), state: state, line: row.bytes(8))
    }

    // MARK: Ends

    /// What a replay or discard came to.
    package enum End: Sendable, Equatable {
        /// Done; the letter is in this state now.
        case settled(DeadLetter.State)
        /// Nothing was done: the event is still not sound.
        case faulty(EventFault)
        /// Nothing was done: there is no such letter, or it is settled already.
        case notWaiting
    }

    /// Tries an event again, as it came or corrected. The ledger keeps saying `rejected`: that is what
    /// became of the number; the letter says what became of the event.
    /// - Parameters:
    ///   - corrected: the event as a JSON object without `seq`; nil to take it as it came.
    ///   - sites: the sites of the letter's organization, with their short numbers.
    package func replay(
        _ number: Int64, corrected: [UInt8]? = nil, sites: [SiteID: Int64], at now: Timestamp
    ) async throws -> End {
        try await store.write { tx in
            let replay = DeadLetterReplay(tx: tx, stages: stages, now: now)
            guard let letter = try Self.hold(number, in: tx), letter.state == .waiting else {
                return .notWaiting
            }
            return try replay.run(letter, corrected: corrected, sites: sites)
        }
    }

    /// Gives a letter up; it stays listed under its number.
    package func discard(_ number: Int64, at now: Timestamp) async throws -> End {
        try await store.write { tx in
            guard let letter = try Self.find(number, in: tx),
                try tx.settle(letter, as: .discarded, at: now)
            else { return .notWaiting }
            return .settled(.discarded)
        }
    }
}

extension Transaction {
    /// Ends a letter that waits; false where it does not. Table `dead_letter`: Ingest.
    fileprivate func settle(
        _ letter: DeadLetter, as state: DeadLetter.State, at now: Timestamp
    ) throws(StoreFault) -> Bool {
        try run(
            Self.settleLetter, .integer(letter.organization), .integer(letter.number),
            .text(state.rawValue), .timestamp(now)) == 1
    }

    private static let settleLetter = SQL(
        """
        UPDATE dead_letter SET state = $3, settled_at_us = $4
        WHERE organization = $1 AND number = $2 AND state = 'waiting'
        """)
}

/// Puts a corrected event where a sound one would have gone: a chunk of its own, dedup, work.
private struct DeadLetterReplay {
    let tx: Transaction
    let stages: [String]
    let now: Timestamp

    func run(
        _ letter: DeadLetter, corrected: [UInt8]?, sites: [SiteID: Int64]
    ) throws -> DeadLetters.End {
        let line = corrected.map { Self.line($0, seq: letter.seq) } ?? letter.line
        var check = EventCheck()
        switch check.read(line.span) {
        case .faulty(let fault, _, _): return .faulty(fault)
        case .sound(let head):
            guard let site = sites[head.site] else {
                return .faulty(EventFault(.unknownSite, at: "/site"))
            }
            guard try LinkCheck(tx, letter.organization).knowsLink(of: head, at: site) else {
                return .faulty(LinkCheck.fault)
            }
            let event = PlacedEvent(
                line: 0, seq: letter.seq, site: site, head: head, packedID: head.id.packed)
            let state = try place(event, line, of: letter)
            _ = try tx.settle(letter, as: state, at: now)
            return .settled(state)
        }
    }

    private func place(
        _ event: PlacedEvent, _ line: [UInt8], of letter: DeadLetter
    ) throws -> DeadLetter.State {
        let origin = try tx.first(
            Self.selectOrigin, .integer(letter.organization), .integer(letter.number)
        ) { row in
            (
                epoch: row.integer(0), lane: Lane(number: Int(row.integer(1))),
                collector: row.integer(2), id: EpochID(bytes: row.bytes(3))
            )
        }
        guard let origin, let lane = origin.lane, let id = origin.id else {
            throw StoreFault("find a dead letter's origin", kind: .corrupt)
        }
        let table = EventTable(tx: tx, organization: letter.organization)
        let chunk = try table.addChunk(
            try BatchReceiver.compressed(line), lines: 1,
            from: .init(epoch: origin.epoch, lane: lane, hasHeader: false), at: now)
        let finding = try Deduplicator(tx: tx, organization: letter.organization).enter(
            [event],
            from: .init(chunk: chunk, collector: origin.collector, epoch: id, lane: lane))
        if finding.counting.contains(0) { try table.add([event], chunk: chunk) }
        try Work(tx).add(stages, organization: letter.organization, chunk: chunk, at: now)
        return finding.duplicates.isEmpty ? .replayed : .duplicate
    }

    private static let selectOrigin = SQL(
        """
        SELECT d.epoch, d.lane, p.collector, p.epoch
        FROM dead_letter d
            JOIN ledger_epoch p ON p.organization = d.organization AND p.number = d.epoch
        WHERE d.organization = $1 AND d.number = $2
        """)

    /// The line as a collector would send it. A line feed is white space in JSON, but ends a line here.
    private static func line(_ event: [UInt8], seq: Int64) -> [UInt8] {
        let text = event.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
        let body = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
        return Array("{\"seq\":\(seq),".utf8) + body.dropFirst()
    }
}

package import Store
package import Time

/// The weeks into which PostgreSQL divides chunks and events (`Schema.m0018Partitions`): makes them
/// ahead, and drops those of which everything has expired. SQLite has none: there it does nothing.
///
/// For one process at a time, under a lock of the transaction. Making or dropping a week waits up to a
/// second for batches that are being stored, and those wait as long for it.
package struct EventWeeks {
    private let tx: Transaction
    private let isDivided: Bool

    /// Works inside a transaction.
    /// - Parameter kind: of the store whose transaction it is.
    package init(_ tx: Transaction, of kind: StoreKind) {
        self.tx = tx
        isDivided = kind == .postgres
    }

    /// A week, by its first day since 1970, a multiple of 7.
    package struct Week: Sendable, Hashable {
        let firstDay: Int64

        /// The week that an instant lies in.
        package init(of time: Timestamp) {
            let day = time.microseconds / Self.dayMicroseconds
            firstDay = day - day % Self.days
        }

        init(firstDay: Int64) { self.firstDay = firstDay }

        /// The first instant after it.
        package var end: Timestamp {
            Timestamp(microseconds: (firstDay + Self.days) * Self.dayMicroseconds)
        }

        /// The week so many weeks later.
        func later(_ weeks: Int) -> Week { Week(firstDay: firstDay + Int64(weeks) * Self.days) }

        /// Below which number, and from which on, its chunks are numbered.
        fileprivate var numbers: [SQLValue] {
            [.integer(firstDay << 40), .integer((firstDay + Self.days) << 40)]
        }

        private static let days: Int64 = 7
        private static let dayMicroseconds: Int64 = 86_400_000_000
    }

    // MARK: Ahead

    /// Makes this week and those after it, where they are missing and nothing of them was stored yet.
    /// - Returns: how many were made.
    package func makeAhead(at now: Timestamp) throws(StoreFault) -> Int {
        guard isDivided else { return 0 }
        let known = Set(try all())
        var made = 0
        for week in (0...Self.ahead).map({ Week(of: now).later($0) }) where !known.contains(week) {
            let isNew = try tx.first(Self.make, .integer(week.firstDay)) { $0.flag(0) }
            if isNew == true { made += 1 }
        }
        return made
    }

    /// A month in which nobody need look after the daemon.
    private static let ahead = 4

    /// Every week that there is, oldest first.
    package func all() throws(StoreFault) -> [Week] {
        guard isDivided else { return [] }
        return try tx.all(Self.list) { Week(firstDay: $0.integer(0)) }
    }

    /// Asked for on PostgreSQL alone.
    private static let list = SQL("SELECT first_day FROM ingest_week ORDER BY first_day")
    private static let make = SQL("SELECT convey_add_week($1)")

    // MARK: Over

    /// The organizations that have chunks in a week.
    package func organizations(in week: Week) throws(StoreFault) -> [Int64] {
        var found: [Int64] = []
        try tx.each(Self.organizations, values: week.numbers) { row in
            found.append(row.integer(0))
            return true
        }
        return found
    }

    /// Of all organizations: whether the week may go is decided for all of them at once.
    private static let organizations = SQL(
        "SELECT DISTINCT organization FROM chunk WHERE number >= $1 AND number < $2")

    /// Drops a week with everything in it, and counts that into the books of its organizations. Not
    /// while a stage has work to do on one of its chunks: then nothing is done, and nil returned.
    package func drop(_ week: Week) throws(StoreFault) -> EventExpiry.Deleted? {
        guard isDivided,
            try tx.first(Self.hold, .integer(week.firstDay), make: { $0.flag(0) }) == true,
            try !hasWork(in: week)
        else { return nil }
        var found: [Int64: EventExpiry.Deleted] = [:]
        try tx.each(Self.count, values: week.numbers) { row in
            found[row.integer(0)] = EventExpiry.Deleted(
                events: Int(row.integer(1)), chunks: Int(row.integer(2)))
            return true
        }
        for (organization, deleted) in found {
            try EventExpiry(tx, organization: organization).count(deleted)
        }
        _ = try tx.first(Self.drop, .integer(week.firstDay)) { $0.flag(0) }
        return found.values.reduce(into: EventExpiry.Deleted()) { sum, one in
            sum.events += one.events
            sum.chunks += one.chunks
        }
    }

    private func hasWork(in week: Week) throws(StoreFault) -> Bool {
        var hasWork = false
        try tx.each(Self.work, values: week.numbers) { _ in
            hasWork = true
            return false
        }
        return hasWork
    }

    private static let work = SQL("SELECT 1 FROM work WHERE chunk >= $1 AND chunk < $2 LIMIT 1")

    /// Of all organizations, as the week is dropped for all of them.
    private static let count = SQL(
        """
        SELECT c.organization, COALESCE(e.events, 0), c.chunks
        FROM (SELECT organization, count(*) AS chunks FROM chunk
            WHERE number >= $1 AND number < $2 GROUP BY organization) c
        LEFT JOIN (SELECT organization, count(*) AS events FROM event
            WHERE chunk >= $1 AND chunk < $2 GROUP BY organization) e
        ON e.organization = c.organization
        """)
    private static let hold = SQL("SELECT convey_hold_week($1)")
    private static let drop = SQL("SELECT convey_drop_week($1)")
}

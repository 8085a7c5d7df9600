/// The windows of all clients, in memory that never grows beyond a bound. Pure.
///
/// At most 32,768 clients are known at once, 8 in each of 4,096 sets; which set a client falls into
/// nobody outside can tell, since the hash is seeded. When its set is full, a new client takes the
/// place of one whose requests no longer count, else of the one with the fewest: who sends most stays
/// known. A client that was forgotten begins anew; nobody is ever refused for another's requests.
struct RateTable: Sendable {
    static let sets = 4096
    static let ways = 8

    private struct Row {
        var client: UInt64
        var window = RateWindow()
        var idleAt: Int64
    }

    /// Empty sets take no memory.
    private var rows: [[Row]] = Array(repeating: [], count: RateTable.sets)

    /// How many clients are known.
    var count: Int { rows.reduce(0) { $0 + $1.count } }

    /// When the client may come again, in whole seconds; nil when it may now.
    mutating func waitSeconds(
        _ client: UInt64, _ quota: RateQuota, atMilliseconds now: Int64
    ) -> Int64? {
        let set = Self.set(of: client)
        guard let row = rows[set].firstIndex(where: { $0.client == client }) else { return nil }
        return rows[set][row].window.waitSeconds(for: quota, atMilliseconds: now)
    }

    mutating func count(_ client: UInt64, _ quota: RateQuota, atMilliseconds now: Int64) {
        let set = Self.set(of: client)
        let row =
            rows[set].firstIndex { $0.client == client }
            ?? place(for: client, in: set, atMilliseconds: now)
        rows[set][row].window.count(quota, atMilliseconds: now)
        rows[set][row].idleAt = now + RateWindow.idleAfterMilliseconds(quota)
    }

    /// A row for a new client.
    private mutating func place(
        for client: UInt64, in set: Int, atMilliseconds now: Int64
    ) -> Int {
        guard rows[set].count >= Self.ways else {
            rows[set].append(Row(client: client, idleAt: now))
            return rows[set].count - 1
        }
        let row =
            rows[set].firstIndex { $0.idleAt <= now }
            ?? rows[set].indices.min { rows[set][$0].window.used < rows[set][$1].window.used } ?? 0
        rows[set][row] = Row(client: client, idleAt: now)
        return row
    }

    private static func set(of client: UInt64) -> Int {
        Int(truncatingIfNeeded: client % UInt64(sets))
    }
}

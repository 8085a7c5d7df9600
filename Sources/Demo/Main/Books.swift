import FoundationEssentials
import Stage

/// The books of both sides, and what the shops were promised, held against each other.
struct Books {
    let stage: Stage
    let merchant: Merchant

    /// How many events have no receipt yet.
    func pending() async throws -> Int64 { try await edge().pending }

    /// Waits until the collector has a receipt for everything, or the time is over.
    func settled(within limit: Duration) async throws {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if try await edge().pending == 0 { return }
            try await ContinuousClock().sleep(for: .milliseconds(100))
        }
    }

    /// Draws up the result, after everything has settled.
    func close(against tally: Tally) async throws -> BookResult {
        let (edge, ledger) = (try await edge(), try await ledger())
        return BookResult(
            edge: edge, ledger: ledger,
            differences: try await differences(tally, edge, ledger))
    }

    private func edge() async throws -> EdgeBooks {
        let text = try await merchant.collector(["status", "--json"])
        return EdgeBooks(try JSONDecoder().decode(EdgeBooks.Status.self, from: Data(text.utf8)))
    }

    private func ledger() async throws -> LedgerBooks {
        let text = try await stage.aggregator(["balance", "--json"])
        return try JSONDecoder().decode(LedgerBooks.self, from: Data(text.utf8))
    }

    /// What does not fit, in words; empty in a sound run.
    private func differences(
        _ tally: Tally, _ edge: EdgeBooks, _ ledger: LedgerBooks
    ) async throws -> [String] {
        var found = tally.surprises
        let rows = try await stage.rows(["events", "list", "--limit", "1000000", "--json"])
        var copies: [String: Int] = [:]
        for row in rows { copies[row["id"] ?? "", default: 0] += 1 }
        for id in tally.acknowledged.keys where copies[id] == nil {
            found.append("event \(id) was acknowledged and is not stored")
        }
        for (id, count) in copies where count > 1 {
            found.append("event \(id) is stored \(count) times")
        }
        if edge.stored != ledger.assigned {
            found.append("the edge stored \(edge.stored), the ledger knows \(ledger.assigned)")
        }
        if edge.stored < Int64(tally.acknowledgedCount) {
            found.append("more events were acknowledged than the edge stored")
        }
        return found
    }
}

/// What the collector says.
struct EdgeBooks {
    let refused: Int64
    let stored: Int64
    let pending: Int64
    let isBalanced: Bool

    var received: Int64 { refused + stored }

    init(_ status: Status) {
        refused = status.lanes.values.reduce(0) { $0 + $1.refused.values.reduce(0, +) }
        stored = status.lanes.values.reduce(0) { $0 + $1.stored }
        pending = status.lanes.values.reduce(0) { $0 + $1.pending }
        isBalanced = status.balanced
    }

    /// The members of `status --json` that count here.
    struct Status: Decodable {
        let balanced: Bool
        let lanes: [String: Lane]

        struct Lane: Decodable {
            let stored: Int64
            let pending: Int64
            let refused: [String: Int64]
        }
    }
}

/// What the aggregator says: the members of `balance --json` that count here.
struct LedgerBooks: Decodable {
    let balanced: Bool
    let assigned: Int64
    let accepted: Int64
    let duplicate: Int64
    let rejected: Int64
    let gaps: Int64
    let pending: Int64
}

/// The last line of the demonstration.
struct BookResult {
    let edge: EdgeBooks
    let ledger: LedgerBooks
    let differences: [String]

    /// Whether both sides balance, agree with each other, and every promise was kept.
    var isBalanced: Bool {
        edge.isBalanced && ledger.balanced && differences.isEmpty && edge.pending == 0
            && ledger.pending == 0
    }

    var json: String {
        """
        {"received":\(edge.received),"refused":\(edge.refused),"stored":\(edge.stored),\
        "accepted":\(ledger.accepted),"duplicate":\(ledger.duplicate),\
        "rejected":\(ledger.rejected),"gaps":\(ledger.gaps),"pending":\(ledger.pending),\
        "balanced":\(isBalanced)}
        """
    }
}

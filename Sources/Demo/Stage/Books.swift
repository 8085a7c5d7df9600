import Child
import FoundationEssentials

/// The books of both sides, and what the shops were promised, held against each other.
package struct Books: Sendable {
    private let stage: Stage
    private let merchant: Merchant

    /// Opens the books of a merchant's collector and of its aggregator.
    package init(stage: Stage, merchant: Merchant) {
        self.stage = stage
        self.merchant = merchant
    }

    /// How many events have no receipt yet.
    package func pending() async throws -> Int64 { try await edge().pending }

    /// Waits until the collector has a receipt for everything.
    package func settled(within limit: Duration) async throws {
        _ = try await edge(within: limit) { $0.pending == 0 }
    }

    /// Asks the collector how it stands until it says what is waited for.
    /// - Throws: the last answer, when the time is over.
    package func edge(
        within limit: Duration = .seconds(60), until isExpected: (EdgeBooks) -> Bool
    ) async throws -> EdgeBooks {
        let last = try await Patience.ask(within: limit, edge, until: isExpected)
        guard isExpected(last) else {
            throw Program.Fault(description: "after \(limit) the collector still says \(last)")
        }
        return last
    }

    /// Draws up the result, after everything has settled.
    package func close(against tally: Tally) async throws -> BookResult {
        let (edge, ledger) = (try await edge(), try await ledger())
        return BookResult(
            edge: edge, ledger: ledger,
            differences: try await differences(tally, edge, ledger))
    }

    /// What the running collector says.
    package func edge() async throws -> EdgeBooks {
        let text = try await merchant.collector(["status", "--json"])
        return EdgeBooks(try JSONDecoder().decode(EdgeBooks.Status.self, from: Data(text.utf8)))
    }

    /// What the running aggregator says.
    package func ledger() async throws -> LedgerBooks {
        let text = try await stage.aggregator(["balance", "--json"])
        return try JSONDecoder().decode(LedgerBooks.self, from: Data(text.utf8))
    }

    /// What does not fit, in words; empty in a sound run.
    private func differences(
        _ tally: Tally, _ edge: EdgeBooks, _ ledger: LedgerBooks
    ) async throws -> [String] {
        var found = tally.surprises
        found += try await presence(of: Array(tally.acknowledged.keys))
        if edge.stored != ledger.assigned {
            found.append("the edge stored \(edge.stored), the ledger knows \(ledger.assigned)")
        }
        if edge.stored < Int64(tally.acknowledgedCount) {
            found.append("more events were acknowledged than the edge stored")
        }
        return found
    }

    /// Which of the acknowledged events are not stored, and which events are stored twice, in words.
    package func presence(of acknowledged: [String]) async throws -> [String] {
        let rows = try await stage.rows(["events", "list", "--limit", "1000000", "--json"])
        var copies: [String: Int] = [:]
        for row in rows { copies[row["id"] ?? "", default: 0] += 1 }
        let lost = acknowledged.filter { copies[$0] == nil }
        return lost.map { "event \($0) was acknowledged and is not stored" }
            + copies.filter { $0.value > 1 }.map { "event \($0) is stored \($1) times" }
    }
}

/// What the collector says.
package struct EdgeBooks: Sendable {
    /// Events turned away, for whatever reason.
    package let refused: Int64
    /// Events acknowledged.
    package let stored: Int64
    /// Events without a receipt.
    package let pending: Int64
    /// Whether the collector's own accounts close.
    package let isBalanced: Bool
    /// What is wrong now, in the collector's words.
    package let problems: [String]
    /// What happened and is over, in the collector's words.
    package let incidents: [String]
    /// The life of the file's numbers.
    package let epoch: String?

    /// Everything that came.
    package var received: Int64 { refused + stored }

    init(_ status: Status) {
        refused = status.lanes.values.reduce(0) { $0 + $1.refused.values.reduce(0, +) }
        stored = status.lanes.values.reduce(0) { $0 + $1.stored }
        pending = status.lanes.values.reduce(0) { $0 + $1.pending }
        isBalanced = status.balanced
        problems = status.problems
        incidents = status.incidents.map(\.what)
        epoch = status.epoch
    }

    /// The members of `status --json` that count here.
    struct Status: Decodable {
        let balanced: Bool
        let problems: [String]
        let incidents: [Incident]
        let epoch: String?
        let lanes: [String: Lane]

        struct Incident: Decodable {
            let what: String
        }

        struct Lane: Decodable {
            let stored: Int64
            let pending: Int64
            let refused: [String: Int64]
        }
    }
}

/// What the aggregator says: the members of `balance --json` that count here.
package struct LedgerBooks: Decodable, Sendable {
    /// Whether the aggregator finds no difference.
    package let balanced: Bool
    /// The sums over all lanes, as the specification names them.
    package let assigned, accepted, duplicate, rejected, gaps, pending: Int64
    /// The lanes of every epoch.
    package let lanes: [Lane]

    /// One lane of an epoch.
    package struct Lane: Decodable, Sendable {
        /// The collector's public id.
        package let collector: String
        /// The lane's name.
        package let lane: String
        /// What an operator should look at, with how often it was seen.
        package let findings: [String: Int64]
    }
}

/// What both sides' books, the shops and the platform come to together.
package struct BookResult: Sendable {
    /// The collector's books.
    package let edge: EdgeBooks
    /// The aggregator's books.
    package let ledger: LedgerBooks
    /// What orders came to.
    package var outcome = Outcome(conversions: [], uploads: [], recorded: [])
    /// What does not fit, in words.
    package var differences: [String]

    /// Whether both sides balance, agree with each other, and every promise was kept.
    package var isBalanced: Bool {
        edge.isBalanced && ledger.balanced && differences.isEmpty && edge.pending == 0
            && ledger.pending == 0
    }

    /// The last line of the demonstration.
    package var json: String {
        """
        {"received":\(edge.received),"refused":\(edge.refused),"stored":\(edge.stored),\
        "accepted":\(ledger.accepted),"duplicate":\(ledger.duplicate),\
        "rejected":\(ledger.rejected),"gaps":\(ledger.gaps),"pending":\(ledger.pending),\
        "conversions":\(outcome.conversionCount),"confirmed":\(outcome.confirmedCount),\
        "value_micros":\(outcome.valueMicros),"balanced":\(isBalanced)}
        """
    }
}

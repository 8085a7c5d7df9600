import Foundation
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// Goal: trouble with one destination is its own: it delays no other, and loses nothing.
///
/// Method: the real programs, two destinations that get the same orders, one of them away, silent, or
/// with a credential that is wrong.
@Suite(.inTurn) struct BulkheadTests {
    private static let (well, ill) = ("1001", "1002")
    private static let orders = 20
    /// So that nothing goes on by itself: only what a test does ends a hold.
    private static let longPauses = "  hold_for: 1h\n  backoff_max: 2s\n"

    /// How a platform may be gone.
    enum Death: String, CaseIterable {
        /// Nobody listens.
        case away
        /// It takes the connection and never answers.
        case silent

        fileprivate var behaviour: String {
            #"{"slow_ms":600000,"faults":{"token":{"chances":{"slow":1}}}}"#
        }
    }

    @Test(arguments: Ground.Kind.steady, Death.allCases) func aDeadDestinationDelaysNoOther(
        _ ground: Ground.Kind, _ death: Death
    ) async throws {
        try await Siege.run([Self.well, Self.ill], on: ground) { siege in
            let other = try StandIn("other", on: siege.stage)
            try await siege.start("google") { try await siege.google.start() }
            try await siege.add(Self.ill, at: other)
            try await siege.add(Self.well, at: siege.google)
            if death == .silent {
                try await siege.start("other") { try await other.start(death.behaviour) }
            }
            let ids = try await Self.buy(in: siege)
            #expect(try await Self.confirmed(Self.well, siege) == ids)
            #expect(try await Self.confirmed(Self.ill, siege, within: .zero).isEmpty)

            await siege.crash("other")
            try await siege.start("other") { try await other.start() }
            #expect(try await Self.confirmed(Self.ill, siege) == ids)
            let held = try await other.conversions()
            #expect(Set(held.map(\.transactionID)) == ids && held.count == ids.count)
        }
    }

    @Test(arguments: Ground.Kind.steady) func aWrongCredentialIsHeldWithWhatToDoAndNothingIsLost(
        _ ground: Ground.Kind
    ) async throws {
        try await Siege.run([Self.well, Self.ill], on: ground, pauses: Self.longPauses) { siege in
            try await siege.start("google") { try await siege.google.start() }
            try await siege.add(Self.ill, at: siege.google, secret: "not-the-secret")
            try await siege.add(Self.well, at: siege.google)
            let ids = try await Self.buy(in: siege)
            #expect(try await Self.confirmed(Self.well, siege) == ids)
            let waiting = try await Self.uploads(of: Self.ill, siege) { rows in
                rows.count == Self.orders && rows.allSatisfy { $0["code"] == "credential" }
            }
            #expect(Set(waiting.map(Self.transactionID)) == ids)
            #expect(waiting.allSatisfy { $0["state"] == "held" && $0["code"] == "credential" })
            #expect(waiting.allSatisfy { !($0["remedy"] ?? "").isEmpty })
            let destinations = try await siege.stage.rows(["destinations", "list", "--json"])
            #expect(destinations.map { $0["hold"] ?? "" } == ["credential", ""])
            try siege.record.read()
            #expect(ids.allSatisfy { siege.record.actions(holding: $0) == [Self.well] })

            // A restart forgets nothing of it.
            for number in 1...siege.troupe.count { await siege.troupe.crash(number) }
            try await siege.troupe.start()
            let file = try await siege.google.credential()
            _ = try await siege.stage.aggregator([
                "destinations", "credential", Siege.destination(Self.ill), "--file", file,
            ])
            #expect(try await Self.confirmed(Self.ill, siege) == ids)
            let held = try await siege.google.conversions()
            #expect(held.count == 2 * ids.count)
            #expect(Set(held.filter { $0.action == Self.ill }.map(\.transactionID)) == ids)
        }
    }

    // MARK: What happens

    /// Orders that an ad led to, as their webhooks tell of them.
    /// - Returns: their transaction ids.
    private static func buy(in siege: Siege) async throws -> Set<String> {
        var ids: Set<String> = []
        for number in 1...orders {
            let click = "Cj0KCQjw" + String(repeating: "abcdefgh", count: 6) + "\(1000 + number)"
            let order = SiegeOrder(
                number: number, at: siege.now - .seconds(10 * 3600), click: click,
                consent: "granted", cents: 1_000 + number)
            try await siege.webhook(
                "orders/create", order.body, id: "webhook-\(number)", shop: 0)
            ids.insert(siege.transactionID(of: order.id, shop: 0))
        }
        return ids
    }

    private static func transactionID(_ row: [String: String]) -> String {
        "\(row["site"] ?? "").\(row["order"] ?? "")"
    }

    /// Orders that a destination has confirmed, read until all are, or the time is over.
    private static func confirmed(
        _ action: String, _ siege: Siege, within limit: Duration = Siege.patience
    ) async throws -> Set<String> {
        let rows = try await uploads(of: action, siege, within: limit) { rows in
            rows.count { $0["state"] == "confirmed" } == orders
        }
        return Set(rows.filter { $0["state"] == "confirmed" }.map(transactionID))
    }

    private static func uploads(
        of action: String, _ siege: Siege, within limit: Duration = Siege.patience,
        until isExpected: ([[String: String]]) -> Bool
    ) async throws -> [[String: String]] {
        let end = ContinuousClock.now + limit
        while true {
            let all = try await siege.stage.rows(["uploads", "list", "--limit", "1000", "--json"])
            let rows = all.filter {
                $0["destination"] == Siege.destination(action) && $0["code"] != "superseded"
            }
            if isExpected(rows) || ContinuousClock.now >= end { return rows }
            try await ContinuousClock().sleep(for: .milliseconds(100))
        }
    }
}

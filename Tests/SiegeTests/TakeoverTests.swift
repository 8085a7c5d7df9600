import Child
import Foundation
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// Goal: what a killed aggregator had begun is taken over by the others within 30 seconds, and nothing
/// is done twice.
///
/// Method: three aggregators work for one shop and one conversion action, which one of them serves at a
/// time. Amid the work two of them are killed, each time another two, so that whoever had claimed a chunk,
/// an order or the destination is among the dead; the third must bring every order to the platform.
@Suite(.inTurn, .enabled(if: Backend.ofPrograms.count > 1)) struct TakeoverTests {
    private static let action = "1001"
    private static let within: Duration = .seconds(30)

    @Test(.timeLimit(.minutes(10))) func survivorsTakeOver() async throws {
        try await Siege.run([Self.action], on: .server) { siege in
            try await siege.start("google") { try await siege.google.start() }
            try await siege.add(Self.action, at: siege.google)
            let watcher = Task { try await siege.watch() }
            defer { watcher.cancel() }
            var all: Set<String> = []
            for survivor in 1...siege.troupe.count {
                let ids = try await siege.buy(orders: 40, after: all.count)
                all.formUnion(ids)
                // Some of the work is done, and some is not.
                #expect(try await siege.wait { $0.holds(ids, at: Self.action) >= 1 })
                for number in 1...siege.troupe.count where number != survivor {
                    siege.troupe.program(number)?.signal(SIGKILL)
                }
                let isTakenOver = try await siege.wait(within: Self.within) {
                    $0.holds(ids, at: Self.action) == ids.count
                }
                let held = siege.record.holds(ids, at: Self.action)
                #expect(isTakenOver, "aggregator \(survivor) brought \(held) of \(ids.count)")
                for number in 1...siege.troupe.count where number != survivor {
                    await siege.troupe.crash(number)
                    try await siege.troupe.start(number)
                }
            }
            try await siege.expectOnce(all, at: Self.action)
        }
    }
}

extension RecordTail {
    /// How many of these orders the platform holds.
    func holds(_ ids: Set<String>, at action: String) -> Int {
        ids.count { !values(of: $0, at: action).isEmpty }
    }
}

extension Siege {
    /// Orders of the first shop that an ad led to, as their webhooks tell of them.
    /// - Parameter other: whose collector is told; the siege's own by default.
    /// - Returns: their transaction ids.
    func buy(
        orders count: Int, after first: Int = 0, by other: Merchant? = nil
    ) async throws -> Set<String> {
        var ids: Set<String> = []
        for number in first + 1...first + count {
            let click = "Cj0KCQjw" + String(repeating: "abcdefgh", count: 6) + "\(10_000 + number)"
            let order = SiegeOrder(
                number: number, at: now - .seconds(10 * 3600), click: click, consent: "granted",
                cents: 1_000 + number)
            try await deliver(
                merchant.shops[0].webhookRequest(
                    "orders/create", Array(order.body.utf8), id: "webhook-\(number)",
                    to: (other ?? merchant).intake))
            ids.insert(transactionID(of: order.id, shop: 0))
        }
        return ids
    }

    /// Waits until every upload of these orders is confirmed; then each is held once, and nothing else.
    func expectOnce(_ ids: Set<String>, at action: String) async throws {
        let rows = try await Patience.ask(within: Self.patience, every: .milliseconds(200)) {
            try await stage.rows([
                "uploads", "list", "--organization", merchant.organization, "--limit", "10000",
                "--json",
            ])
        } until: { rows in
            rows.count { $0["state"] == "confirmed" } == ids.count
        }
        let states = Dictionary(grouping: rows) { $0["state"] ?? "" }.mapValues(\.count)
        #expect(states == ["confirmed": ids.count])
        let held = try await google.conversions().filter { $0.action == action }
        #expect(Set(held.map(\.transactionID)) == ids && held.count == ids.count)
        // What a killed one had sent may come again, and is what it was.
        #expect(held.allSatisfy { $0.values.count == 1 && $0.earlyChanges == 0 })
        try await Books(stage: stage, merchant: merchant).settled(within: Self.patience)
        let ledger = try await Books(stage: stage, merchant: merchant).ledger()
        #expect(ledger.balanced && ledger.findings.isEmpty)
    }
}

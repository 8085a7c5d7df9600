import Child
import Foundation
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// Goal: what the programs make of events is what the documentation says. Method: the traffic of two
/// shops through both real programs, of which one is judged by other rules from some moment on; a plain
/// Python script reckons all conversions and credits again from the stored events, and agrees to the
/// micro.
@Suite(.inTurn) struct ReckoningTests {
    @Test(.timeLimit(.minutes(15)), arguments: Cast.all)
    func aPlainScriptAgreesToTheMicro(_ cast: Cast) async throws {
        let plan = Rehearsal.Plan(backend: cast.backend, aggregators: cast.aggregators)
        try await Rehearsal.run(plan) { rehearsal in
            let now = SystemClock().now()
            for number in 0..<2 {
                var shop = Shop(seed: UInt64(40 + number), now: now)
                try await rehearsal.bring(shop.deliveries(visits: 150), shop: number)
            }
            try await rehearsal.merchant.set(shop: 1, Self.otherRules)
            try await rehearsal.expectNothingLost()
            let said = try await agreement(rehearsal)
            #expect(said.contains(" 0 differences"), "\(said)")
        }
    }

    private static let otherRules = [
        "--window-days", "5", "--half-life-days", "2", "--position-percents", "30,50",
        "--reset-on-conversion", "yes", "--credit-direct", "yes",
        "--counting-states", "paid,partially_refunded,pending",
    ]

    /// Asks until the programs have worked off what came; the last answer otherwise.
    private func agreement(_ rehearsal: Rehearsal) async throws -> String {
        try await Patience.ask(within: .seconds(60), every: .milliseconds(500)) {
            try await reckon(rehearsal)
        } until: {
            $0.contains(" 0 differences")
        }
    }

    private func reckon(_ rehearsal: Rehearsal) async throws -> String {
        let stage = rehearsal.stage
        let files = [
            ("events.ndjson", ["events", "list", "--lines", "--limit", "1000000"]),
            ("sites.json", ["sites", "list", "--json"]),
            ("conversions.json", ["conversions", "list", "--json", "--limit", "1000000"]),
        ]
        for (name, command) in files {
            try stage.write(try await stage.aggregator(command), to: name)
        }
        var policies: [String] = []
        for shop in rehearsal.merchant.shops {
            let rows = try await stage.aggregator(["sites", "policy", shop.shopDomain, "--json"])
            policies.append("\"\(shop.shopDomain)\":\(rows)")
        }
        try stage.write("{\(policies.joined(separator: ","))}", to: "policies.json")
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Independent/reckoning.py").standardized.path
        let log = stage.path("logs/reckoning.txt")
        let program = try Program.start(
            "/usr/bin/env",
            ["python3", script] + (files.map(\.0) + ["policies.json"]).map(stage.path), log: log)
        _ = await program.ended()
        return try String(contentsOfFile: log, encoding: .utf8)
    }
}

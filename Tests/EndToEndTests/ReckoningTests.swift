import Child
import Foundation
import Stage
import TestSupport
import Testing
import Time

/// Goal: what the programs make of events is what the documentation says. Method: the traffic of two
/// shops through both real programs; a plain Python script reckons all conversions and credits again
/// from the stored events, and agrees to the micro.
@Suite struct ReckoningTests {
    @Test(.timeLimit(.minutes(5))) func aPlainScriptAgreesToTheMicro() async throws {
        try await Rehearsal.run { rehearsal in
            let now = SystemClock().now()
            for number in 0..<2 {
                var shop = Shop(seed: UInt64(40 + number), now: now)
                try await rehearsal.bring(shop.deliveries(visits: 150), shop: number)
            }
            try await rehearsal.expectNothingLost()
            let said = try await agreement(rehearsal)
            #expect(said.contains(" 0 differences"), "\(said)")
        }
    }

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
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Independent/reckoning.py").standardized.path
        let log = stage.path("logs/reckoning.txt")
        let program = try Program.start(
            "/usr/bin/env", ["python3", script] + files.map { stage.path($0.0) }, log: log)
        _ = await program.ended()
        return try String(contentsOfFile: log, encoding: .utf8)
    }
}

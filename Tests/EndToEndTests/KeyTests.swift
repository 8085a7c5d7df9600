import Child
import Crypto
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: keys change on either side, are revoked, lost and found again, and no event is lost or counted
/// twice meanwhile. Method: both real programs; commands as an operator gives them, programs killed in
/// the middle of each write.
@Suite(.inTurn) struct KeyTests {
    @Test(arguments: Backend.ofPrograms)
    func theCollectorsKeyChangesUnderLoad(_ backend: Backend) async throws {
        try await Rehearsal.run(on: backend) { rehearsal in
            let first = try await rehearsal.keys()
            async let load: Tally = rehearsal.bring(visits: 30, seed: 11)
            try await rehearsal.rotate()
            _ = try await load
            let second = try await rehearsal.keys()
            #expect(second["key"] != first["key"])
            #expect(second["aggregator_key"] == first["aggregator_key"])
            try await rehearsal.bring(visits: 5, seed: 12)
            try await rehearsal.expectNothingLost()
            let shown = try await rehearsal.shownKeys()
            #expect(shown.map { $0["state"] } == ["retiring", "in force"])
            #expect(shown.map { $0["key"] } == [first["key"], second["key"]])
            // What the shops sign is opened with the new key from the cache, without the aggregator.
            try await rehearsal.aggregator.stop()
            try await rehearsal.collector.crash()
            try await rehearsal.startCollector()
            try await rehearsal.bring(visits: 5, seed: 13)
            try await rehearsal.startAggregator()
            try await rehearsal.expectNothingLost()
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func theCollectorsKeyChangesWhileItIsStopped(_ backend: Backend) async throws {
        try await Rehearsal.run(on: backend) { rehearsal in
            try await rehearsal.bring(visits: 5, seed: 21)
            let first = try await rehearsal.keys()
            try await rehearsal.collector.crash()
            _ = try await rehearsal.command(["keys", "rotate"])
            let second = try await rehearsal.keys()
            #expect(second["key"] != first["key"] && second["former_key"] == first["key"])
            try await rehearsal.startCollector()
            try await rehearsal.bring(visits: 5, seed: 22)
            try await rehearsal.expectNothingLost()
            _ = try await rehearsal.untilSettled()
        }
    }

    private static let deaths: [(FaultyDisk.Call, FaultyDisk.Fault, Int32)] = [
        (.open, .killBefore, 0), (.sync, .killBefore, 0), (.sync, .killAfter, 0),
        (.sync, .killBefore, 1), (.sync, .killAfter, 1), (.rename, .killBefore, 0),
        (.rename, .killAfter, 0),
    ]

    /// The draft is written and synced, the former key is written and synced, the draft is renamed.
    @Test(arguments: Backend.ofPrograms)
    func theCollectorDiesAtEachWriteOfAChange(_ backend: Backend) async throws {
        var disk: FaultyDisk?
        try await Rehearsal.run(on: backend) { rehearsal in
            let faulty = try FaultyDisk(under: rehearsal.merchant.dataDirectory + "/collector.")
            disk = faulty
            try await rehearsal.collector.crash()
            for (number, death) in Self.deaths.enumerated() {
                try await rehearsal.startCollector(environment: faulty.environment)
                let before = try await rehearsal.untilSettled()
                faulty.set(death.0, death.1, after: death.2, times: 1)
                _ = try await rehearsal.attempt(["keys", "rotate"])
                #expect(faulty.hits(death.0) == 1, "death \(number)")
                faulty.clear()
                try await rehearsal.collector.crash()
                try await rehearsal.startCollector()
                if try await rehearsal.keys()["key"] == before["key"],
                    try await rehearsal.keys()["is_changing"] == "no"
                {
                    try await rehearsal.rotate()
                }
                let after = try await rehearsal.untilSettled()
                #expect(after["key"] != before["key"], "death \(number)")
                let inForce = try await rehearsal.shownKeys().last
                #expect(inForce?["key"] == after["key"], "death \(number)")
                try await rehearsal.bring(visits: 2, seed: UInt64(100 + number))
                try await rehearsal.collector.crash()
            }
            try await rehearsal.startCollector()
            try await rehearsal.expectNothingLost()
        }
        _ = disk
    }

    @Test(arguments: Backend.ofPrograms)
    func aRevokedCollectorIsEnrolledAgainAndShipsItsBuffer(_ backend: Backend) async throws {
        try await Rehearsal.run(on: backend) { rehearsal in
            try await rehearsal.bring(visits: 5, seed: 31)
            try await rehearsal.books.settled(within: .seconds(60))
            let first = try await rehearsal.keys()
            try await rehearsal.rotate()
            _ = try await rehearsal.untilSettled()
            _ = try await rehearsal.order(["collectors", "revoke", rehearsal.merchant.name])
            #expect(try await rehearsal.shownKeys().allSatisfy { $0["state"] == "ended" })
            try await rehearsal.bring(visits: 5, seed: 32)
            let waiting = try await rehearsal.books.edge { edge in
                edge.problems.contains { $0.contains("revoked") }
            }
            #expect(waiting.pending > 0)
            let made = try await rehearsal.rows(["collectors", "token", rehearsal.merchant.name])
            let token = try #require(made.first?["token"])
            #expect(made.first?["collector"] == first["collector"])
            _ = try await rehearsal.command([
                "enroll", rehearsal.stage.aggregator.url, token, "--authority",
                rehearsal.stage.path("authority.pem"),
            ])
            try await rehearsal.expectNothingLost()
            let again = try await rehearsal.untilSettled()
            #expect(again["collector"] == first["collector"])
            let inForce = try await rehearsal.shownKeys().filter { $0["state"] == "in force" }
            #expect(inForce.map { $0["key"] } == [again["key"]])
        }
    }

    /// Webhook secrets and server keys of the shops, and the token, in neither side's files.
    @Test(arguments: Backend.ofPrograms)
    func noSecretLiesInTheClearOnEitherSide(_ backend: Backend) async throws {
        try await Rehearsal.run(on: backend) { rehearsal in
            let made = try await rehearsal.rows(["collectors", "token", rehearsal.merchant.name])
            let token = try #require(made.first?["token"])
            try await rehearsal.bring(visits: 5, seed: 71)
            try await rehearsal.rotate()
            _ = try await rehearsal.untilSettled()
            try await rehearsal.expectNothingLost()
            let secrets =
                rehearsal.merchant.shops.flatMap { [$0.serverKey, $0.webhookSecret] }
                + [String(token.split(separator: ".")[1])]
            var files = 0
            for folder in [rehearsal.stage.path("aggregator"), rehearsal.merchant.dataDirectory] {
                for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
                    guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)")
                    else { continue }
                    files += 1
                    for secret in secrets {
                        let isThere = bytes.range(of: Data(secret.utf8)) != nil
                        #expect(!isThere, "\(name) holds a secret")
                    }
                }
            }
            #expect(files > 6)
            let dump = try await rehearsal.database.text(on: rehearsal.stage)
            #expect(dump.isEmpty == (backend == .sqlite))
            for secret in secrets {
                let hex = Hex.encode(Array(secret.utf8))
                #expect(!dump.contains(secret) && !dump.contains(hex), "the server holds a secret")
            }
        }
    }

    // MARK: The aggregator's key

    @Test(arguments: Backend.ofPrograms)
    func aCollectorThatWasAwayFollowsOverSeveralKeys(_ backend: Backend) async throws {
        try await Rehearsal.run(on: backend) { rehearsal in
            try await rehearsal.bring(visits: 5, seed: 41)
            try await rehearsal.books.settled(within: .seconds(60))
            let first = try await rehearsal.keys()
            try await rehearsal.collector.crash()
            for _ in 0..<2 { _ = try await rehearsal.stage.aggregator(["signing-key", "rotate"]) }
            try await rehearsal.aggregator.stop()
            _ = try await rehearsal.stage.aggregator(["signing-key", "rotate"])
            try await rehearsal.startAggregator()
            try await rehearsal.startCollector()
            try await rehearsal.bring(visits: 5, seed: 42)
            try await rehearsal.expectNothingLost()
            // And once more while both run.
            _ = try await rehearsal.stage.aggregator(["signing-key", "rotate"])
            try await rehearsal.bring(visits: 5, seed: 43)
            try await rehearsal.expectNothingLost()
            let shown = try await rehearsal.stage.rows(["signing-key", "show", "--json"])
            #expect(shown.count == 5)
            #expect(shown.first?["fingerprint"] == first["aggregator_key"])
            #expect(try await rehearsal.keys()["aggregator_key"] == shown.last?["fingerprint"])
        }
    }

    /// A rotation is one commit: the former key is in force before it, the new one behind it.
    @Test func theAggregatorDiesAtTheCommitOfARotation() async throws {
        try await Rehearsal.run(on: .sqlite) { rehearsal in
            let disk = try FaultyDisk(under: rehearsal.stage.path("aggregator"))
            for (seed, fault) in [(50, .killBefore), (51, .killAfter)]
                as [(UInt64, FaultyDisk.Fault)]
            {
                try await rehearsal.aggregator.stop()
                try await rehearsal.startAggregator(environment: disk.environment)
                disk.set(.sync, fault, after: 0, times: 1)
                let config = ["--config", rehearsal.stage.path("aggregator.yaml")]
                _ = try await rehearsal.stage.command(
                    "convey-aggregator", ["signing-key", "rotate"] + config)
                #expect(disk.hits(.sync) == 1)
                disk.clear()
                try await rehearsal.aggregator.crash()
                try await rehearsal.startAggregator()
                let shown = try await rehearsal.stage.rows(["signing-key", "show", "--json"])
                try await rehearsal.bring(visits: 2, seed: seed)
                try await rehearsal.expectNothingLost()
                let followed = try await rehearsal.keys()["aggregator_key"]
                #expect(followed == shown.last?["fingerprint"])
            }
        }
    }

    @Test(arguments: Backend.ofPrograms)
    func aLostKeyIsTrustedAnewByItsFingerprint(_ backend: Backend) async throws {
        try await Rehearsal.run(on: backend) { rehearsal in
            try await rehearsal.bring(visits: 5, seed: 61)
            try await rehearsal.books.settled(within: .seconds(60))
            let first = try await rehearsal.keys()
            try await rehearsal.aggregator.stop()
            try await rehearsal.database.loseSigningKey(on: rehearsal.stage)
            try await rehearsal.startAggregator()
            try await rehearsal.bring(visits: 5, seed: 62)
            let waiting = try await rehearsal.books.edge { edge in
                edge.problems.contains { $0.contains("not trusted") }
            }
            #expect(waiting.pending > 0)
            let wrong = try #require(first["aggregator_key"])
            #expect(try await rehearsal.attempt(["trust", wrong]).status == 1)
            let shown = try await rehearsal.stage.rows(["signing-key", "show", "--json"])
            let fingerprint = try #require(shown.last?["fingerprint"])
            _ = try await rehearsal.command(["trust", fingerprint])
            try await rehearsal.expectNothingLost()
            let after = try await rehearsal.keys()
            #expect(after["aggregator_key"] == fingerprint)
            #expect(after["key"] == first["key"] && after["collector"] == first["collector"])
        }
    }
}

extension Rehearsal {
    /// Runs a command of the collector that must succeed.
    func command(_ words: [String]) async throws -> String {
        try await merchant.collector(words)
    }

    /// Runs a command of the collector, however it ends.
    func attempt(_ words: [String]) async throws -> Program.Outcome {
        try await stage.command(
            "convey-collector", words + ["--config", merchant.configuration])
    }

    /// What `keys show` tells.
    func keys() async throws -> [String: String] {
        let text = try await command(["keys", "show", "--json"])
        let members = try JSONDecoder().decode([String: String?].self, from: Data(text.utf8))
        return members.compactMapValues(\.self)
    }

    func rotate() async throws { _ = try await command(["keys", "rotate"]) }

    /// Waits until a change of the key is over: the new key has its settings, the former one is gone.
    func untilSettled() async throws -> [String: String] {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let keys = try await keys()
            if keys["is_changing"] == "no", keys["former_key"] == nil { return keys }
            try #require(ContinuousClock.now < end, "The change of the key does not end.")
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }

    /// Gives an order of the merchant's organization at the aggregator.
    func order(_ words: [String]) async throws -> String {
        try await stage.aggregator(words + ["--organization", merchant.organization])
    }

    func rows(_ words: [String]) async throws -> [[String: String]] {
        try await stage.rows(words + ["--organization", merchant.organization, "--json"])
    }

    /// What the aggregator shows of the collector's keys, oldest first.
    func shownKeys() async throws -> [[String: String]] {
        try await rows(["collectors", "show", merchant.name])
    }
}

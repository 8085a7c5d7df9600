import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: clients that are not ours work unmodified, and what they send arrives as it was meant.
/// Method: Segment's and CloudEvents' own Python clients, a program that signs by itself and one that
/// asks for pictures send to a running pair; each event that the buffer holds is held against what the
/// sender wrote down, and the aggregator must have each once.
@Suite(.inTurn, .timeLimit(.minutes(15))) struct ThirdPartyClientTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What the senders wrote down.
    private struct Expected: Decodable {
        let events: [String: [String: String?]]
        /// Texts that no event may hold.
        let forbidden: [String]
        /// How many events were sent a second time.
        let repeats: Int
    }

    @Test(arguments: Backend.ofPrograms)
    func whatTheySendArrivesAsItWasMeant(_ backend: Backend) async throws {
        let stage = try await Stage.fresh(on: backend)
        try stage.write(Self.secret, to: "signing.secret")
        let pair = try await RunningPair(on: stage) { merchant in
            try await merchant.set(
                shop: 0, ["--signing-secret-file", stage.path("signing.secret")])
        }
        let expected = try await Self.send(to: pair)
        let types = try await pair.settledEvents()
        #expect(Set(types.keys) == Set(expected.events.keys))

        let lines = try await pair.merchant.collector(["buffer", "export", "--all"])
            .split(separator: "\n")
        var found: [String: [String: Any]] = [:]
        for line in lines {
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            found[event?["id"] as? String ?? ""] = event
            for text in expected.forbidden {
                #expect(!line.lowercased().contains(text.lowercased()), "\(text) in \(line)")
            }
        }
        #expect(Set(found.keys) == Set(expected.events.keys))
        for (id, members) in expected.events {
            for (path, value) in members {
                let held = found[id].flatMap { Self.value($0, path) }
                #expect(held == value, "\(path) of \(id) is \(held ?? "not there")")
            }
        }
        try await Self.expectConversions(of: pair)
        // What came twice is there twice at the edge, and once at the aggregator.
        #expect(lines.count == expected.events.count + expected.repeats)
        try await pair.endBalanced(stored: lines.count, once: expected.events.count)
    }

    /// Segment's order less what it says went back, and the one order that every CloudEvent tells of.
    private static func expectConversions(of pair: RunningPair) async throws {
        let expected = [
            "id:1042": ["counted", "22500000", "USD"], "id:2001": ["counted", "10000000", "EUR"],
        ]
        let held = try await Patience.ask(within: .seconds(60)) {
            let rows = try await pair.stage.rows(["conversions", "list", "--json"])
            let values = rows.map { row in
                (row["order"] ?? "", ["status", "value_micros", "currency"].map { row[$0] ?? "" })
            }
            return Dictionary(values) { first, _ in first }
        } until: {
            $0 == expected
        }
        #expect(held == expected)
    }

    private static let secret = "a secret \"of\" the shop's own choosing"

    private static func send(to pair: RunningPair) async throws -> Expected {
        let (stage, shop) = (pair.stage, pair.merchant.shops[0])
        let work = [
            "url": pair.merchant.intake.url, "site": shop.siteID, "site_key": shop.siteKey,
            "server_key": shop.serverKey, "signing_secret": secret,
        ]
        let text = String(decoding: try JSONEncoder().encode(work), as: UTF8.self)
        try stage.write(text, to: "work.json")
        let python = root.appending(path: ".venv/bin/python").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python),
            "`make setup` installs what this test needs into .venv")
        let script = root.appending(path: "Tests/Independent/intake_clients.py").path
        let program = try Program.start(
            python, [script, stage.path("work.json"), stage.path("expected.json")],
            log: stage.path("logs/clients"))
        let status = await program.ended()
        let log = try String(contentsOfFile: stage.path("logs/clients"), encoding: .utf8)
        try #require(status == 0, "\(log.suffix(3000))")
        let bytes = try Data(contentsOf: URL(filePath: stage.path("expected.json")))
        return try JSONDecoder().decode(Expected.self, from: bytes)
    }

    /// A value by its path, as `items.0.id`, in words.
    private static func value(_ root: Any, _ path: String) -> String? {
        var value = root
        for name in path.split(separator: ".") {
            if let array = value as? [Any], let index = Int(name), array.indices.contains(index) {
                value = array[index]
            } else if let member = (value as? [String: Any])?[String(name)] {
                value = member
            } else {
                return nil
            }
        }
        return "\(value)"
    }
}

import Child
import Daemon
import Foundation
import HTTP
import Stage
import Testing

/// Goal: an operator gets the same from a running aggregator and from a stopped one, and no tenant
/// sees another's. Method: the real program, two organizations.
@Suite(.timeLimit(.minutes(5))) struct OperatorTests {
    private let stage: Stage

    init() throws { stage = try Stage.fresh(programs: Self.programs) }

    /// The folder of this test program: the real programs are built into it.
    private static var programs: String {
        URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().path
    }

    private func site(_ store: String, of organization: String) async throws -> [String: String] {
        let own = ["--organization", organization, "--json"]
        let made = try await stage.rows(["sites", "add", store, "--platform", "shopify"] + own)
        return try #require(made.first)
    }

    @Test func ordersGoToTheDataWhileStoppedAndToTheDaemonWhileItRuns() async throws {
        _ = try await stage.aggregator(["organizations", "add", "First"])
        let before = try await site("lamps", of: "First")
        let daemon = try await stage.startAggregator()
        let after = try await site("chairs", of: "First")
        let listed = try await stage.rows(["sites", "list", "--json"])
        #expect(listed.map { $0["id"] } == [before["id"], after["id"]])
        #expect(try await stage.aggregator(["migrate", "status"]).contains("1  tenants  applied"))
        #expect(try await stage.aggregator(["balance"]).contains("The books balance"))
        #expect(await daemon.stop() == 0)
        #expect(try await stage.rows(["sites", "list", "--json"]).count == 2)
        try stage.remove()
    }

    /// The lock is held as a command holds it that was given while no daemon ran.
    @Test func aStartWaitsForACommandThatIsAtWork() async throws {
        _ = try await stage.aggregator(["organizations", "add", "First"])
        let log = stage.path("logs/aggregator.log")
        let daemon: Program
        do {
            let lock = try FileLock(stage.path("aggregator/lock"))
            daemon = try Program.start(
                "\(stage.programs)/convey-aggregator",
                ["serve", "--config", stage.path("aggregator.yaml")], log: log)
            let end = ContinuousClock.now + .seconds(30)
            while ContinuousClock.now < end,
                try !String(contentsOfFile: log, encoding: .utf8).contains("is waited for")
            {
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
            _ = consume lock
        }
        try await daemon.ready()
        #expect(await daemon.stop() == 0)
        try stage.remove()
    }

    @Test func anotherTenantsIdsAreUnknown() async throws {
        _ = try await stage.aggregator(["organizations", "add", "First"])
        _ = try await stage.aggregator(["organizations", "add", "Second"])
        let site = try await site("lamps", of: "First")
        _ = try await stage.aggregator([
            "collectors", "add", "edge", "--organization", "First", "--json",
        ])
        for words in [
            ["sites", "set", site["id"] ?? "", "--enabled", "no"],
            ["keys", "add", site["id"] ?? ""], ["keys", "revoke", "1"],
            ["collectors", "revoke", "edge"], ["collectors", "token", "edge"],
            ["collectors", "add", "mine", "--sites", site["id"] ?? ""],
        ] {
            let config = ["--config", stage.path("aggregator.yaml")]
            let outcome = try await stage.command(
                "convey-aggregator", words + ["--organization", "Second"] + config)
            #expect(outcome.status == 1, "\(words)")
            #expect(outcome.output.isEmpty && outcome.errors.contains("There is no such"))
        }
        #expect(
            try await stage.rows(["sites", "list", "--organization", "Second", "--json"]).isEmpty)
        try stage.remove()
    }

    @Test func aServerKeyReadsItsOwnLedgerOnly() async throws {
        _ = try await stage.aggregator(["organizations", "add", "First"])
        _ = try await stage.aggregator(["organizations", "add", "Second"])
        let daemon = try await stage.startAggregator()
        let site = try await site("lamps", of: "First")
        let key = try await stage.rows([
            "keys", "add", site["id"] ?? "", "--kind", "server", "--organization", "First",
            "--json",
        ])
        let client = Client(.init(trust: .authority(pem: stage.authorityPEM)))
        func ledger(_ key: String) async throws -> Response {
            try await client.send(
                ClientRequest(
                    .get, stage.aggregator, "/api/v1/ledger",
                    headers: ["Authorization": "Bearer \(key)"]))
        }
        let own = try await ledger(key.first?["key"] ?? "")
        #expect(own.status == 200)
        #expect(String(decoding: own.body, as: UTF8.self).hasPrefix(#"{"balanced":true"#))
        #expect(try await ledger("server_somebody_elses").status == 401)
        _ = try await stage.aggregator(["keys", "revoke", "1", "--organization", "First"])
        #expect(try await ledger(key.first?["key"] ?? "").status == 401)
        await daemon.stop()
        try stage.remove()
    }
}

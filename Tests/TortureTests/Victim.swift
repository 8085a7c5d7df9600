import Child
import Foundation
import HTTP
import Stage
import Synchronization
import TestSupport
import Testing

/// A collector that is killed at random moments, and what its clients were told.
actor Victim {
    /// What was done to it, and what it had promised.
    struct Tally: Sendable {
        var deaths = 0
        /// Deaths before it was ready, and after it was asked to stop.
        var early = 0
        var late = 0
        var acknowledged = 0
        var unanswered = 0

        mutating func add(_ other: Tally) {
            deaths += other.deaths
            early += other.early
            late += other.late
            acknowledged += other.acknowledged
            unanswered += other.unanswered
        }
    }

    private let stage: Stage
    private let merchant: Merchant
    private let client: Client
    private var random: SeededRandom
    private var acknowledged: Set<String> = []
    private var tally = Tally()
    private var life = 0

    init(_ number: Int, on stage: Stage, random: SeededRandom) async throws {
        self.stage = stage
        self.random = random
        client = Client(Client.Settings(totalTimeout: .seconds(20)), name: "victim-\(number)")
        merchant = try await Merchant.open("victim-\(number)", stores: ["v\(number)"], on: stage)
        // Settings come by the aggregator; before, events are refused.
        let first = try await merchant.startCollector()
        try await merchant.takesEvents()
        await first.crash()
    }

    /// One life, from its start to its violent end.
    func liveAndDie() async throws {
        life += 1
        tally.deaths += 1
        let program = try Program.start(
            "\(stage.programs)/convey-collector", ["run", "--config", merchant.configuration],
            log: stage.path("logs/\(merchant.name).log"))
        let isEarly = draw(4) == 0
        let moment = Duration.microseconds(draw(isEarly ? 120_000 : 80_000))
        let isAsked = draw(5) == 0
        let grace = Duration.microseconds(draw(30_000))
        if isEarly {
            tally.early += 1
            try await ContinuousClock().sleep(for: moment)
        } else {
            try await program.ready()
            try await withThrowingTaskGroup { group in
                for number in 0..<3 { group.addTask { try await self.bring(number) } }
                try await ContinuousClock().sleep(for: moment)
                if isAsked {
                    program.signal(SIGTERM)
                    try await ContinuousClock().sleep(for: grace)
                }
                program.signal(SIGKILL)
                try await group.waitForAll()
            }
            if isAsked { tally.late += 1 }
        }
        await program.crash()
    }

    private func draw(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    // MARK: Clients

    /// Leaves events, one request after another, until nobody answers.
    private func bring(_ number: Int) async throws {
        for turn in 0... {
            let ids = (0...draw(12)).map { "\(merchant.name)-\(life)-\(number)-\(turn)-\($0)" }
            guard let answer = await post(ids) else { return }
            // It may be going down; then it says so.
            guard answer.status != 503 else { continue }
            try #require(answer.status / 100 == 2, "answered \(answer.status)")
            acknowledged.formUnion(ids)
        }
    }

    private func post(_ ids: [String]) async -> Response? {
        let types = ["page_view", "login", "purchase"]
        let events = ids.enumerated().map { index, id in
            #"{"id":"\#(id)","type":"\#(types[index % 3])","visitor":"v"}"#
        }
        let request = ClientRequest(
            .post, merchant.intake, "/v1/events",
            headers: [
                "Content-Type": "application/json",
                "Authorization": "Bearer \(merchant.shops[0].serverKey)",
            ], body: Array("[\(events.joined(separator: ","))]".utf8))
        do {
            return try await client.send(request)
        } catch {
            tally.unanswered += 1
            return nil
        }
    }

    // MARK: The end

    /// Holds what was acknowledged against the file, and against the sink when all is delivered.
    func closeBooks() async throws -> Tally {
        tally.acknowledged = acknowledged.count
        let verified = try await stage.command(
            "convey-collector", ["buffer", "verify", "--config", merchant.configuration])
        #expect(verified.status == 0, "\(merchant.name): \(verified.output)")
        let held = try await heldIDs()
        expect(held, in: "the buffer")
        let program = try await merchant.startCollector()
        let books = Books(stage: stage, merchant: merchant)
        let edge = try await books.edge(within: .seconds(120)) { $0.pending == 0 }
        #expect(edge.isBalanced && edge.problems.isEmpty && edge.incidents.isEmpty)
        #expect(edge.stored == Int64(held.count))
        expect(try await storedIDs(), in: "the ledger")
        #expect(await program.stop() == 0)
        try FileManager.default.removeItem(atPath: merchant.dataDirectory)
        return tally
    }

    /// Each once, and none that was promised missing. Nothing is deleted for 72 hours.
    private func expect(_ found: [String], in place: String) {
        let unique = Set(found)
        #expect(unique.count == found.count, "\(merchant.name): copies in \(place)")
        let lost = acknowledged.subtracting(unique)
        #expect(
            lost.isEmpty,
            "\(merchant.name): \(lost.count) lost in \(place): \(lost.sorted().prefix(5))")
    }

    private func heldIDs() async throws -> [String] {
        try await merchant.collector(["buffer", "export", "--all"])
            .split(separator: "\n").compactMap { line in
                line.firstMatch(of: /"id":"([^"]*)"/).map { String($0.output.1) }
            }
    }

    private func storedIDs() async throws -> [String] {
        try await stage.rows([
            "events", "list", "--organization", merchant.organization, "--limit", "1000000",
            "--json",
        ]).compactMap { $0["id"] }
    }
}

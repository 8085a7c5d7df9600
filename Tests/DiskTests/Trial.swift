import Child
import Foundation
import HTTP
import Stage
import Synchronization
import TestSupport
import Testing
import Troupe

/// Both real programs at work, each on a disk of the test's, and what the shop's server was promised.
/// At the end of a trial no program is left.
final class Trial: Sendable {
    let stage: Stage
    let database: TestDatabase
    let merchant: Merchant
    let books: Books
    private let programs = Mutex<[String: Program]>([:])
    private let promised = Mutex<Set<String>>([])
    private let client = Client(Client.Settings(totalTimeout: .seconds(20)), name: "trial")

    /// What the two programs find in their environment, once their stage is known.
    struct Surroundings {
        var aggregator: [String: String] = [:]
        var collector: [String: String] = [:]
    }

    /// Sets the stage, runs the test, and clears the stage; a test that breaks off shows the logs.
    static func run(
        on backend: Backend,
        _ surroundings: (Stage) throws -> Surroundings = { _ in Surroundings() },
        _ test: (Trial) async throws -> Void
    ) async throws {
        let database = try TestDatabase(on: backend)
        let stage = try Stage.fresh(
            programs: Stage.builtPrograms, database: database.place)
        do {
            let trial = try await Trial(stage, database, surroundings(stage))
            do {
                try await test(trial)
            } catch {
                await trial.end()
                throw error
            }
            await trial.end()
        } catch {
            for name in ["aggregator", "edge-lamps"] { print(stage.log(of: name)) }
            try stage.remove()
            throw error
        }
        try stage.remove()
    }

    private init(
        _ stage: Stage, _ database: TestDatabase, _ surroundings: Surroundings
    ) async throws {
        self.stage = stage
        self.database = database
        // A program that is let go while it runs is killed, as where this throws.
        let aggregator = try await stage.startAggregator(environment: surroundings.aggregator)
        merchant = try await Merchant.open("Lamps", stores: ["lamps"], on: stage)
        books = Books(stage: stage, merchant: merchant)
        keep(aggregator, as: "aggregator")
        try await startCollector(environment: surroundings.collector)
        // Settings come from the aggregator; before, events are refused.
        _ = try await books.edge { $0.problems.isEmpty }
    }

    // MARK: Programs

    var aggregator: Program { get throws { try program("aggregator") } }
    var collector: Program { get throws { try program("collector") } }

    private func program(_ name: String) throws -> Program {
        try #require(programs.withLock { $0[name] })
    }

    func startAggregator() async throws {
        keep(try await stage.startAggregator(), as: "aggregator")
    }

    func startCollector(environment: [String: String] = [:]) async throws {
        keep(try await merchant.startCollector(environment: environment), as: "collector")
    }

    /// Takes a program into the trial's care.
    func keep(_ program: Program, as name: String) { programs.withLock { $0[name] = program } }

    private func end() async {
        for program in programs.withLock({ Array($0.values) }) { await program.crash() }
    }

    // MARK: Events

    /// Leaves three events, one a lane, as the shop's server does, and notes what was promised.
    /// - Parameter name: makes their ids.
    @discardableResult
    func post(_ name: String, to origin: Origin? = nil) async throws -> Response {
        let ids = ["page_view", "login", "purchase"].map { "\(name)-\($0)" }
        let events = zip(ids, Self.events).map { #"{"id":"\#($0)",\#($1)}"# }
        let request = ClientRequest(
            .post, origin ?? merchant.intake, "/v1/events",
            headers: [
                "Content-Type": "application/json",
                "Authorization": "Bearer \(merchant.shops[0].serverKey)",
            ], body: Array("[\(events.joined(separator: ","))]".utf8))
        let answer = try await client.send(request)
        if answer.status / 100 == 2 { promised.withLock { $0.formUnion(ids) } }
        return answer
    }

    private static let events = [
        #""type":"page_view","visitor":"v","page":{"url":"https://shop.example.com/"}"#,
        #""type":"login","visitor":"v""#,
        #""type":"purchase","visitor":"v","order":{"id":"1"},"value":{"amount":"1.00","currency":"EUR"}"#,
    ]

    /// Leaves events that must be taken.
    func bring(_ name: String, requests: Int = 10, to origin: Origin? = nil) async throws {
        for number in 0..<requests {
            let answer = try await post("\(name)-\(number)", to: origin)
            try #require(answer.status / 100 == 2, "\(name) was answered \(answer.status)")
        }
    }

    // MARK: The end

    /// Waits until everything is delivered; then each promised event is stored, and none twice.
    func expectNothingLost() async throws {
        try await books.settled(within: .seconds(60))
        let differences = try await books.presence(of: Array(promised.withLock { $0 }))
        #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(5))")
        let (edge, ledger) = (try await books.edge(), try await books.ledger())
        #expect(edge.isBalanced && ledger.balanced)
        #expect(ledger.pending == 0 && ledger.gaps == 0 && ledger.rejected == 0)
        #expect(ledger.findings["chain_mismatch"] == nil)
    }

    /// How many different events were promised.
    var promisedCount: Int64 { promised.withLock { Int64($0.count) } }
}

extension Stage {
    /// What a program has logged.
    func log(of name: String) -> String {
        let bytes = FileManager.default.contents(atPath: path("logs/\(name).log")) ?? Data()
        return String(decoding: bytes, as: UTF8.self)
    }
}

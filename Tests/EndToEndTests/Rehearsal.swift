import Child
import Crypto
import Foundation
import HTTP
import Stage
import Synchronization
import TestSupport
import Testing
import Time
import Troupe

/// The real programs on a stage of one test: aggregators over TLS, a merchant's collector, and what the
/// shops were told. Whatever the test does, at its end no program is left, and no log holds
/// anything of a shopper.
final class Rehearsal: Sendable {
    let troupe: Troupe
    let database: TestDatabase
    let merchant: Merchant
    let books: Books
    /// What was acknowledged so far, by whatever load.
    let tally = Mutex(Tally())
    private let running = Mutex<Program?>(nil)

    /// How a rehearsal is set up.
    struct Plan {
        /// Where the aggregators keep their data.
        var backend = Backend.sqlite
        /// A database of the test's own, in the place of the backend's.
        var database: StageDatabase?
        var aggregators = 1
        /// Between collector and aggregator.
        var wire: BadWire?
        /// More lines of the two configurations.
        var collectorSettings = ""
        var aggregatorSettings = ""
        /// What the programs find in their environment.
        var collectorEnvironment: [String: String] = [:]
        var aggregatorEnvironment: [String: String] = [:]
    }

    static func run(
        on backend: Backend, _ test: (Rehearsal) async throws -> Void
    ) async throws {
        try await run(Plan(backend: backend), test)
    }

    /// Sets the stage, runs the test, clears the stage, and reads the logs.
    static func run(
        _ plan: Plan, _ test: (Rehearsal) async throws -> Void
    ) async throws {
        let database = try TestDatabase(on: plan.backend)
        let troupe = try Troupe(
            of: plan.aggregators, on: plan.database ?? database.place,
            names: plan.wire.map { ["localhost:\($0.port)"] } ?? [],
            settings: plan.aggregatorSettings)
        let rehearsal: Rehearsal
        do {
            rehearsal = try await Rehearsal(troupe, database, plan)
        } catch {
            await troupe.end()
            throw error
        }
        do {
            try await test(rehearsal)
        } catch {
            await rehearsal.end()
            print("What the programs said lies in \(troupe.stage.folder)/logs.")
            throw error
        }
        await rehearsal.end()
        try rehearsal.checkLogs()
        try troupe.stage.remove()
    }

    private init(_ troupe: Troupe, _ database: TestDatabase, _ plan: Plan) async throws {
        (self.troupe, self.database) = (troupe, database)
        let stage = troupe.stage
        try await troupe.start(environment: plan.aggregatorEnvironment)
        var road = plan.aggregators > 1 ? try troupe.road : nil
        if let wire = plan.wire {
            wire.lead(to: stage.aggregatorPort)
            road = try Stage.origin("https://localhost:\(wire.port)")
        }
        merchant = try await Merchant.open(
            "Lamps and chairs", stores: ["lamps", "chairs"], on: stage, by: road)
        books = Books(stage: stage, merchant: merchant)
        try stage.append(plan.collectorSettings, to: "\(merchant.name).yaml")
        try await startCollector(environment: plan.collectorEnvironment)
        // Settings come by the aggregator; before, events are refused.
        _ = try await books.edge { $0.problems.isEmpty }
    }

    var stage: Stage { troupe.stage }

    // MARK: Programs

    /// The first one.
    var aggregator: Program { get throws { try #require(troupe.program(1)) } }
    var collector: Program { get throws { try #require(running.withLock { $0 }) } }

    func startAggregator(environment: [String: String] = [:]) async throws {
        try await troupe.start(1, environment: environment)
    }

    func startCollector(environment: [String: String] = [:]) async throws {
        let program = try await merchant.startCollector(environment: environment)
        running.withLock { $0 = program }
    }

    private func end() async {
        await running.withLock { $0 }?.crash()
        await troupe.end()
    }

    // MARK: Events

    /// Brings the deliveries of some visits to a shop, and notes what was answered.
    @discardableResult
    func bring(visits: Int, seed: UInt64, shop number: Int = 0) async throws -> Tally {
        // What another seed told of the shop stays apart.
        let firstOrder = 1_001 + Int(seed % 1_000_000) * 1_000
        var shop = Shop(seed: seed, now: SystemClock().now(), firstOrder: firstOrder)
        return try await bring(shop.deliveries(visits: visits), shop: number)
    }

    /// Brings deliveries to a shop, and notes what was answered.
    @discardableResult
    func bring(_ deliveries: [Shop.Delivery], shop number: Int) async throws -> Tally {
        let courier = Courier(to: merchant.intake, with: merchant.shops[number])
        let told = try await courier.deliver(deliveries, width: 4)
        tally.withLock { $0.add(told) }
        return told
    }

    /// Posts events of the test's own as a server of the first shop does; nil where no answer came.
    func post(_ ids: [String], type: String = "login") async throws -> Response? {
        let events = ids.map { #"{"id":"\#($0)","type":"\#(type)","visitor":"v"}"# }
        let request = ClientRequest(
            .post, merchant.intake, "/v1/events",
            headers: [
                "Content-Type": "application/json",
                "Authorization": "Bearer \(merchant.shops[0].serverKey)",
            ], body: Array("[\(events.joined(separator: ","))]".utf8))
        do {
            let answer = try await client.send(request)
            if answer.status / 100 == 2 {
                tally.withLock { $0.acknowledge(ids) }
            }
            return answer
        } catch {
            return nil
        }
    }

    let client = Client(Client.Settings(totalTimeout: .seconds(20)), name: "rehearsal")

    // MARK: The end

    /// Waits until everything is delivered, then holds what was acknowledged against what is stored.
    func expectNothingLost(within limit: Duration = .seconds(60)) async throws {
        try await books.settled(within: limit)
        let told = tally.withLock { $0 }
        #expect(told.surprises.isEmpty)
        let differences = try await books.presence(of: Array(told.acknowledged.keys))
        #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(5))")
        let (edge, ledger) = (try await books.edge(), try await books.ledger())
        #expect(edge.isBalanced && ledger.balanced)
        #expect(edge.pending == 0 && ledger.pending == 0)
        #expect(ledger.findings["chain_mismatch"] == nil)
    }

    /// No line of any log holds an address, a visitor, an event's id, or a secret.
    private func checkLogs() throws {
        let told = tally.withLock { $0 }
        let secrets = merchant.shops.flatMap { [$0.serverKey, $0.webhookSecret] }
        var checked = 0
        let files = try FileManager.default.contentsOfDirectory(atPath: stage.path("logs"))
        for name in files where name.hasSuffix(".log") {
            let log = try String(contentsOfFile: stage.path("logs/\(name)"), encoding: .utf8)
            checked += log.utf8.count
            #expect(!log.contains("@example.com"), "\(name) holds an e-mail address")
            #expect(!log.contains("buyer"), "\(name) holds a part of one")
            for secret in secrets { #expect(!log.contains(secret), "\(name) holds a secret") }
            let ids = told.acknowledged.keys.filter { $0.count > 8 && log.contains($0) }
            #expect(ids.isEmpty, "\(name) holds \(ids.prefix(3))")
        }
        #expect(checked > 0)
    }
}

extension Stage {
    /// Adds lines to a file.
    func append(_ text: String, to name: String) throws {
        guard !text.isEmpty else { return }
        let before = try String(contentsOfFile: path(name), encoding: .utf8)
        try write(before + text, to: name)
    }
}

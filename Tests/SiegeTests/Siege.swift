import Child
import Foundation
import HTTP
import Stage
import Synchronization
import TestSupport
import Time
import Troupe

/// The real programs on a stage of one test: shops with their collector, the aggregators, and a stand-in
/// of Google with several conversion actions, of which each gets every order.
final class Siege: Sendable {
    let troupe: Troupe
    let ground: Ground
    let google: StandIn
    let record: RecordTail
    let merchant: Merchant
    let actions: [String]
    /// Counts what collectors and platform answered.
    let progress = Progress()
    private let programs = Mutex<[String: Program]>([:])
    private let orders = Mutex(0)
    private let client = Client(Client.Settings(totalTimeout: .seconds(20)), name: "shops")

    private static let organization = "Lamps and chairs"

    /// How long a test waits for what must come, before it says that it did not.
    static let patience: Duration = .seconds(120)

    /// How soon the aggregator looks again, so that a siege comes to its end.
    static let quickPauses = """
          hold_for: 1s
          retry_first: 500ms
          backoff_max: 2s

        """

    /// Sets the stage, runs the test, clears the stage.
    /// - Parameter pauses: lines of the aggregator's `uploads`.
    static func run(
        _ actions: [String], on kind: Ground.Kind, pauses: String = quickPauses,
        _ test: (Siege) async throws -> Void
    ) async throws {
        let ground = try await Ground.make(kind)
        let troupe = try Troupe(
            of: kind.aggregators, on: ground.place,
            settings: """
                uploads:
                  first_poll: 100ms
                  poll_max: 1s
                \(pauses)
                """)
        let siege: Siege
        do {
            siege = try await Siege(troupe, ground, actions)
        } catch {
            await troupe.end()
            throw error
        }
        do {
            try await test(siege)
        } catch {
            await siege.end()
            print("What the programs said lies in \(troupe.stage.folder)/logs.")
            throw error
        }
        await siege.end()
        try troupe.stage.remove()
    }

    private init(_ troupe: Troupe, _ ground: Ground, _ actions: [String]) async throws {
        (self.troupe, self.ground, self.actions) = (troupe, ground, actions)
        let stage = troupe.stage
        try await troupe.start()
        google = try StandIn("google", on: stage)
        record = RecordTail(google.recordPath)
        merchant = try await Merchant.open(
            Self.organization, stores: ["lamps", "chairs"], on: stage, by: troupe.road)
        let collector = try await merchant.startCollector()
        programs.withLock { $0["collector"] = collector }
        try await merchant.takesEvents()
    }

    var stage: Stage { troupe.stage }

    /// Adds a conversion action as a destination, live for everything since the day before yesterday.
    func add(_ action: String, at platform: StandIn, secret: String? = nil) async throws {
        let name = Self.destination(action)
        let orders: [[String]] = [
            [
                "add", name, "--customer", StandIn.customer, "--action", action,
                "--url", platform.origin.url, "--token-url", "\(platform.origin.url)/token",
                "--quota-project", "project-\(action)",
            ],
            ["credential", name, "--file", try await platform.credential(secret: secret)],
            ["mode", name, "live"],
            [
                "backfill", name, "--from", "\(SystemClock().now() - .seconds(2 * 86_400))",
                "--confirm",
            ],
        ]
        let own = ["--organization", Self.organization]
        for order in orders { _ = try await stage.aggregator(["destinations"] + order + own) }
    }

    /// What an action is called at the aggregator.
    static func destination(_ action: String) -> String { "google-\(action)" }

    // MARK: Programs

    func start(_ name: String, _ make: () async throws -> Program) async throws {
        let program = try await make()
        programs.withLock { $0[name] = program }
    }

    func crash(_ name: String) async { await programs.withLock { $0[name] }?.crash() }

    private func end() async {
        for program in programs.withLock({ Array($0.values) }) { await program.crash() }
        await troupe.end()
        await ground.end()
    }

    // MARK: What shops do

    var now: Timestamp { SystemClock().now().roundedDownToMilliseconds }

    func transactionID(of orderID: String, shop: Int) -> String {
        "\(merchant.shops[shop].siteID).\(orderID)"
    }

    /// Counts an order.
    func nextNumber() -> Int {
        orders.withLock { number in
            number += 1
            return number
        }
    }

    func webhook(_ topic: String, _ body: String, id: String, shop: Int) async throws {
        try await deliver(
            merchant.shops[shop].webhookRequest(
                topic, Array(body.utf8), id: id, to: merchant.intake))
    }

    func browser(_ body: String, shop: Int) async throws {
        try await deliver(
            merchant.shops[shop].browserRequest(Array(body.utf8), to: merchant.intake))
    }

    /// Until it is taken, as shops do.
    func deliver(_ request: ClientRequest) async throws {
        while true {
            do {
                let answer = try await client.send(request)
                if answer.status / 100 == 2 { return progress.note() }
                guard [429, 503, 507].contains(answer.status) else {
                    throw Program.Fault(
                        description: "the collector answered \(answer.status): "
                            + String(decoding: answer.body, as: UTF8.self))
                }
            } catch let fault as Program.Fault {
                throw fault
            } catch {}
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }

    // MARK: Waiting

    /// Waits until the platform's record is as it must become.
    /// - Returns: whether it did.
    @discardableResult
    func wait(
        within limit: Duration = Siege.patience, until isExpected: (RecordTail) -> Bool
    ) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while true {
            if isExpected(record) { return true }
            guard ContinuousClock.now < end else { return false }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }

    /// Reads the record as it grows, until cancelled; what came counts as progress.
    func watch() async throws {
        while !Task.isCancelled {
            let before = record.requests
            try record.read()
            for _ in before..<record.requests { progress.note() }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }
}

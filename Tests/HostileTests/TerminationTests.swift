import Child
import ConveyProtocol
import Foundation
import HTTP
import Settings
import Stage
import Synchronization
import TestSupport
import Testing
import Time
import Troupe

/// Goal: SIGTERM under load ends either program in good order, soon, and nothing that was
/// acknowledged is lost; and in the whole run no log holds anything of a shopper.
///
/// Method: load of the test's own notes what was acknowledged, goes on over the end and the new
/// start, and is held against what is stored.
@Suite(.inTurn, .timeLimit(.minutes(10))) struct TerminationTests {
    /// How long a program may take to end.
    private static let endWithin = Duration.seconds(15)

    /// Ends a program as systemd does.
    private static func stop(_ program: Program) async {
        let start = ContinuousClock.now
        #expect(await program.stop() == 0)
        #expect(ContinuousClock.now - start < endWithin)
    }

    // MARK: The aggregator

    @Test(arguments: Backend.ofPrograms)
    func theAggregatorStoresWhatItReceiptedBeforeItsEnd(_ backend: Backend) async throws {
        try await Scene.run(on: backend) { scene in
            let merchant = try await Merchant.open("First", stores: ["lamps"], on: scene.stage)
            let forger = try Forger(merchant)
            let site = merchant.shops[0].siteID
            let (receipts, told) = AsyncStream.makeStream(of: [String].self)
            let sent = try await withThrowingTaskGroup(of: [SealedBatch].self) { group in
                for lane in Lane.allCases {
                    group.addTask { try await Self.send(lane, site, by: forger, telling: told) }
                }
                var acknowledged: [String] = []
                var batches = 0
                for await ids in receipts {
                    acknowledged += ids
                    batches += 1
                    if batches == 30 { break }
                }
                await Self.stop(scene.aggregator)
                return (acknowledged, try await group.reduce(into: []) { $0 += $1 })
            }
            let again = try await scene.stage.startAggregator()
            let stored = try await scene.events(of: "First")
            #expect(Set(stored).count == stored.count)
            #expect(Set(sent.0).subtracting(stored).isEmpty)
            // What broke off is sent again, as a collector would.
            for batch in sent.1 {
                #expect(try await forger.receipt(for: batch).duplicate == 0)
            }
            let all = try await scene.events(of: "First")
            #expect(all.count == sent.1.reduce(0) { $0 + $1.header.coverage.count })
            #expect(try await scene.stage.aggregator(["balance"]).contains("The books balance"))
            await Self.stop(again)
        }
    }

    /// Sends batch after batch of a lane until the aggregator is gone.
    /// - Returns: all batches, the one that broke off last.
    private static func send(
        _ lane: Lane, _ site: String, by forger: Forger,
        telling told: AsyncStream<[String]>.Continuation
    ) async throws -> [SealedBatch] {
        var writer = ForgedLane(forger.identity.collector, epoch: epoch)
        writer.lane = lane
        var batches: [SealedBatch] = []
        while batches.count < 10_000 {
            let ids = (0..<20).map { "\(lane.rawValue)-\(batches.count)-\($0)" }
            let batch = try writer.seal(ids.map { ForgedLane.event($0, site: site) })
            batches.append(batch)
            let response: Response
            do {
                response = try await forger.client.send(forger.signed(batch.body))
            } catch {
                return batches
            }
            guard response.status == 200 else { return batches }
            told.yield(ids)
        }
        return batches
    }

    private static let epoch: EpochID? = EpochID("0192f0c1-2a00-7abc-8def-0123456789ab")

    // MARK: The collector

    @Test(arguments: Backend.ofPrograms)
    func theCollectorDeliversWhatItAcknowledgedBeforeItsEnd(_ backend: Backend) async throws {
        try await Scene.run(on: backend) { scene in
            let merchant = try await Merchant.open("First", stores: ["lamps"], on: scene.stage)
            let books = Books(stage: scene.stage, merchant: merchant)
            let collector = try await merchant.startCollector()
            _ = try await books.edge { $0.problems.isEmpty }
            let load = Load(merchant)
            let after = try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<4 { group.addTask { try await load.run(number) } }
                defer { load.stop() }
                _ = try await books.edge { $0.stored >= 150 }
                await Self.stop(collector)
                let after = try await merchant.startCollector()
                let before = try await books.edge().stored
                _ = try await books.edge { $0.stored > before }
                load.stop()
                try await group.waitForAll()
                return after
            }
            try await books.settled(within: .seconds(30))
            let told = load.tally.withLock { $0 }
            #expect(told.surprises.isEmpty)
            #expect(try await books.presence(of: Array(told.acknowledged.keys)).isEmpty)
            await Self.stop(after)
            await Self.stop(scene.aggregator)
            try Self.expectNothingPersonal(in: scene.logs(), of: load)
        }
    }

    /// E-mail addresses, visitors, clicks and secrets of what was brought stand in no log.
    private static func expectNothingPersonal(in logs: [String: String], of load: Load) throws {
        #expect(logs.count >= 2)
        let patterns = [/"visitor":"([^"]+)"/, /gclid=([^"&]+)/, /"email":"([^"]+)"/]
        var found: Set<Substring> = ["@example.com", "Cj0KCQ", "secret-of-"]
        for body in load.bodies.withLock({ $0 }) {
            for pattern in patterns { found.formUnion(body.matches(of: pattern).map(\.output.1)) }
        }
        #expect(found.count > 20)
        for (name, log) in logs {
            #expect(!log.isEmpty)
            for text in found { #expect(!log.contains(text), "\(name) holds \(text)") }
        }
    }
}

/// Shops that bring visit after visit until they are told to stop.
private final class Load: Sendable {
    let tally = Mutex(Tally())
    let bodies = Mutex<[String]>([])
    private let merchant: Merchant
    private let isOver = Atomic(false)

    init(_ merchant: Merchant) { self.merchant = merchant }

    func stop() { isOver.store(true, ordering: .relaxed) }

    func run(_ number: Int) async throws {
        let start = SystemClock().now()
        let courier = Courier(to: merchant.intake, with: merchant.shops[0])
        var visit: UInt64 = 0
        while !isOver.load(ordering: .relaxed) {
            visit += 1
            var shop = Shop(seed: UInt64(number) << 32 | visit, now: start)
            let deliveries = shop.deliveries(visits: 1)
            bodies.withLock { $0 += deliveries.map(\.body) }
            let told = try await courier.deliver(deliveries, width: 1)
            tally.withLock { $0.add(told) }
        }
    }
}

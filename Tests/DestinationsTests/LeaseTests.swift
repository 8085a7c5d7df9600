import Daemon
import Store
import Synchronization
import Tenancy
import TestSupport
import Testing
import Time

@testable import Destinations

/// Goal: of all processes on one database one serves a destination; who dies is followed within seconds,
/// and what comes late from it is dropped. Method: leases by hand, then services and runners that share
/// a store, on a clock that tests move.
@Suite(.timeLimit(.minutes(5))) struct LeaseTests {
    private static func bench(_ backend: Backend) async throws -> (Bench, UploadTools) {
        let bench = try await Bench(backend)
        try await bench.destination()
        var tools = bench.tools
        tools.lease = .shared
        return (bench, tools)
    }

    /// As another process does that was never heard of again.
    private static func takeForAnother(_ bench: Bench) async throws -> HeldLease {
        let destination = try await bench.current().number
        let lease = HeldLease(until: bench.now, random: SeededBytes(seed: 9))
        let isTaken = try await bench.write { tenant, now in
            try UploadLeases(tenant, .shared, at: now).take(destination, by: lease)
        }
        #expect(isTaken)
        return lease
    }

    @Test(arguments: Backend.all) func oneHolderAtATime(_ backend: Backend) async throws {
        let (bench, _) = try await Self.bench(backend)
        let destination = try await bench.current().number
        let first = try await Self.takeForAnother(bench)
        let second = HeldLease(until: bench.now, random: SeededBytes(seed: 2))
        func take() async throws -> Bool {
            try await bench.write { tenant, now in
                try UploadLeases(tenant, .shared, at: now).take(destination, by: second)
            }
        }
        func extend(_ lease: HeldLease) async throws -> Bool {
            try await bench.write { tenant, now in
                try UploadLeases(tenant, .shared, at: now).extend(destination, by: lease)
            }
        }
        #expect(try await !take())
        bench.clock.advance(by: .seconds(9))
        #expect(try await extend(first))
        bench.clock.advance(by: .seconds(9))
        #expect(try await !take())
        #expect(try await !extend(second))
        bench.clock.advance(by: .seconds(1))
        #expect(try await take())
        #expect(try await !extend(first))
        #expect(try await extend(second))
    }

    @Test(arguments: Backend.all) func followsADeadProcessWithinSeconds(
        _ backend: Backend
    ) async throws {
        let (bench, tools) = try await Self.bench(backend)
        try await bench.wish(Sample.wish(1))
        _ = try await Self.takeForAnother(bench)
        let service = UploadService(tools, bell: bench.bell)
        let running = Task { try await service.run() }
        for _ in 0..<4 {
            await bench.clock.sleepers(atLeast: 1)
            bench.clock.advance(by: .seconds(2))
        }
        await bench.clock.sleepers(atLeast: 1)
        #expect(bench.platform.batches.isEmpty)
        bench.clock.advance(by: .seconds(2))
        await bench.platform.received(1)
        running.cancel()
        try await running.value
    }

    @Test(arguments: Backend.all) func letsGoAtItsEnd(_ backend: Backend) async throws {
        let (bench, tools) = try await Self.bench(backend)
        for number in 1...3 {
            let service = UploadService(tools, bell: bench.bell)
            let running = Task { try await service.run() }
            try await bench.wish(Sample.wish(Int64(number)))
            bench.bell.ring()
            await bench.platform.received(number)
            running.cancel()
            try await running.value
        }
        #expect(bench.platform.batches.flatMap(\.uploads).count == 3)
    }

    /// The answer of the one that was held up comes after another has sent the same again and got it
    /// confirmed.
    @Test(arguments: Backend.all) func dropsALateAnswer(_ backend: Backend) async throws {
        let (bench, _) = try await Self.bench(backend)
        try await bench.wish(Sample.wish(1))
        let slow = SlowPlatform(bench.platform)
        var tools = UploadTools(
            store: bench.store, sealing: bench.tools.sealing, verdicts: Bench.verdicts,
            log: bench.tools.log, metrics: bench.tools.metrics
        ) { _, _ in slow }
        (tools.clock, tools.ticks) = (bench.clock.wall, bench.clock)
        (tools.timing, tools.random) = (bench.tools.timing, bench.tools.random)
        let late = try await bench.runner(with: tools)
        let sending = Task { await late.send() }
        await bench.platform.received(1)

        let next = try await bench.runner()
        await bench.settle(next)
        await bench.pass(next, hours: 1)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed"])
        slow.letGo()
        #expect(await sending.value == nil)
        #expect(await late.ask() == nil)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed"])
        #expect(bench.platform.records.values.map(\.count) == [1])
        let bodies = Set(bench.platform.batches.map { "\($0.uploads)" })
        #expect(bodies.count == 1, "The second batch was the first again.")
    }

    /// Two services on one store, of which one or the other stops and starts again, while the platform
    /// loses answers.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func servicesShareWhatThereIs(
        seed: UInt64
    ) async throws {
        for backend in Backend.all {
            let (bench, tools) = try await Self.bench(backend)
            try await bench.destination("Second", action: "2")
            var random = SeededRandom(seed: seed)
            let faults: [SimulatedPlatform.Fault?] = [nil, nil, nil, .lostBefore, .lostAfter]
            bench.platform.set { state in
                state.faults = (0..<20).map { _ in faults.randomElement(using: &random)! }
            }
            let bells = [Bell(), Bell()]
            var running = bells.map { bell in
                Task { try await UploadService(tools, bell: bell).run() }
            }
            for conversion in 1...Int64(6) {
                for name in ["Google", "Second"] {
                    try await bench.wish(Sample.wish(conversion), for: name)
                }
                for bell in bells { bell.ring() }
                bench.clock.advance(by: .seconds(1))
                if Int.random(in: 0..<3, using: &random) == 0 {
                    let one = Int.random(in: 0...1, using: &random)
                    running[one].cancel()
                    try await running[one].value
                    let bell = bells[one]
                    running[one] = Task { try await UploadService(tools, bell: bell).run() }
                }
            }
            while try await !Self.isOver(bench) {
                await bench.clock.sleepers(atLeast: 2)
                bench.clock.advance(by: .seconds(300))
            }
            for one in running { one.cancel() }
            for one in running { try await one.value }
            #expect(bench.platform.records.values.allSatisfy { $0.count == 1 }, "seed \(seed)")
            #expect(bench.platform.records.count == 6)
        }
    }

    private static func isOver(_ bench: Bench) async throws -> Bool {
        try await bench.store.read { transaction in
            try transaction.first(open, make: { $0.integer(0) }) == 0
        }
    }

    private static let open = SQL("SELECT count(*) FROM upload WHERE state <> 'confirmed'")
}

/// A platform whose first answer is held up until it is let go.
private final class SlowPlatform: AdPlatform {
    private let platform: SimulatedPlatform
    private let isFirst = Mutex(true)
    private let gate = AsyncStream<Void>.makeStream()

    init(_ platform: SimulatedPlatform) { self.platform = platform }

    var uploadsMax: Int { platform.uploadsMax }
    func preflight(_ upload: PlatformUpload) -> String? { platform.preflight(upload) }
    func preview(_ batch: PlatformBatch) -> String { platform.preview(batch) }
    func letGo() { gate.continuation.finish() }

    func ingest(_ batch: PlatformBatch) async -> IngestAnswer {
        let answer = await platform.ingest(batch)
        let waits = isFirst.withLock { isFirst in
            defer { isFirst = false }
            return isFirst
        }
        if waits { for await _ in gate.stream {} }
        return answer
    }

    func status(of requestID: String) async -> StatusAnswer {
        await platform.status(of: requestID)
    }
}

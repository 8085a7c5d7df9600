import Buffer
import ConveyProtocol
import Crypto
import Delivery
import Glibc
import TestSupport
import Time

/// One simulated world: collectors, an aggregator, a bad network, clocks and disks, all of one seed.
///
/// A world lives through a number of steps, one after another; then everything heals, what waits is
/// delivered, and the books are read.
actor World {
    let seed: UInt64
    let clock = ManualClock()
    private var random: SeededRandom
    private let center: Center
    private let network: BadNetwork
    private var edges: [Edge] = []
    private var books = Books()
    private var copies: [(edge: Int, copy: Edge.Copy)] = []
    private let disk: FaultyDisk?
    private var eventNumber = 0
    /// Each kind of step that was taken, with how often.
    private(set) var taken: [Step: Int] = [:]
    /// Calls that failed, and requests that were turned away.
    private(set) var diskFaults = 0
    private(set) var turnedAway = 0

    /// What can happen.
    enum Step: CaseIterable, Sendable {
        case events, shipment, pause, collectorCrash, collectorCopy, collectorRestored
        case collectorCloned, aggregatorStop, aggregatorStart, backup, aggregatorRestored
        case clockJump, collectorDiskFault, aggregatorDiskFault

        var weight: Int {
            switch self {
            case .events, .shipment: 40
            case .pause, .aggregatorStart: 8
            case .collectorCrash, .collectorCopy, .backup: 4
            case .collectorDiskFault, .aggregatorDiskFault: 5
            case .clockJump, .aggregatorStop: 3
            case .collectorRestored, .aggregatorRestored: 2
            case .collectorCloned: 1
            }
        }
    }

    /// - Parameter disk: where the process runs on one; without it disks hold.
    init(_ backend: Backend, seed: UInt64, disk: FaultyDisk? = nil) async throws {
        self.seed = seed
        self.disk = disk
        random = SeededRandom(seed: seed)
        let keys = SeededBytes(seed: seed &+ 1)
        center = try Center(backend, clock: clock, random: keys)
        let key = SigningKey(from: keys)
        let id = CollectorID(at: clock.wall.now(), random: keys)
        network = BadNetwork(to: center, clock: clock, random: SeededRandom(seed: seed &+ 2))
        try await center.start()
        try await center.enrol(id, key.verifyingKey)
        let enrolment = Enrolment(
            collector: id, key: key, aggregatorKey: center.key.verifyingKey, network: network)
        try await edges.append(
            Edge("first", enrolment, truth: clock, random: SeededBytes(seed: seed &+ 3)))
    }

    // MARK: Life

    func live(steps: Int) async throws {
        for _ in 0..<steps {
            let step = nextStep()
            taken[step, default: 0] += 1
            try await take(step)
            try await tell(step)
        }
    }

    /// Says what came of a step, where the environment asks.
    private func tell(_ step: Step) async throws {
        guard Scratch.isLoud else { return }
        let followed = Scratch.followed
        let isStored = await center.isUp ? try await center.storedIDs().contains(followed) : false
        let holders = edges.filter { $0.file.ids.contains(followed) }.map(\.name)
        let stored = await center.isUp ? try await center.storedIDs().count : -1
        let figures = edges.map { edge in
            let lanes = edge.buffer.statistics.lanes
            return "\(edge.name) "
                + Lane.allCases.map { "\(lanes[$0].receiptedSeq)/\(lanes[$0].assignedSeq)" }
                .joined(separator: " ")
        }
        Scratch.say("\(step): \(stored) stored; \(figures.joined(separator: "; "))")
        if !followed.isEmpty {
            Scratch.say("  \(followed): stored \(isStored), held by \(holders)")
        }
    }

    private func nextStep() -> Step {
        let all = Step.allCases
        var rest = random.below(all.reduce(0) { $0 + $1.weight })
        for step in all {
            rest -= step.weight
            if rest < 0 { return step }
        }
        return .pause
    }

    private func take(_ step: Step) async throws {
        let number = random.below(edges.count)
        let edge = edges[number]
        switch step {
        case .events: await bringEvents(to: edge)
        case .shipment:
            for _ in 0...random.below(6) { await deliver(from: edge) }
        case .pause: clock.advance(by: .milliseconds(1 + random.below(120_000)))
        case .collectorCrash: try await edge.crash()
        case .collectorCopy: copies.append((number, try edge.copyFiles()))
        case .collectorRestored: try await restore()
        case .collectorCloned: try await clone(edge)
        case .aggregatorStop: await center.stop()
        case .aggregatorStart: try await center.start()
        case .backup: try await center.makeBackup()
        case .aggregatorRestored: try await restoreAggregator()
        case .clockJump: edge.wall.set(error: .seconds(random.below(3) * 86_400 - 86_400))
        case .collectorDiskFault:
            try await onFaultyDisk(edge) { await self.bringEvents(to: edge) }
        case .aggregatorDiskFault:
            try await onFaultyDisk(edge) { await self.deliver(from: edge) }
        }
        await edge.buffer.upkeep()
    }

    private func lane() -> Lane { Lane.allCases[random.below(Lane.allCases.count)] }

    /// Lets a lane take its next step, and now and then time pass until it may.
    private func deliver(from edge: Edge) async {
        let lane = lane()
        let wait = await edge.sender.step(lane)
        guard wait > .zero, random.chance(0.5) else { return }
        clock.advance(by: wait)
        _ = await edge.sender.step(lane)
    }

    private func bringEvents(to edge: Edge) async {
        let lane = lane()
        var ids = (0...random.below(12)).map { _ in
            eventNumber += 1
            return "e-\(eventNumber)"
        }
        // Senders come again where they heard no answer, and now and then all the same.
        if random.chance(0.2), let known = books.anyID(random: &random), known.lane == lane {
            ids.append(known.id)
        }
        let at = clock.wall.now()
        let isStored = await edge.append(ids, to: lane, hasOwnTime: random.chance(0.5))
        if !isStored { turnedAway += 1 }
        books.brought(ids, lane, at: at, isAcknowledged: isStored)
    }

    private func onFaultyDisk(_ edge: Edge, _ action: () async -> Void) async throws {
        guard let disk else { return await action() }
        let faults: [(FaultyDisk.Call, FaultyDisk.Fault)] = [
            (.write, .error(EIO)), (.write, .error(ENOSPC)), (.write, .short),
            (.sync, .error(EIO)), (.truncate, .error(EIO)), (.open, .error(EIO)),
        ]
        let (call, fault) = faults[random.below(faults.count)]
        disk.set(call, fault, after: Int32(random.below(6)), times: Int32(1 + random.below(3)))
        await action()
        let hits = disk.hits(call)
        diskFaults += hits
        disk.clear()
        guard hits > 0, fault == .error(ENOSPC) || fault == .short else { return }
        await edge.buffer.upkeep()
        edge.noteFullDisk()
        try await noteLosses()
    }

    // MARK: What loses events by its nature

    private func restore() async throws {
        guard !copies.isEmpty else { return }
        let (number, copy) = copies[random.below(copies.count)]
        try await edges[number].restore(copy, isSameFile: random.chance(0.5))
        try await noteLosses()
    }

    private func clone(_ edge: Edge) async throws {
        guard edges.count < 2 else { return }
        let random = SeededBytes(seed: seed &+ 4)
        try await edges.append(
            Edge("clone", cloneOf: edge, isImage: self.random.chance(0.5), random: random))
    }

    private func restoreAggregator() async throws {
        let count = await center.backups.count
        guard count > 0 else { return }
        try await center.restore(random.below(count))
        try await noteLosses()
    }

    /// What is in no collector's file and not in the ledger is gone, by an operator's deed.
    private func noteLosses() async throws {
        let wasUp = await center.isUp
        try await center.start()
        let stored = try await center.storedIDs()
        if !wasUp { await center.stop() }
        let held = edges.reduce(into: Set<String>()) { $0.formUnion($1.file.ids) }
        books.lose(allBut: stored.union(held))
    }

    // MARK: The end

    /// Heals everything, delivers what waits, and reads the books.
    func settle() async throws -> [String] {
        disk?.clear()
        await network.heal()
        try await center.start()
        for edge in edges {
            edge.wall.set(error: .zero)
            await edge.buffer.upkeep()
        }
        var problems = await drain()
        problems += try await books.read(center, edges)
        for edge in edges { await edge.buffer.close() }
        await center.end()
        return problems
    }

    /// Delivers until nothing waits and both ends have heard of it: what one collector sends may send
    /// another back, and an aggregator that was restored is found out by the next batch of a lane.
    private func drain() async -> [String] {
        var quietSince: ManualClock.Instant?
        let end = clock.now.advanced(by: .seconds(7200))
        while clock.now < end {
            var wait = Duration.seconds(1)
            for edge in edges {
                for lane in Lane.allCases { wait = min(wait, await edge.sender.step(lane)) }
                await edge.buffer.upkeep()
            }
            let isQuiet = edges.allSatisfy { edge in
                Lane.allCases.allSatisfy { edge.buffer.statistics.lanes[$0].pending == 0 }
                    && edge.sender.status.trouble == nil
            }
            if !isQuiet { quietSince = nil }
            let since = quietSince ?? clock.now
            quietSince = isQuiet ? since : nil
            if isQuiet, since.duration(to: clock.now) > Self.quiet { return [] }
            clock.advance(by: max(wait, .milliseconds(1)))
        }
        return edges.map {
            "\($0.name) never came to rest: \($0.sender.status.trouble?.sentence ?? "it delivers")"
        }
    }

    /// Long enough for every lane to have sent an empty batch.
    private static let quiet: Duration = .seconds(120)

    /// How the world went, for a failing test.
    var story: String {
        let steps = taken.sorted { "\($0.key)" < "\($1.key)" }.map { "\($0.key) \($0.value)" }
        return "seed \(seed): " + steps.joined(separator: ", ")
    }
}

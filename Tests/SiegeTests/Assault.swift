import Child
import Stage
import Synchronization
import TestSupport
import Troupe

/// Kills the aggregator and the platform at random moments, and changes the weather between them.
final class Assault: Sendable {
    private let siege: Siege
    private let seed: UInt64
    private let losses = Mutex(Losses())

    /// What was done so far.
    struct Losses {
        var aggregatorKills = 0
        var databaseKills = 0
        var platformKills = 0
        var weathers = 0
        /// Faults by name, of doubles that were killed.
        var faults: [String: Int] = [:]
        /// The same of the double that runs.
        var current: [String: Int] = [:]

        var faultCount: Int { (faults.values.reduce(0, +)) + current.values.reduce(0, +) }
        var count: Int { aggregatorKills + databaseKills + platformKills + faultCount }
    }

    init(_ siege: Siege, seed: UInt64) { (self.siege, self.seed) = (siege, seed) }

    /// Goes on until so many kills and faults were made, or the time is over; then all is calm.
    func run(wanted: Int, within limit: Duration) async throws {
        defer { siege.progress.end() }
        var random = SeededRandom(seed: seed)
        let end = ContinuousClock.now + limit
        var generation = 0
        while losses.withLock({ $0.count }) < wanted, ContinuousClock.now < end {
            try await siege.progress.more(Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<11: try await killAggregator(by: &random)
            case 11..<13 where try await siege.ground.crash(by: &random):
                losses.withLock { $0.databaseKills += 1 }
            case 11..<13: try await killAggregator(by: &random)
            case 13..<15:
                try await killPlatform(draw(&generation, by: &random), by: &random)
            default: try await siege.google.change(draw(&generation, by: &random).behaviour)
            }
            try await count()
        }
        try await siege.google.change(Weather.calm(seed: 1).behaviour)
        try await count()
    }

    private func draw(_ generation: inout Int, by random: inout SeededRandom) -> Weather {
        if Int.random(in: 0..<4, using: &random) == 0 { generation += 1 }
        losses.withLock { $0.weathers += 1 }
        return Weather.draw(actions: siege.actions, generation: generation, by: &random)
    }

    /// Now and then once more while it comes up.
    private func killAggregator(by random: inout SeededRandom) async throws {
        let troupe = siege.troupe
        let number = Int.random(in: 1...troupe.count, using: &random)
        await troupe.crash(number)
        losses.withLock { $0.aggregatorKills += 1 }
        while Int.random(in: 0..<8, using: &random) == 0 {
            try troupe.begin(number)
            let moment = Duration.milliseconds(Int.random(in: 0...200, using: &random))
            try await ContinuousClock().sleep(for: moment)
            await troupe.crash(number)
            losses.withLock { $0.aggregatorKills += 1 }
        }
        try await troupe.start(number)
    }

    private func killPlatform(_ weather: Weather, by random: inout SeededRandom) async throws {
        try await count()
        await siege.crash("google")
        losses.withLock { losses in
            losses.platformKills += 1
            losses.faults.merge(losses.current, uniquingKeysWith: +)
            losses.current = [:]
        }
        let away = Duration.milliseconds(Int.random(in: 0...1000, using: &random))
        try await ContinuousClock().sleep(for: away)
        try await siege.start("google") { try await siege.google.start(weather.behaviour) }
    }

    private func count() async throws {
        let counts = try await siege.google.counts()
        losses.withLock { $0.current = counts.filter { $0.key.hasPrefix("faults.") } }
    }

    /// What was done, and what it was done to.
    func report(_ endings: [Life.Ending]) -> String {
        let losses = losses.withLock { $0 }
        let faults = losses.faults.merging(losses.current, uniquingKeysWith: +)
        let sums = faults.sorted { $0.key < $1.key }
            .map { "\($0.key.dropFirst("faults.".count)) \($0.value)" }.joined(separator: ", ")
        let kinds = Dictionary(grouping: endings, by: \.kind).map { "\($0.key) \($0.value.count)" }
        return """
            \(losses.count) kills and faults: aggregators were killed \(losses.aggregatorKills) \
            times, their database \(losses.databaseKills) times, the platform \(losses.platformKills) times and failed \(losses.faultCount) times \
            in \(losses.weathers) weathers (\(sums)).
            \(endings.count) orders (\(kinds.sorted().joined(separator: ", "))), at \
            \(siege.actions.count) destinations; \(siege.record.requests) requests were taken.
            """
    }
}

extension Siege {
    /// Waits until nothing waits any more and the record is as the shops expect, or patience is over.
    func settle(_ endings: [Life.Ending]) async throws {
        let books = Books(stage: stage, merchant: merchant)
        try await books.settled(within: Self.patience)
        let audit = Audit(siege: self, endings: endings)
        try await wait { _ in audit.isReached() }
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            var open = 0
            for state in ["due", "sending", "accepted"] {
                open += try await stage.rows(["uploads", "list", "--state", state, "--json"]).count
            }
            if open == 0 { return }
            try await ContinuousClock().sleep(for: .milliseconds(200))
        }
    }
}

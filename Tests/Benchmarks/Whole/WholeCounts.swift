import Child
import Stage

/// Counts what the real programs ask of allocator, kernel and SQLite while one client at a time
/// sends: each request is then a commit of its own, and the counts do not hang on speed.
struct WholeCounts: Sendable {
    let counter: Counter
    let bench: Bench

    /// Counts divided by what was done.
    struct Share: Sendable {
        let name: String
        let key: String
        /// What one of the units is, and how many there were.
        let unit: String
        let units: Double
        let events: Double
        let difference: [CountsFile.Kind: Double]

        func perUnit(_ kind: CountsFile.Kind) -> Double { (difference[kind] ?? 0) / units }
        func perEvent(_ kind: CountsFile.Kind) -> Double { (difference[kind] ?? 0) / events }

        var row: [String] {
            [name, unit, Numbers.text(perEvent(.allocations))]
                + [.syncs, .diskWrites, .statements, .socketWrites, .reads, .waits].map {
                    Numbers.text(perUnit($0))
                }
        }

        /// What thresholds hold. System calls of the network hang on how packets come; these do not.
        var counts: [String: Double] {
            [
                "\(key).allocations_per_event": perEvent(.allocations),
                "\(key).syncs_per_\(unit)": perUnit(.syncs),
                "\(key).disk_writes_per_\(unit)": perUnit(.diskWrites),
                "\(key).statements_per_\(unit)": perUnit(.statements),
            ]
        }
    }

    static let columns = [
        "", "for each", "allocations an event", "fsyncs", "disk writes", "statements",
        "socket writes", "reads", "waits",
    ]

    /// Both programs.
    func measure() async throws -> [Share] {
        let pair = try await Pair("whole-counts", bench)
        defer { pair.remove() }
        return [
            try await intake(pair, eventsEach: 1), try await intake(pair, eventsEach: 100),
            try await ingest(pair),
        ]
    }

    private func intake(_ pair: Pair, eventsEach: Int) async throws -> Share {
        let file = pair.stage.path("counts-intake-\(eventsEach)")
        let collector = try await pair.startCollector(environment: counter.environment(file))
        var load = try pair.load(eventsEach, usesTLS: false, connections: 1)
        load.warmUpSeconds = 0
        load.seconds = 1
        _ = try load.run(bench.cores)
        let before = try CountsFile(file)
        let result = try load.run(bench.cores)
        let after = try CountsFile(file)
        await collector.stop()
        return Share(
            name: "collector, \(eventsEach) event\(eventsEach == 1 ? "" : "s") a request",
            key: "collector.of_\(eventsEach)", unit: "request",
            units: Double(result.eventsEver / eventsEach), events: Double(result.eventsEver),
            difference: after.difference(from: before))
    }

    private func ingest(_ pair: Pair) async throws -> Share {
        let file = pair.stage.path("counts-ingest")
        let aggregator = try await pair.startAggregator(
            on: .server, environment: counter.environment(file))
        let merchant = try await Merchant.open("Counted", stores: ["counted"], on: pair.stage)
        let stream = try IngestStream(merchant, .ordered, seed: 1)
        _ = try await stream.run(until: nil, accepted: 10_000)
        let before = try CountsFile(file)
        let yield = try await stream.run(until: nil, accepted: 40_000)
        let after = try CountsFile(file)
        await aggregator.stop()
        let events = Double(yield.accepted + yield.duplicate)
        return Share(
            name: "aggregator, batches of 1,000", key: "aggregator", unit: "batch",
            units: events / Double(IngestStream.batchSize), events: events,
            difference: after.difference(from: before))
    }
}

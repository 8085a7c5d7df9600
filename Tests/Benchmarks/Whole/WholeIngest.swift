import Child
import Stage

/// The real aggregator under load over HTTPS, with every stage behind ingest at work.
struct WholeIngest: Sendable {
    private let pair: Pair
    private let server: BenchPostgres?
    private let aggregator: Program
    private let streams: [IngestStream]

    static func table(_ bench: Bench) async throws -> PartResult.Table {
        var table = PartResult.Table(
            title: "The whole program over HTTPS, from empty, 4 collectors, all stages at work",
            columns: [
                "", "events/s", "p50 ms a batch", "p99 ms a batch", "resident MB", "anonymous MB",
            ])
        for database in IngestDatabase.Kind.allCases {
            let whole = try await WholeIngest(on: database, bench)
            table.rows.append([database.rawValue] + (try await whole.row(bench)))
            await whole.end()
        }
        table.notes = [
            """
            The same two cores also read every event for what follows from it, which takes as long as it \
            takes: nothing of ingest waits for that. Memory is the aggregator's; aim: 256 MB.
            """
        ]
        return table
    }

    private init(on kind: IngestDatabase.Kind, _ bench: Bench) async throws {
        var database = StageDatabase.sqlite
        var server: BenchPostgres?
        if kind == .postgres {
            let new = try await BenchPostgres(in: bench.freshFolder("ingest"), bench)
            database = .postgres(url: try await new.makeDatabase("whole"))
            server = new
        }
        self.server = server
        pair = try await Pair("ingest-whole", bench, database: database)
        aggregator = try await pair.startAggregator(on: .server)
        var streams: [IngestStream] = []
        for number in 1...4 {
            let merchant = try await Merchant.open(
                "Load \(number)", stores: ["load-\(number)"], on: pair.stage)
            streams.append(try IngestStream(merchant, .ordered, seed: UInt64(number)))
        }
        self.streams = streams
    }

    private func row(_ bench: Bench) async throws -> [String] {
        let start = ContinuousClock.now
        let yield = try await withThrowingTaskGroup(of: IngestStream.Yield.self) { group in
            for stream in streams {
                group.addTask { try await stream.run(until: start + .seconds(bench.seconds)) }
            }
            return try await group.reduce(IngestStream.Yield()) { $0 + $1 }
        }
        let time = (ContinuousClock.now - start) / .seconds(1)
        let memory = try MemorySample(aggregator.id)
        return [
            Numbers.text(Double(yield.accepted + yield.duplicate) / time),
            Numbers.text(yield.latencies.quantile(0.5)),
            Numbers.text(yield.latencies.quantile(0.99)), Numbers.text(memory.resident),
            Numbers.text(memory.anonymous),
        ]
    }

    private func end() async {
        await aggregator.stop()
        await server?.stop()
        pair.remove()
    }
}

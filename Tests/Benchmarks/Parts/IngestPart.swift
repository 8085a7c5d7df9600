import Child
import FoundationEssentials
import Stage

extension Part {
    /// How fast the real aggregator stores, and how that holds as its database grows.
    static let ingest = Part(
        name: "ingest", sentence: "Ingest by the real aggregator, from empty and with a past.",
        takesStored: true
    ) { bench in
        var result = PartResult("ingest", "Ingest", bench)
        var table = PartResult.Table(
            title: "Sealed batches of 1,000, a tenth duplicates, over HTTPS, SQLite",
            columns: [
                "", "stored before", "events/s, 4 collectors", "CPU s per million",
                "1 collector: events/s", "p50 ms a batch", "p99 ms a batch",
            ])
        var sizes = PartResult.Table(
            title: "What it holds at the end",
            columns: ["", "events", "resident MB", "anonymous MB"])
        for kind in IDKind.allCases {
            let ingest = try await Ingest(kind, bench)
            for milestone in Ingest.milestones(bench) {
                table.rows.append(try await ingest.row(after: milestone))
            }
            sizes.rows.append(try await ingest.sizes())
            await ingest.end()
        }
        table.notes = [
            """
            Events/s counts every event that came, duplicates too. Each batch is one receipt, in a commit \
            of its own or together with others that waited; nothing is answered before fsync. With one \
            collector a batch is sent when the receipt of the one before has come. Limits: one writer; \
            above a million events the pages of the id index that a batch touches (random ids touch \
            all of it, time-ordered ones its end). Aims: 60,000 events/s from empty, with 10 million stored \
            40,000 (time-ordered ids) and 20,000 (random ids); p99 of 50 ms a batch.
            """
        ]
        result.tables = [table, sizes]
        return result
    }
}

/// An aggregator that grows, and the collectors that feed it.
private struct Ingest {
    private let kind: IDKind
    private let pair: Pair
    private let aggregator: Program
    private let streams: [IngestStream]
    private let bench: Bench
    private let total: Total

    private actor Total {
        private(set) var accepted = 0
        func add(_ count: Int) { accepted += count }
    }

    static func milestones(_ bench: Bench) -> [Int] {
        if let stored = bench.stored { return [0, stored] }
        return bench.isQuick ? [0, 200_000] : [0, 1_000_000, 10_000_000]
    }

    init(_ kind: IDKind, _ bench: Bench) async throws {
        (self.kind, self.bench) = (kind, bench)
        pair = try await Pair("ingest", bench)
        aggregator = try await pair.startAggregator(on: .server)
        total = Total()
        var streams: [IngestStream] = []
        for number in 1...4 {
            let merchant = try await Merchant.open(
                "Load \(number)", stores: ["load-\(number)"], on: pair.stage)
            streams.append(try IngestStream(merchant, kind, seed: UInt64(number)))
        }
        self.streams = streams
    }

    func row(after milestone: Int) async throws -> [String] {
        try await grow(to: milestone)
        let before = await total.accepted
        let begin = ContinuousClock.now
        let cpu = Native.cpuSeconds(aggregator.id)
        let many = try await feed(streams, seconds: bench.seconds)
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        let used = Native.cpuSeconds(aggregator.id) - cpu
        let events = Double(many.accepted + many.duplicate)
        let start = ContinuousClock.now
        let one = try await feed([streams[0]], seconds: bench.seconds)
        let alone = (ContinuousClock.now - start) / .seconds(1)
        return [
            kind.rawValue, Numbers.text(before), Numbers.text(events / seconds),
            Numbers.text(used / events * 1e6),
            Numbers.text(Double(one.accepted + one.duplicate) / alone),
            Numbers.text(one.latencies.quantile(0.5)), Numbers.text(one.latencies.quantile(0.99)),
        ]
    }

    func sizes() async throws -> [String] {
        let accepted = await total.accepted
        let memory = try MemorySample(aggregator.id)
        return [
            kind.rawValue, Numbers.text(accepted),
            Numbers.text(memory.resident), Numbers.text(memory.anonymous),
        ]
    }

    func end() async {
        await aggregator.stop()
        pair.remove()
    }

    private func grow(to milestone: Int) async throws {
        let missing = milestone - (await total.accepted)
        guard missing > 0 else { return }
        _ = try await feed(streams, seconds: nil, accepted: missing / streams.count + 1)
    }

    private func feed(
        _ streams: [IngestStream], seconds: Double?, accepted: Int = .max
    ) async throws -> IngestStream.Yield {
        let end = seconds.map { ContinuousClock.now + .seconds($0) }
        let yield = try await withThrowingTaskGroup(of: IngestStream.Yield.self) { group in
            for stream in streams {
                group.addTask { try await stream.run(until: end, accepted: accepted) }
            }
            return try await group.reduce(IngestStream.Yield()) { $0 + $1 }
        }
        await total.add(yield.accepted)
        return yield
    }
}

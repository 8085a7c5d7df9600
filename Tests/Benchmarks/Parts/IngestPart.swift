import FoundationEssentials
import Glibc
import Store

extension Part {
    /// How fast ingest stores on both databases, and how that holds as they grow.
    static let ingest = Part(
        name: "ingest", sentence: "Ingest on both databases, from empty and with a past.",
        takesStored: true
    ) { bench in
        var result = PartResult("ingest", "Ingest", bench)
        var table = PartResult.Table(
            title: "Batches of 1,000, a tenth duplicates, every batch on disk",
            columns: [
                "", "stored before", "events/s", "CPU s per million", "bare INSERT events/s",
                "of bare", "alone: p50 ms a batch", "p99 ms a batch",
            ])
        var ends = PartResult.Table(
            title: "The past and the end",
            columns: ["", "the past: events/s", "events at the end", "GB", "bytes an event"])
        for (database, ids) in measured {
            let name = "\(database.rawValue), \(ids.rawValue)"
            guard bench.only.map(name.contains) ?? true else { continue }
            var ingest = try await IngestMeasure(name, on: database, ids, bench)
            table.rows.append(try await ingest.row())
            try await ingest.grow(to: IngestMeasure.stored(bench))
            table.rows.append(try await ingest.row())
            ends.rows.append(try await ingest.end())
        }
        table.notes = [
            """
            Ingest alone, in this process: the request's signature, opening and checking the batch, \
            ledger, ids, events, work for no stage, the signed receipt. No HTTP, and no stage behind. \
            It runs on the server's two cores, PostgreSQL's processes beside it on the same two; the \
            batches were made before. Events/s counts every event that came, duplicates too. On SQLite 4 \
            collectors send at the same time, on PostgreSQL 8, a connection each (\(BenchPostgres.settingsText)); alone \
            is one of them. CPU is that of ingest and of PostgreSQL.
            """,
            """
            The bare INSERT writes the same rows into the same tables of the same database right after: \
            1,000 ids with ON CONFLICT DO NOTHING, 900 events, a body of 53 kB, one commit, from as many \
            tasks; nothing is verified, opened, read or booked. Random ids of the past were stored in \
            ascending order, in three passes, but for the last 3 %. Limits: SQLite's one writer, and with random ids the \
            disk, a page for each id twice; on PostgreSQL its processor time. Aims: SQLite 60,000 from \
            empty, with 10 million stored 40,000 (UUIDv7) and 20,000 (random); PostgreSQL 40,000; p99 of \
            50 ms a batch.
            """,
        ]
        result.tables = [table, ends]
        if bench.only == nil { result.tables.append(try await WholeIngest.table(bench)) }
        result.rounds = 1
        return result
    }

    /// What has an aim.
    private static let measured: [(IngestDatabase.Kind, IDKind)] = [
        (.sqlite, .ordered), (.sqlite, .random), (.postgres, .ordered),
    ]
}

/// One database that grows.
private struct IngestMeasure {
    private let name: String
    private let yard: IngestYard
    private let bare: BareInsert
    private let bench: Bench
    private let folder: String
    private var stored = 0
    private var fillRate = 0.0

    static func stored(_ bench: Bench) -> Int {
        bench.stored ?? (bench.isQuick ? 200_000 : 10_000_000)
    }

    init(
        _ name: String, on kind: IngestDatabase.Kind, _ ids: IDKind, _ bench: Bench
    ) async throws {
        (self.name, self.bench) = (name, bench)
        folder = try bench.freshFolder("ingest")
        let database = try await IngestDatabase(kind, in: folder, bench)
        yard = try await IngestYard(on: database, ids, streams: kind.streams)
        bare = BareInsert(store: database.store, streams: kind.streams, kind: ids)
    }

    /// Measures as it stands: ingest, the bare rows beside it, one collector alone.
    mutating func row() async throws -> [String] {
        let before = stored
        let many = try await measure(
            yard.streams, seconds: bench.seconds, batches: Int(bench.seconds * 150))
        bench.cores.pin(isServer: true)
        let rows = try await bare.run(seconds: bench.seconds / 2)
        let one = try await measure(
            Array(yard.streams.prefix(1)), seconds: bench.seconds / 2,
            batches: Int(bench.seconds * 25))
        return [
            name, Numbers.text(before), Numbers.text(many.rate), Numbers.text(many.cpu),
            Numbers.text(rows), Numbers.text(many.rate / rows),
            Numbers.text(one.latencies.quantile(0.5)), Numbers.text(one.latencies.quantile(0.99)),
        ]
    }

    /// Stores a past, as fast as the whole machine can, and waits until it is on disk: what the kernel
    /// still had to write would count against whoever is measured next.
    mutating func grow(to count: Int) async throws {
        let missing = (count - stored) / yard.streams.count
        guard missing > 0 else { return }
        bench.cores.pin(isServer: false)
        let start = ContinuousClock.now
        let yield = try await together(yard.streams) { try await $0.fill(missing) }
        stored += yield.accepted
        fillRate =
            Double(yield.accepted + yield.duplicate) / ((ContinuousClock.now - start) / .seconds(1))
        sync()
    }

    func end() async throws -> [String] {
        let size = try await yard.database.store.size()
        await yard.database.close()
        bench.remove(folder)
        return [
            name, fillRate > 0 ? Numbers.text(fillRate) : "", Numbers.text(stored),
            Numbers.text(Double(size.database) / 1e9),
            Numbers.text(Double(size.database) / Double(stored)),
        ]
    }

    private struct Figures {
        let rate: Double
        let cpu: Double
        let latencies: [Double]
    }

    /// - Parameter batches: made before; when they are used up, the measurement ends.
    private mutating func measure(
        _ streams: [IngestStream], seconds: Double, batches: Int
    ) async throws -> Figures {
        bench.cores.pin(isServer: false)
        _ = try await together(streams) { stream in
            try await stream.prepare(batches / streams.count)
            return IngestStream.Yield()
        }
        bench.cores.pin(isServer: true)
        let cpu = Native.ownCPUSeconds + (try yard.database.serverCPUSeconds())
        let start = ContinuousClock.now
        let yield = try await together(streams) { stream in
            try await stream.run(until: start + .seconds(seconds))
        }
        let time = (ContinuousClock.now - start) / .seconds(1)
        let used = Native.ownCPUSeconds + (try yard.database.serverCPUSeconds()) - cpu
        let rest = try await together(streams) { try await $0.sendRest() }
        stored += yield.accepted + rest.accepted
        let events = Double(yield.accepted + yield.duplicate)
        return Figures(
            rate: events / time, cpu: used / events * 1e6, latencies: yield.latencies)
    }

    private func together(
        _ streams: [IngestStream],
        _ body: @escaping @Sendable (IngestStream) async throws -> IngestStream.Yield
    ) async throws -> IngestStream.Yield {
        try await withThrowingTaskGroup(of: IngestStream.Yield.self) { group in
            for stream in streams { group.addTask { try await body(stream) } }
            return try await group.reduce(IngestStream.Yield()) { $0 + $1 }
        }
    }
}

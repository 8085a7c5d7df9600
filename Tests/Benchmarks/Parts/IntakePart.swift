import Child
import Stage

extension Part {
    /// What the real collector takes durably, beside servers and disks without it.
    static let intake = Part(
        name: "intake", sentence: "Durable intake by the real collector."
    ) { bench in
        var result = PartResult("intake", "Durable intake", bench)
        let pair = try await Pair("intake", bench)
        let intake = Intake(
            pair: pair, bench: bench, identity: try LocalIdentity(in: pair.stage.folder))
        var table = PartResult.Table(
            title: "Events acknowledged after fsync, as fast as answers come",
            columns: [
                "", "events/s", "CPU s per million", "p50 ms", "p99 ms", "bare HTTP events/s",
                "of bare HTTP", "of bare SQLite", "aim",
            ])
        for usesTLS in [false, true] {
            for connections in [64, 512] {
                for events in [1, 10, 100] {
                    let row = IntakeRow(
                        events: events, usesTLS: usesTLS, connections: connections)
                    guard bench.only.map({ row.name.contains($0) }) ?? true else { continue }
                    table.rows.append(try await intake.measure(row))
                }
            }
        }
        table.notes = notes
        result.tables = [table]
        pair.remove()
        return result
    }

    private static let notes = [
        """
        The aggregator is away, so this is intake alone. Bare HTTP answers 204 to the same requests and \
        keeps nothing; bare SQLite inserts the same bytes, 1,000 rows a commit, from one thread, without \
        HTTP. Latencies here are those of a saturated server; see the next part for those of a calm one.
        """,
        """
        Limits: at 1 event a request the HTTP layer, the answer and the hand-over to the writer; at 100 the \
        parsing and canonical writing of each event (`event.write` below) and the chunk's compression.
        """,
    ]
}

/// One way of sending.
private struct IntakeRow {
    let events: Int
    let usesTLS: Bool
    let connections: Int

    /// What the collector is to reach on two cores; empty where nothing was set.
    var aim: String {
        switch (usesTLS, connections, events) {
        case (false, 64, 1): "15,000 events/s, 70 CPU s"
        case (false, 512, 1): "40,000 events/s"
        case (true, 64, 1): "10,000 events/s"
        case (true, 64, 10): "70,000 events/s"
        case (true, 64, 100): "200,000 events/s, 7 CPU s"
        default: ""
        }
    }

    var name: String {
        "\(usesTLS ? "HTTPS" : "HTTP"), \(connections) connections, \(events) "
            + "event\(events == 1 ? "" : "s")"
    }
}

/// Collector, bare server and bare SQLite in turns.
private struct Intake {
    let pair: Pair
    let bench: Bench
    let identity: LocalIdentity

    func measure(_ row: IntakeRow) async throws -> [String] {
        let load = try pair.load(
            row.events, usesTLS: row.usesTLS, connections: row.connections)
        var bare: [LoadResult] = []
        var rows: [Double] = []
        var collected: [LoadResult] = []
        for _ in 0..<bench.rounds {
            bare.append(
                try await LocalServer.measure(
                    .bareServer, load, tls: row.usesTLS ? identity : nil, in: pair.stage.folder,
                    bench))
            rows.append(try insertedRows(load))
            collected.append(try await collect(load))
        }
        let rate = collected.map(\.eventsPerSecond).median
        let bareRate = bare.map(\.eventsPerSecond).median
        return [
            row.name + (collected.compactMap(\.complaint).first.map { " (\($0))" } ?? ""),
            Numbers.text(rate), Numbers.text(collected.map(\.serverCPUPerMillion).median),
            Numbers.text(collected.map { $0.latency(0.5) }.median),
            Numbers.text(collected.map { $0.latency(0.99) }.median),
            Numbers.text(bareRate), Numbers.decimals(rate / bareRate, 2),
            Numbers.decimals(rate / rows.median, 2), row.aim,
        ]
    }

    private func collect(_ load: Load) async throws -> LoadResult {
        let collector = try await pair.startCollector()
        var load = load
        load.server = collector.id
        do {
            let result = try load.run(bench.cores)
            await collector.stop()
            return result
        } catch {
            await collector.crash()
            throw error
        }
    }

    private func insertedRows(_ load: Load) throws -> Double {
        let path = pair.stage.path("bare.db")
        defer { bench.remove(path) }
        let events = load.bodies.reduce(0) { $0 + $1.idOffsets.count }
        let bytes = load.bodies.reduce(0) { $0 + $1.bytes.count } / events
        return try Native.insert(
            into: path, rowBytes: bytes, rowsPerCommit: 1_000, seconds: bench.seconds / 4
        ).rowsPerSecond
    }
}

import Child
import Daemon
import Stage

extension Part {
    /// How fast a backlog leaves once the aggregator is back.
    static let drain = Part(
        name: "drain", sentence: "Drain of a backlog, to a sink and to the aggregator."
    ) { bench in
        var result = PartResult("drain", "Drain after an outage", bench)
        let drain = Drain(pair: try await Pair("drain", bench), bench: bench)
        var table = PartResult.Table(
            title: "From the collector's start with a full buffer to the last receipt",
            columns: [
                "", "events", "events/s", "collector CPU s per million",
                "other side's CPU s per million",
            ])
        table.rows.append(try await drain.row("to the sink", .sink))
        table.rows.append(try await drain.row("to the aggregator, SQLite", .aggregator))
        table.notes = [
            """
            The sink (`Tests/Benchmarks/Whole/Sink.swift`) opens each batch, checks its digest and chain \
            and signs a receipt, but keeps nothing. The collector runs on the server's cores, the other \
            side on the load's. Limits: one batch in flight for each lane; reading, numbering, hashing and \
            compressing its lines (`batch.seal`). Aim: 100,000 events/s to the sink.
            """
        ]
        var calm = PartResult.Table(
            title: "Intake while draining to the sink: 5,000 single events a second, HTTP",
            columns: ["", "p50 ms", "p99 ms", "drained events/s meanwhile"])
        calm.rows = try await drain.intakeRows()
        result.tables = [table, calm]
        drain.pair.remove()
        return result
    }
}

/// Fills a buffer and lets it drain.
private struct Drain {
    enum Target { case sink, aggregator }

    let pair: Pair
    let bench: Bench

    private var backlog: Int { bench.isQuick ? 300_000 : 3_000_000 }

    func row(_ name: String, _ target: Target) async throws -> [String] {
        var rates: [Double] = []
        var own: [Double] = []
        var other: [Double] = []
        var events = 0
        for _ in 0..<min(bench.rounds, 2) {
            events = try await fill()
            let end = try await start(target)
            let before = cpu(end)
            let begin = ContinuousClock.now
            let collector = try await pair.continueCollector()
            try await wait(untilPending: 0)
            rates.append(Double(events) / ((ContinuousClock.now - begin) / .seconds(1)))
            own.append(cpu(collector) / Double(events) * 1e6)
            other.append((cpu(end) - before) / Double(events) * 1e6)
            await collector.stop()
            await end.stop()
        }
        return [
            name, Numbers.text(events), Numbers.text(rates.median), Numbers.text(own.median),
            Numbers.text(other.median),
        ]
    }

    /// Latency of intake while nothing leaves, and while a backlog leaves.
    func intakeRows() async throws -> [[String]] {
        let backlog = try await fill()
        var load = try pair.load(1, usesTLS: false, connections: 64)
        load.rate = 5_000
        load.warmUpSeconds = 0
        load.seconds = max(Double(backlog) / 150_000, 1)
        let alone = try await pair.continueCollector()
        let calm = try load.run(bench.cores)
        await alone.stop()
        let sink = try await start(.sink)
        let begin = ContinuousClock.now
        let collector = try await pair.continueCollector()
        let executor = ThreadExecutor(name: "load")
        async let loaded = executor.run { [load] () throws -> LoadResult in
            try load.run(bench.cores)
        }
        try await wait(untilPending: 5_000)
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        let busy = try await loaded
        executor.stop()
        await collector.stop()
        await sink.crash()
        let drained = Double(backlog + calm.eventsEver) / seconds
        return [
            ["aggregator away", latency(calm, 0.5), latency(calm, 0.99), "0"],
            ["draining", latency(busy, 0.5), latency(busy, 0.99), Numbers.text(drained)],
        ]
    }

    private func latency(_ result: LoadResult, _ fraction: Double) -> String {
        Numbers.text(result.latency(fraction))
    }

    private func fill() async throws -> Int {
        let collector = try await pair.startCollector()
        var load = try pair.load(100, usesTLS: false, connections: 32)
        load.warmUpSeconds = 0
        load.seconds = 1
        var events = 0
        while events < backlog {
            let result = try load.run(bench.cores)
            guard result.eventsEver > 0 else { throw BenchFault("intake takes nothing") }
            events += result.eventsEver
        }
        await collector.stop()
        return events
    }

    private func start(_ target: Target) async throws -> Program {
        switch target {
        case .aggregator: return try await pair.startAggregator(on: .load)
        case .sink:
            let sink = try bench.start(
                Bench.ownPath, ["serve-sink", "--stage", pair.stage.folder, "--port", pair.port],
                on: .load, log: pair.stage.path("logs/sink.log"))
            try Native.waitForPort(UInt16(pair.port) ?? 0)
            return sink
        }
    }

    private func wait(untilPending most: Int) async throws {
        let gauge = CollectorGauge(pair.merchant.intake)
        let limit = ContinuousClock.now + .seconds(300)
        while try await gauge.pending() > most {
            guard ContinuousClock.now < limit else {
                throw BenchFault("the backlog does not drain")
            }
            try await ContinuousClock().sleep(for: .milliseconds(25))
        }
    }

    private func cpu(_ program: Program) -> Double { Native.cpuSeconds(program.id) }
}

import Child
import Daemon

extension Part {
    /// What the real programs hold in memory.
    static let memory = Part(
        name: "memory", sentence: "Memory of both programs, idle and loaded."
    ) { bench in
        var result = PartResult("memory", "Memory", bench)
        let pair = try await Pair("memory", bench)
        var table = PartResult.Table(
            title: "From smaps_rollup, MB of 2^20 bytes; the highest of samples under load",
            columns: ["", "resident", "anonymous"])
        let aggregator = try await pair.startAggregator(on: .load)
        table.rows.append(try await idle("aggregator, idle", aggregator))
        await aggregator.stop()
        let collector = try await pair.startCollector()
        table.rows.append(try await idle("collector, idle", collector))
        await collector.stop()
        let loads: [(String, Int, Bool, Int)] = [
            ("collector, 512 connections HTTP, 1 event", 1, false, 512),
            ("collector, 64 connections HTTPS, 100 events", 100, true, 64),
            ("collector, 512 connections HTTPS, 100 events", 100, true, 512),
        ]
        for (name, events, usesTLS, connections) in loads {
            let load = try pair.load(events, usesTLS: usesTLS, connections: connections)
            table.rows.append(try await loaded(name, load, pair, bench))
        }
        table.notes = [
            """
            Resident memory counts pages of the program file and of shared libraries, which the machine \
            shares and can drop; anonymous is what the program itself asked for. The collector's bounds are \
            its defaults: 16 MiB of requests (`listen.queued_bytes_max`), 8 MiB waiting for their commit \
            (`buffer.waiting_bytes_max`); what is above them is answered 503. Aims for the collector: 20 MB \
            resident and 4 anonymous idle, 48 anonymous at full load; for the aggregator 64 MB idle, 256 loaded.
            """
        ]
        result.tables = [table]
        pair.remove()
        return result
    }

    private static func idle(_ name: String, _ program: Program) async throws -> [String] {
        try await ContinuousClock().sleep(for: .seconds(2))
        let sample = try MemorySample(program.id)
        return row(name, [sample])
    }

    private static func loaded(
        _ name: String, _ load: Load, _ pair: Pair, _ bench: Bench
    ) async throws -> [String] {
        let collector = try await pair.startCollector()
        let executor = ThreadExecutor(name: "load")
        async let result = executor.run { () throws -> LoadResult in try load.run(bench.cores) }
        var samples: [MemorySample] = []
        let end = ContinuousClock.now + .seconds(load.warmUpSeconds + load.seconds)
        while ContinuousClock.now < end {
            samples.append(try MemorySample(collector.id))
            try await ContinuousClock().sleep(for: .milliseconds(100))
        }
        let complaint = try await result.complaint
        await collector.stop()
        executor.stop()
        return row(name + (complaint.map { " (\($0))" } ?? ""), samples)
    }

    private static func row(_ name: String, _ samples: [MemorySample]) -> [String] {
        [
            name, Numbers.text(samples.map(\.resident).max() ?? 0),
            Numbers.text(samples.map(\.anonymous).max() ?? 0),
        ]
    }
}

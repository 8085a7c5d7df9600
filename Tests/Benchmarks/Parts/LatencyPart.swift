import Child
import Stage

extension Part {
    /// How long an acknowledgement takes when nothing is saturated.
    static let latency = Part(
        name: "latency", sentence: "Acknowledgement at 5,000 events a second."
    ) { bench in
        var result = PartResult("latency", "Latency of acknowledgement", bench)
        let pair = try await Pair("latency", bench)
        var table = PartResult.Table(
            title:
                "One event a request, 5,000 requests a second at random distances, 64 connections",
            columns: columns)
        let identity = try LocalIdentity(in: pair.stage.folder)
        for usesTLS in [false, true] {
            var load = try pair.load(1, usesTLS: usesTLS, connections: 64)
            load.rate = 5_000
            load.seconds = bench.seconds * 2
            var rounds: (bare: [LoadResult], collector: [LoadResult]) = ([], [])
            for _ in 0..<bench.rounds {
                rounds.bare.append(
                    try await LocalServer.measure(
                        .bareServer, load, tls: usesTLS ? identity : nil, in: pair.stage.folder,
                        bench))
                let collector = try await pair.startCollector()
                load.server = collector.id
                rounds.collector.append(try load.run(bench.cores))
                await collector.stop()
            }
            let scheme = usesTLS ? "HTTPS" : "HTTP"
            table.rows.append(row("\(scheme), bare server, nothing kept", rounds.bare))
            table.rows.append(row("\(scheme), collector, on disk", rounds.collector))
        }
        table.notes = [
            """
            Limits: one fsync, and a second one for who arrives while the first runs; then the load \
            generator's own wake-ups, which the bare server's row shows. Aim: p99 of 10 ms.
            """
        ]
        result.tables = [table, try await webhooks(pair, bench)]
        pair.remove()
        return result
    }

    /// Bodies as large as webhooks become, signature checked, mapped, on disk.
    private static func webhooks(_ pair: Pair, _ bench: Bench) async throws -> PartResult.Table {
        var load = try pair.webhookLoad()
        load.rate = 500
        load.seconds = bench.seconds * 2
        var rounds: [LoadResult] = []
        for _ in 0..<bench.rounds {
            let collector = try await pair.startCollector()
            load.server = collector.id
            rounds.append(try load.run(bench.cores))
            await collector.stop()
        }
        let bytes = Numbers.text(load.bodies[0].bytes.count)
        var table = PartResult.Table(title: "Shopify orders, 500 a second", columns: columns)
        table.rows = [row("HTTP, \(bytes) bytes each", rounds)]
        table.notes = ["Limit: HMAC over the body and reading it. Aim: p99 of 100 ms."]
        return table
    }

    private static let columns = [
        "", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "longest ms", "CPU s per million",
    ]

    private static func row(_ name: String, _ rounds: [LoadResult]) -> [String] {
        let complaint = rounds.compactMap(\.complaint).first.map { " (\($0))" } ?? ""
        return [name + complaint]
            + LoadResult.fractions.map { fraction in
                Numbers.text(rounds.map { $0.latency(fraction) }.median)
            } + [
                Numbers.text(rounds.map(\.longestMilliseconds).median),
                Numbers.text(rounds.map(\.serverCPUPerMillion).median),
            ]
    }
}

import Child
import ConveyProtocol
import FoundationEssentials
import Stage
import Time

extension Part {
    /// How long it takes from an event to its conversion and upload, while thousands come a second.
    static let pipeline = Part(
        name: "pipeline", sentence: "From event to conversion and upload, 5,000 events a second."
    ) { bench in
        var result = PartResult("pipeline", "From event to upload", bench)
        for kind in VisitLoad.Database.allCases {
            guard bench.only.map(kind.rawValue.contains) ?? true else { continue }
            var rounds: [VisitLoad.Outcome] = []
            var bare: [Double] = []
            for _ in 0..<bench.rounds {
                bare.append(try bareCommit(bench))
                rounds.append(try await VisitLoad.run(on: kind, bench))
            }
            result.tables += [
                latencies(rounds, kind, bare: bare.median, bench), work(rounds, kind),
            ]
        }
        return result
    }

    private static func bareCommit(_ bench: Bench) throws -> Double {
        let folder = try bench.freshFolder("pipeline-bare")
        defer { bench.remove(folder) }
        return try Native.insert(
            into: "\(folder)/bare.db", rowBytes: 560, rowsPerCommit: 1_000, seconds: 2
        ).millisecondsPerCommit
    }

    private static func latencies(
        _ rounds: [VisitLoad.Outcome], _ kind: VisitLoad.Database, bare: Double, _ bench: Bench
    ) -> PartResult.Table {
        var table = PartResult.Table(
            title: "Milliseconds since a batch was due to be sent, \(kind.rawValue)",
            columns: ["", "measured", "p50", "p90", "p99", "longest", "p99 of bare"])
        table.rows = [
            [
                "bare: 1,000 rows of 560 bytes in one SQLite commit", "", Numbers.text(bare), "",
                "", "", "",
            ]
        ]
        for (name, values) in VisitLoad.Outcome.measured {
            let all = rounds.map(values)
            let quantiles = [0.5, 0.9, 0.99, 1].map { part in
                all.map { $0.quantile(part) }.median
            }
            table.rows.append(
                [name, Numbers.text(all.reduce(0) { $0 + $1.count })]
                    + quantiles.map(Numbers.text) + [Numbers.text(quantiles[2] / bare)])
        }
        table.notes = [
            """
            Two collectors send \(VisitLoad.rate) events/s together, for \(VisitLoad.seconds(bench)) s after \
            \(VisitLoad.warmUpSeconds) s that do not count: each lane of each about every half second what \
            came meanwhile, page views in batches of 1,000. Of 100 events about one is a browser's \
            purchase and one the shop's webhook a second later; a quarter of the visits are of somebody \
            known. Everything happened eight hours before, so that conversions can be settled and are \
            uploaded to `convey-doubles` at once. "Visible" is read by a reader's own connection every \
            3 ms. Aims: p99 of 1 s until an upload is queued; p99 of 50 ms for a batch of 1,000.
            """
        ]
        return table
    }

    private static func work(
        _ rounds: [VisitLoad.Outcome], _ kind: VisitLoad.Database
    ) -> PartResult.Table {
        PartResult.Table(
            title: "What it costs, \(kind.rawValue)",
            columns: [
                "events", "events/s", "orders", "CPU s per million events", "cores busy",
                "not visible at the end",
            ],
            rows: rounds.map { round in
                [
                    Numbers.text(round.events), Numbers.text(Double(round.events) / round.seconds),
                    Numbers.text(round.orders),
                    Numbers.text(round.cpu / Double(round.events) * 1e6),
                    Numbers.text(round.cpu / round.seconds), Numbers.text(round.missing),
                ]
            },
            notes: [
                "CPU is the aggregator's, for ingest and everything behind it, uploads included; "
                    + "PostgreSQL's own, on the same two cores, is not in it."
            ])
    }
}

/// The real aggregator with two shops and a destination, under an even load.
struct VisitLoad {
    static let rate = 5_000
    static let warmUpSeconds = 5
    private static let collectors = 2
    /// At this pace a collector's lane of page views has 1,000 events a batch.
    private static let interval: Duration = .milliseconds(480)

    static func seconds(_ bench: Bench) -> Int { bench.isQuick ? 20 : 40 }

    /// What a round came to.
    struct Outcome {
        var receipts: [Double] = []
        var conversionReceipts: [Double] = []
        var visible: [Double] = []
        var queued: [Double] = []
        var counted: [Double] = []
        var due: [Double] = []
        var events = 0
        var orders = 0
        var missing = 0
        var cpu = 0.0
        var seconds = 0.0

        static let measured: [(String, @Sendable (Outcome) -> [Double])] = [
            ("receipt for 1,000 page views", { $0.receipts }),
            ("receipt for the conversion lane's batch", { $0.conversionReceipts }),
            ("first part of an order → conversion visible", { $0.visible }),
            ("first part of an order → upload in the queue", { $0.queued }),
            ("webhook → counted by the shop's word", { $0.counted }),
            ("webhook → settled, upload due", { $0.due }),
        ]
    }

    /// Where the aggregator keeps its data.
    enum Database: String, CaseIterable {
        case sqlite = "SQLite"
        case postgres = "PostgreSQL"
    }

    static func run(on kind: Database, _ bench: Bench) async throws -> Outcome {
        var (place, url, server) = (StageDatabase.sqlite, "", BenchPostgres?.none)
        if kind == .postgres {
            let new = try await BenchPostgres(in: bench.freshFolder("pipeline-pg"), bench)
            url = try await new.makeDatabase("pipeline")
            (place, server) = (.postgres(url: url), new)
        }
        let pair = try await Pair("pipeline", bench, database: place)
        let aggregator = try await pair.startAggregator(on: .server)
        let platform = try AdPlatform(on: pair.stage)
        let double = try await platform.start()
        var collectors: [VisitCollector] = []
        for number in 1...Self.collectors {
            let merchant = try await Merchant.open(
                "Visits \(number)", stores: ["visits-\(number)"], on: pair.stage)
            try await platform.become(
                destinationOf: "Visits \(number)",
                since: (SystemClock().now() - .seconds(864_000)).description)
            collectors.append(
                try VisitCollector(
                    merchant, number: number,
                    pace: .init(rate: Self.rate / Self.collectors, interval: Self.interval)))
        }
        let watch =
            kind == .postgres
            ? try await OutcomeWatch(url: url)
            : try OutcomeWatch(path: pair.stage.path("aggregator/aggregator.db"))
        let load = VisitLoad(collectors: collectors, watch: watch, program: aggregator.id)
        let outcome = try await load.measure(seconds: Self.seconds(bench))
        await aggregator.stop()
        await double.stop()
        await server?.stop()
        pair.remove()
        return outcome
    }

    let collectors: [VisitCollector]
    let watch: OutcomeWatch
    let program: Int32

    private func measure(seconds: Int) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watch.run() }
            _ = try await feed(seconds: Self.warmUpSeconds)
            let cpu = Native.cpuSeconds(program)
            let start = ContinuousClock.now
            let report = try await feed(seconds: seconds)
            var outcome = Outcome()
            outcome.seconds = (ContinuousClock.now - start) / .seconds(1)
            outcome.cpu = Native.cpuSeconds(program) - cpu
            try await waitForTheLast(of: report)
            group.cancelAll()
            await fill(&outcome, report)
            return outcome
        }
    }

    /// The collectors take turns.
    private func feed(seconds: Int) async throws -> VisitCollector.Report {
        let ticks = Int(Double(seconds) / (Self.interval / .seconds(1)))
        let start = ContinuousClock.now + Self.interval
        return try await withThrowingTaskGroup(of: VisitCollector.Report.self) { group in
            for (place, collector) in collectors.enumerated() {
                let own = start + Self.interval * place / collectors.count
                group.addTask { try await collector.run(from: own, ticks: ticks) }
            }
            return try await group.reduce(into: VisitCollector.Report()) { $0.add($1) }
        }
    }

    private func waitForTheLast(of report: VisitCollector.Report) async throws {
        let limit = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < limit {
            let sights = await watch.sights
            let open = report.confirmed.keys.contains { sights[$0]?.due == nil }
            if !open, !report.told.keys.contains(where: { sights[$0]?.queued == nil }) { return }
            try await ContinuousClock().sleep(for: .milliseconds(100))
        }
    }

    private func fill(_ outcome: inout Outcome, _ report: VisitCollector.Report) async {
        let sights = await watch.sights
        func passed(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant?) -> Double? {
            to.map { ($0 - from) / .milliseconds(1) }
        }
        outcome.events = report.events
        outcome.orders = report.told.count
        outcome.receipts = report.answers.filter { $0.lane == .pageview }.map(\.milliseconds)
        outcome.conversionReceipts =
            report.answers.filter { $0.lane == .conversion }.map(\.milliseconds)
        for (order, start) in report.told {
            outcome.visible += [passed(start, sights[order]?.visible)].compactMap(\.self)
            outcome.queued += [passed(start, sights[order]?.queued)].compactMap(\.self)
            if sights[order]?.queued == nil { outcome.missing += 1 }
        }
        for (order, start) in report.confirmed {
            outcome.counted += [passed(start, sights[order]?.counted)].compactMap(\.self)
            outcome.due += [passed(start, sights[order]?.due)].compactMap(\.self)
        }
    }
}

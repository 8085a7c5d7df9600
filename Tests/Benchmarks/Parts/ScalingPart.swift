import FoundationEssentials
import Stage

extension Part {
    /// What further processes on one PostgreSQL bring.
    static let scaling = Part(
        name: "scaling", sentence: "One, two and three aggregators on one PostgreSQL."
    ) { bench in
        var result = PartResult("scaling", "Several aggregators on one PostgreSQL", bench)
        var rounds: [(String, Scaling)] = []
        for (name, count) in Scaling.casts {
            rounds.append((name, try await Scaling.run(count, bench)))
            StandardOutput.complain("\(name) is measured.")
        }
        let (file, one) = (rounds[0].1, rounds[1].1)
        var table = PartResult.Table(
            title: "Six collectors of six organizations, all lanes",
            columns: [
                "", "ingested events/s", "of one", "of SQLite", "folded events/s", "of one",
                "of SQLite", "CPU s per million", "orders", "visible p50 ms", "p99 ms",
            ])
        table.rows = rounds.map { name, round in
            [
                name, Numbers.text(round.ingested), Numbers.text(round.ingested / one.ingested),
                Numbers.text(round.ingested / file.ingested), Numbers.text(round.folded),
                Numbers.text(round.folded / one.folded), Numbers.text(round.folded / file.folded),
                Numbers.text(round.cpu), Numbers.text(round.visible.count),
                Numbers.text(round.visible.quantile(0.5)),
                Numbers.text(round.visible.quantile(0.99)),
            ]
        }
        table.notes = [
            """
            Ingested: each collector sends batches of a shop's visits, the next when the receipts of the \
            ones before have come; collectors reach the aggregators in turn. Folded: the same events by \
            the time until no stage behind ingest has anything left to do. Visible: from the first part \
            of an order that was due to be sent until its conversion can be read, at \
            \(Scaling.rate) events/s of all collectors together, read by a connection of its own. CPU is \
            the aggregators', for ingest and everything behind it.
            """,
            """
            Each aggregator is pinned to a core of its own, the first to core 0; PostgreSQL \
            (\(BenchPostgres.settingsText)) runs where the load runs: the third aggregator shares its \
            core with them, and none has a machine to itself. A curve that rises here is a lower bound of \
            what machines of their own bring; where it flattens, PostgreSQL and the load are what is full.
            """,
        ]
        result.tables = [table]
        return result
    }
}

/// One cast of aggregators: first as much as they take, then an even load.
struct Scaling {
    static let casts: [(String, Int?)] = [
        ("one on SQLite", nil), ("one on PostgreSQL", 1), ("two", 2), ("three", 3),
    ]
    static let rate = 2_000

    var ingested = 0.0
    var folded = 0.0
    var cpu = 0.0
    var visible: [Double] = []

    static func run(_ count: Int?, _ bench: Bench) async throws -> Scaling {
        let house = try await ScaledHouse(count, rate: rate, bench)
        var scaling = Scaling()
        // Also warms up: visits come to their orders.
        try await scaling.fill(house, ticks: bench.isQuick ? 4 : 24)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await house.watch.run() }
            scaling.visible = try await latencies(of: house, seconds: bench.isQuick ? 5 : 15)
            group.cancelAll()
        }
        await house.end()
        return scaling
    }

    /// How long conversions take to be seen at an even load.
    private static func latencies(of house: ScaledHouse, seconds: Int) async throws -> [Double] {
        let interval = Duration.milliseconds(480)
        let ticks = Int(Duration.seconds(seconds) / interval)
        let start = ContinuousClock.now + interval
        let report = try await withThrowingTaskGroup(of: VisitCollector.Report.self) { group in
            for (place, collector) in house.collectors.enumerated() {
                let own = start + interval * place / house.collectors.count
                group.addTask { try await collector.run(from: own, ticks: ticks) }
            }
            return try await group.reduce(into: VisitCollector.Report()) { $0.add($1) }
        }
        let limit = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < limit {
            let sights = await house.watch.sights
            if report.told.keys.allSatisfy({ sights[$0]?.visible != nil }) { break }
            try await ContinuousClock().sleep(for: .milliseconds(100))
        }
        let sights = await house.watch.sights
        return report.told.compactMap { order, due in
            (sights[order]?.visible).map { ($0 - due) / .milliseconds(1) }
        }
    }

    /// Sends as fast as receipts come, then waits until everything is folded.
    private mutating func fill(_ house: ScaledHouse, ticks: Int) async throws {
        let cpu = house.cpuSeconds
        let start = ContinuousClock.now
        let events = try await withThrowingTaskGroup(of: Int.self) { group in
            for collector in house.collectors {
                group.addTask { try await collector.fill(ticks: ticks, of: 1_000) }
            }
            return try await group.reduce(0, +)
        }
        ingested = Double(events) / ((ContinuousClock.now - start) / .seconds(1))
        let limit = start + .seconds(120)
        while try await house.backlog() > 0 {
            guard ContinuousClock.now < limit else { throw BenchFault("folding does not end") }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
        folded = Double(events) / ((ContinuousClock.now - start) / .seconds(1))
        self.cpu = (house.cpuSeconds - cpu) / Double(events) * 1e6
    }
}

import Child
import FoundationEssentials
import HTTP
import Pipeline
import Stage
import Store
import Time

extension Part {
    /// What one new event costs when much is stored already.
    static let incremental = Part(
        name: "incremental", sentence: "One conversion anew, with millions of events stored.",
        takesStored: true
    ) { bench in
        var result = PartResult("incremental", "One conversion anew", bench)
        let past = try await Past(bench)
        result.tables = [try await past.filling(), try await past.turns()]
        await past.house.store.close()
        past.pair.remove()
        return result
    }
}

/// An aggregator with a past, in this process.
private struct Past {
    let pair: Pair
    let house: HouseAggregator
    private let collectors: [VisitCollector]
    private let bench: Bench

    private static let regulars = 20
    private static let regularFacts = 200
    private static let eventsPerTick = 1_200

    init(_ bench: Bench) async throws {
        self.bench = bench
        pair = try await Pair("incremental", bench)
        let program = try await pair.startAggregator(on: .server)
        let platform = try AdPlatform(on: pair.stage)
        var merchants: [Merchant] = []
        for number in 1...4 {
            let name = "Visits \(number)"
            merchants.append(
                try await Merchant.open(name, stores: ["visits-\(number)"], on: pair.stage))
            try await platform.become(
                destinationOf: name, since: (SystemClock().now() - .seconds(864_000)).description)
        }
        await program.stop()
        let house = try await HouseAggregator(
            directory: pair.stage.path("aggregator"), authority: pair.stage.aggregator.authority)
        self.house = house
        let pace = VisitCollector.Pace(rate: Self.eventsPerTick, interval: .seconds(1))
        collectors = try merchants.enumerated().map { place, merchant in
            try VisitCollector(merchant, number: place + 1, pace: pace, over: house)
        }
    }

    private var stored: Int { bench.stored ?? (bench.isQuick ? 200_000 : 10_000_000) }

    // MARK: Filling

    /// Ingest and pipeline side by side, in this process, until everything is stored and judged.
    func filling() async throws -> PartResult.Table {
        let ticks = stored / Self.eventsPerTick / collectors.count
        let start = ContinuousClock.now
        for first in stride(from: 0, to: ticks, by: 20) {
            async let fed: Void = feed(ticks: min(20, ticks - first))
            await house.pipeline.drain()
            try await fed
        }
        await house.pipeline.drain()
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let events = ticks * Self.eventsPerTick * collectors.count
        let counts = try await house.store.read { tx in
            try [
                "SELECT count(*) FROM fact", "SELECT count(*) FROM fact_key",
                "SELECT count(*) FROM conversion", "SELECT count(*) FROM conversion_version",
            ].map { try tx.first(SQL($0)) { $0.integer(0) } ?? 0 }
        }
        let size = try await house.store.size()
        return PartResult.Table(
            title: "The past: shop visits through ingest and pipeline, as fast as they take it",
            columns: ["events", "facts", "keys", "conversions", "versions", "GB", "events/s"],
            rows: [
                [Numbers.text(events)] + counts.map { Numbers.text(Int($0)) } + [
                    Numbers.text(Double(size.database) / 1e9),
                    Numbers.text(Double(events) / seconds),
                ]
            ],
            notes: ["Load, ingest and pipeline are in one process on the load's cores."])
    }

    private func feed(ticks: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for collector in collectors {
                group.addTask { try await collector.fill(ticks: ticks) }
            }
            try await group.waitForAll()
        }
    }

    // MARK: Timing

    func turns() async throws -> PartResult.Table {
        let bare = try bareCommit()
        var table = PartResult.Table(
            title: "Milliseconds from a stored event to everything that follows from it, on disk",
            columns: [
                "person", "event", "turns", "p50", "p99", "longest", "p50 of bare", "CPU, p50",
            ],
            rows: [
                ["bare: one row in one SQLite commit", "", "", Numbers.text(bare), "", "", "", ""]
            ])
        let count = bench.isQuick ? 100 : 400
        let regulars = try await makeRegulars()
        let orders: [(String, [ShopVisits.Message])] = [
            ("small", try await collectors[0].finished(count)),
            ("\(Self.regularFacts) facts", regulars),
        ]
        for (person, orders) in orders {
            for (event, tell) in Self.news
            where bench.only.map("\(person): \(event)".contains) ?? true {
                var times: [Double] = []
                var cpu: [Double] = []
                for number in 0..<count {
                    let one = try await turn(after: orders[number % orders.count], tell)
                    times.append(one.wall)
                    cpu.append(one.cpu)
                }
                table.rows.append(
                    [person, event, Numbers.text(count)]
                        + [0.5, 0.99, 1].map { Numbers.text(times.quantile($0)) } + [
                            Numbers.text(times.quantile(0.5) / bare), Numbers.text(cpu.median),
                        ])
            }
        }
        table.notes = [
            """
            One turn of the pipeline: the chunk is read, its fact recorded, the orders found that it may \
            change, the order folded and attributed by all models, the new version, its credits and the \
            upload's wish written. Three commits. Aim: 5 ms.
            """
        ]
        return table
    }

    private typealias Tell =
        @Sendable (inout ShopVisits, ShopVisits.Message, Timestamp) -> ShopVisits.Told

    private static let news: [(String, Tell)] = [
        ("webhook changes the order", { $0.change(of: $1, at: $2) }),
        ("an older ad click comes to light", { $0.lateClick(of: $1, at: $2) }),
    ]

    /// Milliseconds of one turn, and of processor time in all threads.
    private func turn(
        after order: ShopVisits.Message, _ tell: @escaping Tell
    ) async throws -> (wall: Double, cpu: Double) {
        try await collectors[0].send { visits, now in [tell(&visits, order, now)] }
        let (start, used) = (ContinuousClock.now, Native.ownCPUSeconds)
        guard await house.pipeline.turn() else { throw BenchFault("nothing was to be done") }
        let cpu = (Native.ownCPUSeconds - used) * 1_000
        let wall = (ContinuousClock.now - start) / .milliseconds(1)
        await house.pipeline.drain()
        return (wall, cpu)
    }

    private func makeRegulars() async throws -> [ShopVisits.Message] {
        var orders: [ShopVisits.Message] = []
        for number in 1...Self.regulars {
            orders.append(
                try await collectors[0].sendRegular(
                    facts: Self.regularFacts, number: 900_000_000 + number))
        }
        await house.pipeline.drain()
        return orders
    }

    private func bareCommit() throws -> Double {
        let folder = try bench.freshFolder("incremental-bare")
        defer { bench.remove(folder) }
        return try Native.insert(
            into: "\(folder)/bare.db", rowBytes: 560, rowsPerCommit: 1, seconds: 1
        ).millisecondsPerCommit
    }
}

import Child
import FoundationEssentials
import SQLite
import Stage

/// Aggregators on one database, each on a core of its own as far as there are, and collectors of as many
/// organizations, which reach them in turn.
struct ScaledHouse: Sendable {
    static let collectors = 6

    /// The first one's; commands go there.
    let stage: Stage
    let collectors: [VisitCollector]
    let watch: OutcomeWatch
    private let programs: [Program]
    private let server: PostgresServer?
    private let bench: Bench

    /// - Parameters:
    ///   - count: of aggregators; nil is one on SQLite.
    ///   - rate: events a second that all collectors send together, where they send at a pace.
    init(_ count: Int?, rate: Int, _ bench: Bench) async throws {
        self.bench = bench
        var database = StageDatabase.sqlite
        server = try await count == nil ? nil : Self.startServer(bench)
        if let server { database = .postgres(url: server.url(database: "convey")) }
        stage = try Stage::Stage(
            folder: try bench.freshFolder("scaling"), programs: bench.programs,
            settings: "collectors:\n  pace: 10000000\n", database: database)
        (programs, collectors) = try await Self.cast(count ?? 1, rate: rate, on: stage, bench)
        watch =
            if let server {
                try await OutcomeWatch(url: server.url(database: "convey"))
            } else {
                try OutcomeWatch(path: stage.path("aggregator/aggregator.db"))
            }
    }

    /// Beside the load, and durable.
    private static func startServer(_ bench: Bench) async throws -> PostgresServer {
        var options = PostgresServerOptions()
        options.settings = BenchPostgres.settings
        let folder = try bench.freshFolder("scaling-pg")
        let server = try PostgresServer(folder: "\(folder)/pg", options: options)
        try await server.start()
        try await server.query("CREATE DATABASE convey OWNER convey")
        return server
    }

    private static func cast(
        _ count: Int, rate: Int, on stage: Stage, _ bench: Bench
    ) async throws -> ([Program], [VisitCollector]) {
        var stages = [stage]
        var programs: [Program] = []
        for number in 1...count {
            if number > 1 { stages.append(try stage.beside(number)) }
            programs.append(try await start(number, stages[number - 1], bench))
        }
        var made: [VisitCollector] = []
        for number in 1...collectors {
            let merchant = try await Merchant.open(
                "Scaling \(number)", stores: ["scaling-\(number)"], on: stage,
                by: stages[number % count].aggregator)
            made.append(
                try VisitCollector(
                    merchant, number: number,
                    pace: .init(rate: rate / collectors, interval: .milliseconds(480))))
        }
        return (programs, made)
    }

    private static func start(
        _ number: Int, _ stage: Stage, _ bench: Bench
    ) async throws -> Program {
        let path = try bench.program("convey-aggregator")
        let words = [path, "serve", "--config", stage.configuration]
        let core = (number - 1) % (bench.cores.server + bench.cores.load + [0]).count
        let isPinned = !bench.cores.server.isEmpty
        let program = try Program.start(
            "/usr/bin/env", (isPinned ? ["taskset", "-c", "\(core)"] : []) + words,
            log: stage.path("logs/aggregator-\(number).log"))
        try await program.ready()
        return program
    }

    /// CPU seconds of the aggregators.
    var cpuSeconds: Double { programs.reduce(0) { $0 + Native.cpuSeconds($1.id) } }

    /// Work that the stages behind ingest still have.
    func backlog() async throws -> Int {
        let count = "SELECT (SELECT count(*) FROM work) + (SELECT count(*) FROM pipeline_stale)"
        if let server { return Int(try await server.query(count, database: "convey")) ?? 0 }
        let reader = try Connection(path: stage.path("aggregator/aggregator.db"), mode: .reader)
        let statement = try reader.statement(count)
        var rest = 0
        while let row = try statement.next() { rest = Int(row.integer(0)) }
        return rest
    }

    func end() async {
        for program in programs { await program.stop() }
        bench.remove(stage.folder)
        guard let server else { return }
        await server.stop(.immediate)
        bench.remove("\(bench.folder)/scaling-pg")
    }
}

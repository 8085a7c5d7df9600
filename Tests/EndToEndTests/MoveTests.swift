import Child
import Foundation
import HTTP
import Stage
import TestSupport
import Testing
import Time
import Troupe

/// Goal: a live installation moves from SQLite to PostgreSQL, back, and there again, while shops and
/// collector go on: no event is lost or counted twice, every order is confirmed once, what was explained
/// before is explained alike afterwards; and never do two databases take events.
///
/// Method: the real programs, a strict double of the platform, stories whose ends are known; `export` and
/// `import` as an operator gives them, also in the wrong order and killed.
@Suite(.serialized) struct MoveTests {
    @Test(.timeLimit(.minutes(20))) func aLiveInstallationMovesThereAndBack() async throws {
        let scene = try await MovingScene.open()
        try await scene.deliver(chapter: 0)
        try await scene.tryOut(on: .postgres)

        async let second: Void = scene.deliver(chapter: 1)
        try await scene.move(to: .postgres)
        try await second
        async let third: Void = scene.deliver(chapter: 2)
        try await scene.move(to: .sqlite)
        try await third
        // Once more: numbers that carry a day meet a database that gives such numbers today.
        async let fourth: Void = scene.deliver(chapter: 3)
        try await scene.move(to: .postgres)
        try await fourth

        let result = try await scene.close()
        #expect(result.differences == [])
        #expect(result.isBalanced && result.outcome.confirmedCount > 40)
        #expect(result.ledger.lanes.allSatisfy { $0.findings.isEmpty })
        #expect(result.ledger.gaps == 0 && result.ledger.rejected == 0)
    }
}

/// A merchant with a platform, whose aggregator moves.
private actor MovingScene {
    private static let settings = """
        uploads:
          first_poll: 300ms
          poll_max: 1s

        """

    private let platform: AdPlatform
    private let google: Program
    private let merchant: Merchant
    private let collector: Program
    private let play: Shop.Traffic
    private let first: Stage
    private var stage: Stage
    private var aggregator: Program
    private var tally = Tally()
    private var databases = 1

    static func open() async throws -> MovingScene {
        let now = SystemClock().now()
        var shop = Shop(seed: 21, now: now)
        let play = shop.traffic(stories: 160, chapters: 4)
        let stage = try Stage.fresh(programs: Stage.builtPrograms, settings: settings)
        let clicks = play.foreignClicks.map { "\"\($0)\":{\"reason\":\"CLICK_NOT_FOUND\"}" }
        let platform = try AdPlatform(
            on: stage, behaviour: "{\"clicks\":{\(clicks.joined(separator: ","))}}")
        let google = try await platform.start()
        let aggregator = try await stage.startAggregator()
        let merchant = try await Merchant.open("Example shops", stores: ["lamps"], on: stage)
        let since = now - .seconds(60 * 86_400)
        try await platform.become(destinationOf: merchant.organization, since: since.description)
        let collector = try await merchant.startCollector()
        return MovingScene(
            (stage, platform, google), merchant, aggregator: aggregator, collector: collector,
            play: play)
    }

    private init(
        _ house: (Stage, AdPlatform, Program), _ merchant: Merchant, aggregator: Program,
        collector: Program, play: Shop.Traffic
    ) {
        (first, platform, google) = house
        stage = house.0
        self.merchant = merchant
        self.aggregator = aggregator
        self.collector = collector
        self.play = play
    }

    func deliver(chapter: Int) async throws {
        let courier = Courier(to: merchant.intake, with: merchant.shops[0])
        let told = try await courier.deliver(play.chapters[chapter], width: 4)
        tally.add(told)
    }

    // MARK: Moving

    /// An empty place of this kind, where the operator has put the sealing key.
    private func emptyPlace(_ backend: Backend) async throws -> Stage {
        databases += 1
        let database = try TestDatabase(on: backend)
        return try stage.moved(to: database.place, number: databases)
    }

    private func run(_ words: [String], on stage: Stage) async throws -> Program.Outcome {
        try await stage.command(
            "convey-aggregator", words + ["--config", stage.configuration])
    }

    /// Copies the database while it serves. Nobody serves from the copy.
    func tryOut(on backend: Backend) async throws {
        let file = stage.path("trial.convey")
        #expect(try await run(["export", file], on: stage).status == 0)
        let trial = try await emptyPlace(backend)
        let imported = try await run(["import", file], on: trial)
        #expect(imported.status == 0, "\(imported.errors)")
        let served = try await run(["serve"], on: trial)
        #expect(served.status == 1 && served.errors.contains("trial copy"))
        #expect(try await run(["import", file], on: trial).status == 1)
    }

    /// Closes the database, copies it, and serves from the copy.
    func move(to backend: Backend) async throws {
        let file = stage.path("final-\(databases).convey")
        let closed = try await run(
            ["export", file, "--final", "--to", "the other room"], on: stage)
        #expect(closed.status == 0, "\(closed.errors)")
        let client = Client(.init(trust: .authority(pem: stage.authorityPEM)))
        let ready = try await client.send(ClientRequest(.get, stage.aggregator, "/readyz"))
        #expect(ready.status == 503)
        let before = try await life(stage)
        await aggregator.stop()
        let again = try await run(["serve"], on: stage)
        #expect(again.status == 1 && again.errors.contains("moved to the other room"))

        let new = try await emptyPlace(backend)
        try await dieAmidImport(of: file, to: new)
        let imported = try await run(["import", file], on: new)
        #expect(imported.status == 0, "\(imported.errors)")
        #expect(try await life(new) == before)
        stage = new
        aggregator = try await new.startAggregator()
    }

    /// Kills an import that waits for the rest of a file; what is there is not served from.
    private func dieAmidImport(of file: String, to stage: Stage) async throws {
        let pipe = stage.path("pipe-\(databases)")
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        let words = ["import", pipe, "--config", stage.configuration]
        let program = try Program.start(
            "\(stage.programs)/convey-aggregator", words, log: stage.path("logs/killed.log"))
        let whole = try Data(contentsOf: URL(filePath: file))
        // Returns when all but what a pipe holds was read.
        let handle = try #require(FileHandle(forWritingAtPath: pipe))
        try handle.write(contentsOf: whole.dropLast(100))
        await program.crash()
        try handle.close()
        let served = try await run(["serve"], on: stage)
        #expect(served.status == 1 && served.errors.contains("import"), "\(served.errors)")
    }

    /// What the books say, and what is told of some orders.
    private func life(_ stage: Stage) async throws -> [String] {
        var told = [try await stage.aggregator(["balance", "--json"])]
        for ending in play.endings.prefix(12) {
            let outcome = try await run(["explain", "#\(ending.orderName)"], on: stage)
            told.append("\(outcome.status) \(outcome.output)")
        }
        return told
    }

    // MARK: The end

    func close() async throws -> BookResult {
        let (stage, merchant) = (stage, merchant)
        let books = Books(stage: stage, merchant: merchant)
        try await books.settled(within: .seconds(120))
        let expected = Outcome.Expected(
            site: merchant.shops[0].shopDomain, siteID: merchant.shops[0].siteID,
            endings: play.endings)
        let ads = AdBooks(stage, platform, expected: [expected])
        _ = try await ads.reached(within: .seconds(120))
        let courier = Courier(to: merchant.intake, with: merchant.shops[0])
        tally.add(try await courier.deliver(play.afterwards, width: 4))
        try await books.settled(within: .seconds(120))
        var result = try await books.close(against: tally)
        result.outcome = try await ads.closed(within: .seconds(120))
        result.differences += ads.differences(of: result.outcome)
        for program in [collector, aggregator, google] { await program.stop() }
        if result.isBalanced { try first.remove() }
        return result
    }
}

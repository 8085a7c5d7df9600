import Child
import Daemon
import HTTP
import Stage
import Time

/// The main job, for real: two shops' traffic through the sudden deaths of aggregator, collector and
/// advertising platform, from the click to the confirmed upload, and the books at the end.
struct Demo {
    private static let stores = ["lamps", "chairs"]
    private static let stories = 480
    private static let courierWidth = 8

    private let stage: Stage
    private let database: DemoDatabase
    private let platform: AdPlatform
    /// One a store: what happens there, told before it begins.
    private let plays: [Shop.Traffic]
    private let start: Timestamp
    private let isWatched: Bool

    /// - Parameters:
    ///   - database: where the aggregator keeps what it knows.
    ///   - isWatched: whether somebody wants to look around at the end.
    init(on database: DemoDatabase, isWatched: Bool) throws {
        start = SystemClock().now()
        plays = Self.plays(at: start)
        self.database = database
        stage = try Stage.fresh(
            programs: Self.programs, settings: Self.settings, database: database.place)
        platform = try AdPlatform(
            on: stage, behaviour: Behaviour.json(foreignClicks: plays.flatMap(\.foreignClicks)))
        self.isWatched = isWatched
    }

    /// Real platforms want to be asked after half an hour; nobody watches a demonstration so long.
    private static let settings = """
        uploads:
          first_poll: 300ms
          poll_max: 1s

        """

    /// The second shop sends clicks, without personal data, of those who never answered its banner.
    private static func plays(at now: Timestamp) -> [Shop.Traffic] {
        stores.indices.map { index in
            var shop = Shop(seed: UInt64(index), now: now, sendsUnknownClicks: index == 1)
            return shop.traffic(stories: stories, chapters: 4)
        }
    }

    /// Tells the story.
    /// - Returns: whether the books balance.
    func run() async throws -> Bool {
        var cast = try await open()
        var tally = try await firstChapters(&cast)
        let ads = AdBooks(stage, platform, expected: expected(cast.merchant))

        tell("5. What is settled, permitted and old enough is sent, and the platform confirms it.")
        let reached = try await ads.reached(within: .seconds(60))
        tell("   \(reached.confirmedCount) conversions are confirmed.")
        tell("6. Some customers send things back, long after their orders were confirmed.")
        tally.add(try await deliver(plays.map(\.afterwards), cast.merchant))
        let books = Books(stage: stage, merchant: cast.merchant)
        try await books.settled(within: .seconds(60))
        var result = try await books.close(against: tally)
        result.outcome = try await ads.closed(within: .seconds(60))
        result.differences += ads.differences(of: result.outcome)

        try await Ending(stage, cast.merchant, isWatched: isWatched)
            .show(result, tally, lives: isWatched ? lives(cast.merchant) : [])
        if isWatched { await waitForInterrupt() }
        for program in [cast.collector] + cast.aggregators + [cast.google] { await program.stop() }
        await database.close()
        if result.isBalanced {
            try stage.remove()
            try database.remove()
        }
        return result.isBalanced
    }

    /// Who is on the stage.
    private struct Cast {
        let merchant: Merchant
        var aggregators: [Program]
        var collector, google: Program
    }

    private func open() async throws -> Cast {
        tell("Keys, certificates, data and logs lie in \(stage.folder).")
        let google = try await platform.start()
        tell("The advertising platform's double listens at \(platform.origin.url).")
        if let line = try await database.open() { tell(line) }
        let aggregators = try await startAggregators()
        tell("The aggregator takes batches at \(stage.aggregator.url).")
        if aggregators.count > 1 { tell("\(aggregators.count) processes of it share the work.") }
        let merchant = try await Merchant.open("Example shops", stores: Self.stores, on: stage)
        try await merchant.set(shop: 1, ["--unknown-consent", "click_id_only"])
        let since = start - .seconds(60 * 86_400)
        try await platform.become(
            destinationOf: merchant.organization, since: since.description)
        let collector = try await merchant.startCollector()
        tell("The collector is enrolled and takes events at \(merchant.intake.url).\n")
        return Cast(
            merchant: merchant, aggregators: aggregators, collector: collector, google: google)
    }

    private func startAggregators() async throws -> [Program] {
        var started = [try await stage.startAggregator()]
        for number in 1..<database.processes {
            started.append(try await stage.beside(number + 1).startAggregator())
        }
        return started
    }

    private func firstChapters(_ cast: inout Cast) async throws -> Tally {
        let merchant = cast.merchant
        let books = Books(stage: stage, merchant: merchant)
        tell("1. Both shops are open: browsers, webhooks, good, bad, some twice, some late.")
        var tally = try await traffic(merchant, chapter: 1)
        tell(
            "2. Aggregator, \(database.name) and platform are killed (kill -9). Shops notice nothing."
        )
        for aggregator in cast.aggregators { await aggregator.crash() }
        try await database.crash()
        await cast.google.crash()
        tally.add(try await traffic(merchant, chapter: 2))
        tell("   \(try await books.pending()) events wait on the collector's disk.")
        tell("3. The collector is killed, too, amid the traffic, and started again.")
        async let more = traffic(merchant, chapter: 3)
        await cast.collector.crash()
        cast.collector = try await merchant.startCollector()
        tally.add(try await more)
        tell("   \(try await books.pending()) events wait on the collector's disk.")
        tell("4. Platform and aggregator are started again, and the backlog drains.")
        cast.google = try await platform.start()
        try await database.start()
        cast.aggregators = try await startAggregators()
        async let rest = traffic(merchant, chapter: 4)
        if try await database.interrupt() {
            tell("   PostgreSQL is stopped at once amid it (-m immediate) and comes back.")
        }
        tally.add(try await rest)
        try await books.settled(within: .seconds(60))
        return tally
    }

    // MARK: Traffic

    private func traffic(_ merchant: Merchant, chapter: Int) async throws -> Tally {
        try await deliver(plays.map { $0.chapters[chapter - 1] }, merchant)
    }

    /// Makes the deliveries of each shop, all shops at once.
    private func deliver(
        _ deliveries: [[Shop.Delivery]], _ merchant: Merchant
    ) async throws -> Tally {
        try await withThrowingTaskGroup(of: Tally.self) { group in
            for (shop, deliveries) in zip(merchant.shops, deliveries) {
                let courier = Courier(to: merchant.intake, with: shop)
                group.addTask {
                    try await courier.deliver(deliveries, width: Self.courierWidth)
                }
            }
            return try await group.reduce(into: Tally()) { $0.add($1) }
        }
    }

    // MARK: The end

    private func expected(_ merchant: Merchant) -> [Outcome.Expected] {
        zip(merchant.shops, plays).map { shop, play in
            Outcome.Expected(
                site: shop.shopDomain, siteID: shop.siteID, endings: play.endings)
        }
    }

    /// Three orders of the first shop that are worth reading.
    private func lives(_ merchant: Merchant) -> [(order: String, site: String)] {
        [Story.longWay, .twoDevices, .lateFullRefund].compactMap { story in
            plays[0].endings.last { $0.story == story }.map {
                ("#\($0.orderName)", merchant.shops[0].shopDomain)
            }
        }
    }

    private func waitForInterrupt() async {
        for await signal in Signals.stream() where signal == .stop { return }
    }

    private func tell(_ line: String) { Terminal.tell(line) }

    /// The folder in which this program lies; the others lie beside it.
    private static var programs: String {
        (CommandLine.arguments.first ?? "")
            .split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
    }
}

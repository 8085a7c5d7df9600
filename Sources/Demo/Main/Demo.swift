import Child
import Daemon
import HTTP
import Stage
import Time

/// The main job, for real: two shops' traffic through the sudden deaths of aggregator and collector,
/// and the books at the end.
struct Demo {
    private static let stores = ["lamps", "chairs"]
    private static let stories = 480
    private static let courierWidth = 8

    private let stage: Stage
    /// One a store: what happens there, told before it begins.
    private let plays: [Shop.Traffic]
    private let isWatched: Bool

    /// - Parameter isWatched: whether somebody wants to look around at the end.
    init(isWatched: Bool) throws {
        stage = try Stage.fresh(programs: Self.programs)
        self.isWatched = isWatched
        let now = SystemClock().now()
        plays = Self.stores.indices.map { index in
            var shop = Shop(seed: UInt64(index), now: now)
            return shop.traffic(stories: Self.stories, chapters: 4)
        }
    }

    /// Tells the story.
    /// - Returns: whether the books balance.
    func run() async throws -> Bool {
        tell("Keys, certificates, data and logs lie in \(stage.folder).")
        let first = try await stage.startAggregator()
        tell("The aggregator takes batches at \(stage.aggregator.url).")
        let merchant = try await Merchant.open(
            "Example shops", stores: Self.stores, on: stage)
        let doomed = try await merchant.startCollector()
        tell("The collector is enrolled and takes events at \(merchant.intake.url).\n")

        var tally = Tally()
        tell("1. Both shops are open: browsers, webhooks, good, bad, some twice, some late.")
        tally.add(try await traffic(merchant, chapter: 1))
        tell("2. The aggregator is killed (kill -9). The shops notice nothing.")
        await first.crash()
        tally.add(try await traffic(merchant, chapter: 2))
        let books = Books(stage: stage, merchant: merchant)
        tell("   \(try await books.pending()) events wait on the collector's disk.")
        tell("3. The collector is killed, too, amid the traffic, and started again.")
        let (more, collector) = try await trafficThroughACrash(merchant, doomed)
        tally.add(more)
        tell("   \(try await books.pending()) events wait on the collector's disk.")
        tell("4. The aggregator is started again, and the backlog drains.")
        let aggregator = try await stage.startAggregator()
        tally.add(try await traffic(merchant, chapter: 4))

        try await books.settled(within: .seconds(120))
        let result = try await books.close(against: tally)
        try await show(result, tally, merchant)
        if isWatched { await waitForInterrupt() }
        await collector.stop()
        await aggregator.stop()
        if result.isBalanced { try stage.remove() }
        return result.isBalanced
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

    private func trafficThroughACrash(
        _ merchant: Merchant, _ collector: Program
    ) async throws -> (Tally, Program) {
        async let tally = traffic(merchant, chapter: 3)
        await collector.crash()
        let restarted = try await merchant.startCollector()
        return (try await tally, restarted)
    }

    // MARK: The end

    private func show(_ result: BookResult, _ tally: Tally, _ merchant: Merchant) async throws {
        tell("\nWhat the shops were told:")
        tell("  \(tally.acknowledgedCount) events are stored, \(tally.refusedCount) are refused")
        for (reason, count) in tally.refused.sorted(by: { $0.key < $1.key }) {
            tell("    \(count) for: \(reason)")
        }
        tell("  \(tally.retries) requests were made again after a broken connection")
        tell("\nThe aggregator's books:")
        tell(try await stage.aggregator(["balance"]))
        for line in result.differences.prefix(20) { tell("  DIFFERENCE: \(line)") }
        tell(isWatched ? lookAround(merchant) : "")
        tell(result.json)
    }

    private func lookAround(_ merchant: Merchant) -> String {
        let aggregator = "--config \(stage.path("aggregator.yaml"))"
        return """

            Both programs run on; Ctrl-C ends them. Meanwhile, in another terminal:
              \(stage.programs)/convey-aggregator events list \(aggregator)
              \(stage.programs)/convey-aggregator balance \(aggregator)
              \(stage.programs)/convey-collector status --config \(merchant.configuration)
              curl \(merchant.intake.url)/metrics

            """
    }

    private func waitForInterrupt() async {
        for await signal in Signals.stream() where signal == .stop { return }
    }

    private func tell(_ line: String) { Terminal.tell(line) }

    /// The folder in which this program lies; the other two lie beside it.
    private static var programs: String {
        (CommandLine.arguments.first ?? "")
            .split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
    }
}

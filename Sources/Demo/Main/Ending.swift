import Daemon
import HTTP
import Stage

/// What is told at the end of the demonstration.
struct Ending {
    private let stage: Stage
    private let merchant: Merchant
    private let isWatched: Bool

    init(_ stage: Stage, _ merchant: Merchant, isWatched: Bool) {
        self.stage = stage
        self.merchant = merchant
        self.isWatched = isWatched
    }

    /// Shows what the shops were told, the books, some orders' lives, and the result as the last line.
    func show(
        _ result: BookResult, _ tally: Tally, lives: [(order: String, site: String)]
    ) async throws {
        tell("\nWhat the shops were told:")
        tell("  \(tally.acknowledgedCount) events are stored, \(tally.refusedCount) are refused")
        for (reason, count) in tally.refused.sorted(by: { $0.key < $1.key }) {
            tell("    \(count) for: \(reason)")
        }
        tell("  \(tally.retries) requests were made again after a broken connection")
        tell("\nThe aggregator's books:")
        tell(try await stage.aggregator(["balance"]))
        tell("\nWhat became of the uploads:")
        for (state, count) in result.outcome.states { tell("  \(count) \(state)") }
        for life in lives {
            tell("\n" + String(repeating: "─", count: 78))
            tell(try await stage.aggregator(["explain", life.order, "--site", life.site]))
        }
        for line in result.differences.prefix(20) { tell("  DIFFERENCE: \(line)") }
        tell(isWatched ? lookAround : "")
        tell(result.json)
    }

    private var lookAround: String {
        let aggregator = "\(stage.programs)/convey-aggregator"
        let configuration = "--config \(stage.configuration)"
        return """

            All programs run on; Ctrl-C ends them. Meanwhile, in another terminal:
              \(aggregator) conversions list \(configuration)
              \(aggregator) uploads list \(configuration)
              \(aggregator) explain '#1001' \(configuration)
              \(aggregator) events list \(configuration)
              \(aggregator) balance \(configuration)
              \(stage.programs)/convey-collector status --config \(merchant.configuration)
              curl \(merchant.intake.url)/metrics

            """
    }

    private func tell(_ line: String) { Terminal.tell(line) }
}

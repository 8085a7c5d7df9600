package import Daemon
import Ingest
package import Store
package import Time
package import Timeline

/// What happens to an event after ingest, step by step:
///
/// 1. **timeline**: the events of each chunk leave facts, findable by what they share, and the orders
///    that the facts may change are noted.
/// 2. **orders**: those orders are folded, attributed and written anew, with conversions and credits,
///    and each destination is told what it is to send.
/// 3. **settling**: conversions before which nothing can come any more are settled, and judged once
///    more, so that their uploads may follow.
///
/// Every step is idempotent and ends its work in the transaction that holds the results: stop it
/// anywhere, start it again, nothing is lost or doubled. Any number of pipelines may run on one
/// PostgreSQL: chunks are claimed for a time, sites are folded by one at a time.
package struct Pipeline: Service {
    /// What logs call it.
    package let name = "pipeline"
    /// The stages that ingest leaves work for.
    package static let stages = [TimelineStep.name]

    private let parts: Parts
    private let steps: [StepRunner]

    /// What the pipeline works with.
    package struct Parts: Sendable {
        let store: Store
        let clock: any WallClock
        let ticks: any Clock<Duration>
        let log: Log
        let metrics: MetricRegistry
        let bells: Bells
        let limits: LinkLimits

        /// - Parameters:
        ///   - clock: dates.
        ///   - ticks: what waiting goes by.
        ///   - limits: how many may share a key, the same for ever: other ones give other persons.
        package init(
            store: Store, clock: any WallClock = SystemClock(),
            ticks: any Clock<Duration> = ContinuousClock(), log: Log,
            metrics: MetricRegistry = MetricRegistry(), bells: Bells = Bells(),
            limits: LinkLimits = .standard
        ) {
            self.store = store
            self.clock = clock
            self.ticks = ticks
            self.log = log
            self.metrics = metrics
            self.bells = bells
            self.limits = limits
        }
    }

    /// Makes the pipeline; an aggregator has one.
    package init(_ parts: Parts) {
        self.parts = parts
        let metrics = PipelineMetrics(parts.metrics)
        let steps: [any Step] = [
            TimelineStep(parts), OrdersStep(parts), SettlingStep(parts),
        ]
        self.steps = steps.map { StepRunner($0, parts, metrics) }
    }

    /// Works until the daemon stops.
    package func run() async throws {
        await takeOver()
        while !Task.isCancelled {
            guard await !turn() else { continue }
            await parts.bells.pipeline.wait(atMost: Self.restMax, by: parts.ticks)
        }
    }

    /// Frees the chunks that a pipeline held when it died, so that nothing waits for its claims: on
    /// SQLite there is one pipeline, and the other is gone. PostgreSQL has many: a claim's time tells.
    func takeOver() async {
        guard parts.store.kind == .sqlite else { return }
        let now = parts.clock.now()
        do {
            try await parts.store.write { tx in
                for stage in Self.stages {
                    try Work(tx).release(stage, attemptsMax: Self.attemptsMax, at: now)
                }
            }
        } catch {
            parts.log.error(
                "Abandoned chunks wait for their time.", service: name, because: error)
        }
    }

    /// A chunk that was taken so often may itself be what ends its pipelines.
    private static let attemptsMax = 5

    /// Longest rest without a ring: settling goes by the clock, abandoned claims come free.
    private static let restMax: Duration = .seconds(1)

    /// One turn of every step.
    /// - Returns: whether any of them found something to do.
    package func turn() async -> Bool {
        var isBusy = false
        for step in steps where await step.turn() { isBusy = true }
        return isBusy
    }

    /// Turns until nothing is left to do now; for tests and commands on a stopped daemon.
    package func drain() async {
        while await turn() {}
    }
}

/// What wakes the services behind ingest.
package struct Bells: Sendable {
    /// Rung by whoever stores events or changes what counts.
    package let pipeline = Bell()
    /// Rung by whoever makes uploads due or changes a destination.
    package let uploads = Bell()

    /// Makes bells that have not rung.
    package init() {}
}

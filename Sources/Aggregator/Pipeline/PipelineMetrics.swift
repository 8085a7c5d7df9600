import Daemon

/// How the steps fare.
struct PipelineMetrics: Sendable {
    private let failures: Labelled<Counter>
    private let seconds: Labelled<Histogram>

    init(_ registry: MetricRegistry) {
        failures = registry.counter(
            "convey_pipeline_failures_total",
            "Times that a step could not do its work and put it off.", labels: ["step"])
        seconds = registry.histogram(
            "convey_pipeline_turn_seconds", "Time for one turn of a step that had work.",
            labels: ["step"])
    }

    func worked(_ step: String, in duration: Duration) { seconds[step].observe(duration) }

    func failed(_ step: String) { failures[step].increase() }
}

import Daemon
import Testing

/// Goal: Prometheus reads what we print, and labels cannot grow without bound. Method: the text of
/// small registries.
@Suite struct MetricTests {
    @Test func printsEveryKind() {
        let metrics = MetricRegistry()
        metrics.counter("convey_b_total", "Bees.", labels: ["lane", "reason"])[
            "pageview", "a\"b\\\n"
        ]
        .increase(by: 2)
        metrics.gauge("convey_a_bytes", "A\\gauge\nhere.").value = 1.5
        metrics.observe(.gauge, "convey_d", "Elsewhere.", labels: ["lane"]) {
            [.init(["x"], number: 7), .init(["y"], number: .infinity)]
        }
        #expect(
            metrics.text() == """
                # HELP convey_a_bytes A\\\\gauge\\nhere.
                # TYPE convey_a_bytes gauge
                convey_a_bytes 1.5
                # HELP convey_b_total Bees.
                # TYPE convey_b_total counter
                convey_b_total{lane="pageview",reason="a\\"b\\\\\\n"} 2
                # HELP convey_d Elsewhere.
                # TYPE convey_d gauge
                convey_d{lane="x"} 7
                convey_d{lane="y"} +Inf

                """)
    }

    @Test func printsHistogramsCumulatively() {
        let metrics = MetricRegistry()
        let histogram = metrics.histogram("convey_h_seconds", "Times.", bounds: [0.1, 1])
        for measure in [0.05, 0.1, 0.5, 5] { histogram.observe(measure) }
        histogram.observe(Duration.milliseconds(250))
        let text = metrics.text()
        #expect(text.contains("convey_h_seconds_bucket{le=\"0.1\"} 2\n"))
        #expect(text.contains("convey_h_seconds_bucket{le=\"1\"} 4\n"))
        #expect(text.contains("convey_h_seconds_bucket{le=\"+Inf\"} 5\n"))
        #expect(text.contains("convey_h_seconds_count 5\n"))
        #expect(text.contains("convey_h_seconds_sum 5.9"))
    }

    @Test func sumsUpWhatHasTooManyLabels() {
        let metrics = MetricRegistry()
        let counter = metrics.counter("convey_x_total", "X.", labels: ["who"])
        for number in 0..<1500 { counter["\(number)"].increase() }
        #expect(counter["other"].value == 500)
        #expect(counter["7"].value == 1)
    }

    @Test func countsFromManyThreads() async {
        let counter = MetricRegistry().counter("convey_x_total", "X.")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<1000 { counter.increase() } } }
        }
        #expect(counter.value == 8000)
    }
}

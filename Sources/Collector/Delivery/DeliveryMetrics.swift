internal import ConveyProtocol
package import Daemon
internal import Time

extension Sender {
    /// Makes delivery's figures readable for Prometheus.
    package nonisolated func publish(in metrics: MetricRegistry) {
        DeliveryReport.publish(in: metrics) { self.status }
    }
}

extension DeliveryReport {
    /// Makes delivery's figures readable for Prometheus, whichever sender runs.
    /// - Parameter report: how delivery stands now; called several times for each scrape.
    package static func publish(
        in metrics: MetricRegistry, report: @escaping @Sendable () -> DeliveryReport
    ) {
        @Sendable func perLane(
            _ value: (DeliveryReport.LaneFigures) -> Int64
        ) -> [MetricRegistry.Sample] {
            let lanes = report().lanes
            return Lane.allCases.map { lane in
                MetricRegistry.Sample([lane.rawValue], number: Double(value(lanes[lane])))
            }
        }
        metrics.observe(
            .counter, "convey_delivery_batches_total", "Batches with a receipt.", labels: ["lane"]
        ) { perLane { $0.batches } }
        metrics.observe(
            .counter, "convey_delivery_events_total", "Events in batches with a receipt.",
            labels: ["lane"]
        ) { perLane { $0.events } }
        metrics.observe(
            .counter, "convey_delivery_bytes_total", "Compressed bytes of batches with a receipt.",
            labels: ["lane"]
        ) { perLane { $0.bytes } }
        metrics.observe(
            .counter, "convey_delivery_rejected_total", "Events that the aggregator rejected.",
            labels: ["lane"]
        ) { perLane { $0.rejected } }
        metrics.observe(
            .counter, "convey_delivery_failures_total", "Exchanges without the aggregator's answer."
        ) { [.init(number: Double(report().failures))] }
        metrics.observe(
            .gauge, "convey_delivery_trouble",
            "1 while something keeps events from being delivered."
        ) { [.init(number: report().trouble == nil ? 0 : 1)] }
        metrics.observe(
            .gauge, "convey_delivery_last_receipt_timestamp_seconds",
            "When the last receipt came, in Unix time; 0 before the first."
        ) { [.init(number: Double(report().lastReceiptAt?.unixSeconds ?? 0))] }
        metrics.observe(
            .gauge, "convey_clock_offset_seconds", "What this machine's clock is corrected by."
        ) { [.init(number: report().clockOffset?.fractionalSeconds ?? 0)] }
    }
}

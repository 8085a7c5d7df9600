import Buffer
import ConveyProtocol
import Daemon
import Time

extension Buffer {
    /// Declares the buffer's accounts and state, read at each scrape: stored = receipted + pending +
    /// quarantined + gaps, for each lane.
    func publish(in metrics: MetricRegistry) {
        publishAccounts(in: metrics)
        metrics.observe(.gauge, "convey_buffer_used_bytes", "Bytes of the budget in use.") {
            [self] in
            [.init(number: Double(statistics.usedBytes))]
        }
        metrics.observe(.gauge, "convey_buffer_limit_bytes", "Bytes that the buffer may use.") {
            [self] in
            [.init(number: Double(statistics.bytesMax))]
        }
        metrics.observe(.gauge, "convey_buffer_accepting", "1 while events are taken.") { [self] in
            [.init(number: statistics.condition == .open ? 1 : 0)]
        }
        metrics.observe(.gauge, "convey_buffer_balanced", "1 while the accounts close.") { [self] in
            [.init(number: statistics.isBalanced ? 1 : 0)]
        }
    }

    private func publishAccounts(in metrics: MetricRegistry) {
        typealias Figures = BufferStatistics.LaneFigures
        let accounts: [(MetricRegistry.Kind, String, String, @Sendable (Figures) -> Int64)] = [
            (.counter, "convey_buffer_stored_events_total", "Events acknowledged.", { $0.stored }),
            (.gauge, "convey_buffer_receipted_events", "Events with a receipt.", { $0.receipted }),
            (.gauge, "convey_buffer_pending_events", "Events without a receipt.", { $0.pending }),
            (
                .gauge, "convey_buffer_quarantined_events", "Events set aside as files.",
                { $0.quarantined }
            ),
        ]
        for (kind, name, help, count) in accounts {
            metrics.observe(kind, name, help, labels: ["lane"]) { [self] in
                let lanes = statistics.lanes
                return Lane.allCases.map { .init([$0.rawValue], number: Double(count(lanes[$0]))) }
            }
        }
        let reasons: [(String, String, @Sendable (Figures) -> [String: Int64])] = [
            ("convey_buffer_gap_events_total", "Events given up, by reason.", { $0.gaps }),
            (
                "convey_buffer_refused_events_total", "Events turned away, by reason.",
                { $0.refused }
            ),
        ]
        for (name, help, counts) in reasons {
            metrics.observe(.counter, name, help, labels: ["lane", "reason"]) { [self] in
                let lanes = statistics.lanes
                return Lane.allCases.flatMap { lane in
                    counts(lanes[lane]).sorted { $0.key < $1.key }
                        .map { .init([lane.rawValue, $0.key], number: Double($0.value)) }
                }
            }
        }
    }
}

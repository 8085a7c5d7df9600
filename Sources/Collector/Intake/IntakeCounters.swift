package import ConveyProtocol
package import Daemon
import Synchronization

/// What intake counts: events by lane and outcome, requests by why they were turned away.
package final class IntakeCounters: Sendable {
    private struct State {
        var stored = PerLane<Int64>(repeating: 0)
        var faulty: [String: Int64] = [:]
        var turnedAway: [String: Int64] = [:]
        var requests: [String: Int64] = [:]
        var droppedWebhooks: Int64 = 0
        var untrustedProxyRequests: Int64 = 0
        var unmapped: [String: Int64] = [:]
    }

    /// Visits to campaign links.
    package let links = LinkCounters()
    private let state = Mutex(State())

    init() {}

    /// Events on the disk, by lane.
    package var stored: PerLane<Int64> { state.withLock { $0.stored } }
    /// Events that broke a rule of the schema, by its code.
    package var faulty: [String: Int64] { state.withLock { $0.faulty } }
    /// Events that the buffer turned away, by its reason.
    package var turnedAway: [String: Int64] { state.withLock { $0.turnedAway } }
    /// Requests turned away whole, by the refusal's code.
    package var requests: [String: Int64] { state.withLock { $0.requests } }
    /// Signed webhooks that a switched-off site or feature let fall.
    package var droppedWebhooks: Int64 { state.withLock { $0.droppedWebhooks } }
    /// Visitors' requests that came from this machine or a private network and spoke for others,
    /// though no proxy is trusted: above 0 the set-up is wrong.
    package var untrustedProxyRequests: Int64 { state.withLock { $0.untrustedProxyRequests } }

    /// Signed webhooks in which the shop says that it could not tell what happened.
    package var shopErrors: Int64 { unmappedWebhooks[WebhookNote.shopError.text] ?? 0 }
    /// Signed webhooks that were kept by their ids alone though their topic is mapped, by why.
    package var unmappedWebhooks: [String: Int64] { state.withLock { $0.unmapped } }

    /// Declares intake's metrics, read at each scrape.
    package func publish(in registry: MetricRegistry) {
        links.publish(in: registry)
        registry.observe(
            .counter, "convey_intake_events_total", "Events on the disk.", labels: ["lane"]
        ) { [self] in
            let stored = stored
            return Lane.allCases.map { .init([$0.rawValue], number: Double(stored[$0])) }
        }
        let families: [(String, String, @Sendable () -> [String: Int64])] = [
            (
                "convey_intake_faulty_events_total", "Events that broke a rule of the schema.",
                { [self] in faulty }
            ),
            (
                "convey_intake_turned_away_events_total", "Events that the buffer did not take.",
                { [self] in turnedAway }
            ),
            (
                "convey_intake_refused_requests_total", "Requests turned away whole.",
                { [self] in requests }
            ),
            (
                "convey_intake_unmapped_webhooks_total",
                "Signed webhooks of mapped topics that were kept by their ids alone.",
                { [self] in unmappedWebhooks }
            ),
        ]
        for (name, help, counts) in families {
            registry.observe(.counter, name, help, labels: ["reason"]) {
                counts().sorted { $0.key < $1.key }
                    .map { .init([$0.key], number: Double($0.value)) }
            }
        }
        registry.observe(
            .counter, "convey_intake_dropped_webhooks_total", "Signed webhooks of what is off."
        ) { [self] in [.init(number: Double(droppedWebhooks))] }
        registry.observe(
            .counter, "convey_intake_untrusted_proxy_requests_total",
            "Requests through a proxy that intake.trusted_proxies does not name."
        ) { [self] in [.init(number: Double(untrustedProxyRequests))] }
    }

    func count(_ refusal: IntakeRefusal) {
        state.withLock { $0.requests[refusal.code, default: 0] += 1 }
    }

    func countUntrustedProxy() { state.withLock { $0.untrustedProxyRequests += 1 } }

    func countDroppedWebhook() { state.withLock { $0.droppedWebhooks += 1 } }

    func countUnmapped(_ note: WebhookNote) {
        state.withLock { $0.unmapped[note.text, default: 0] += 1 }
    }

    func count(_ outcomes: [EventOutcome], _ refusals: PerLane<BufferReason?>) {
        state.withLock { state in
            for outcome in outcomes {
                switch outcome.result {
                case .faulty(let fault, _): state.faulty[fault.code.rawValue, default: 0] += 1
                case .taken(let lane):
                    if let reason = refusals[lane] {
                        state.turnedAway[reason.code, default: 0] += 1
                    } else {
                        state.stored[lane] += 1
                    }
                }
            }
        }
    }
}

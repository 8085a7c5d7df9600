package import Daemon
import Synchronization

/// What the server counts, for metrics and tests.
package final class ServerCounters: Sendable {
    private let accepted = Atomic(0)
    private let open = Atomic(0)
    private let pausesAtCap = Atomic(0)
    private let handshakesFailed = Atomic(0)
    private let queuedBytes = Atomic(0)
    private let requests = Atomic(0)
    private let answersOther = Atomic(0)
    private let answers2 = Atomic(0)
    private let answers3 = Atomic(0)
    private let answers4 = Atomic(0)
    private let answers5 = Atomic(0)
    private let refusedHeads = Atomic(0)
    private let timedOut = Atomic(0)
    private let vanished = Atomic(0)
    private let shed = Atomic(0)

    /// The totals at one instant.
    package struct Snapshot: Sendable, Equatable {
        /// Connections accepted.
        package var accepted = 0
        /// Of those, still open.
        package var open = 0
        /// How often accepting stopped because of the connection cap.
        package var pausesAtCap = 0
        /// TLS handshakes that came to nothing.
        package var handshakesFailed = 0
        /// Bytes of requests that wait for their rest or for their answer.
        package var queuedBytes = 0
        /// Complete requests given to handlers.
        package var requests = 0
        /// Answers by the first digit of their status, index 2...5.
        package var answers = [0, 0, 0, 0, 0, 0]
        /// Requests refused for their head or framing.
        package var refusedHeads = 0
        /// Connections and requests that ran into a deadline.
        package var timedOut = 0
        /// Clients that were gone before their answer.
        package var vanished = 0
        /// Requests refused because too many bytes or tasks were waiting.
        package var shed = 0
    }

    /// The totals now.
    package var snapshot: Snapshot {
        var result = Snapshot()
        result.accepted = accepted.load(ordering: .relaxed)
        result.open = open.load(ordering: .relaxed)
        result.pausesAtCap = pausesAtCap.load(ordering: .relaxed)
        result.handshakesFailed = handshakesFailed.load(ordering: .relaxed)
        result.queuedBytes = queuedBytes.load(ordering: .relaxed)
        result.requests = requests.load(ordering: .relaxed)
        result.answers = [
            0, answersOther.load(ordering: .relaxed), answers2.load(ordering: .relaxed),
            answers3.load(ordering: .relaxed), answers4.load(ordering: .relaxed),
            answers5.load(ordering: .relaxed),
        ]
        result.refusedHeads = refusedHeads.load(ordering: .relaxed)
        result.timedOut = timedOut.load(ordering: .relaxed)
        result.vanished = vanished.load(ordering: .relaxed)
        result.shed = shed.load(ordering: .relaxed)
        return result
    }

    /// Declares the server's metrics, read at each scrape.
    package func publish(in registry: MetricRegistry) {
        let numbers: [(MetricRegistry.Kind, String, String, @Sendable (Snapshot) -> Int)] = [
            (.gauge, "convey_http_connections", "Open connections.", { $0.open }),
            (
                .gauge, "convey_http_queued_bytes", "Bytes of requests that wait.",
                { $0.queuedBytes }
            ),
            (.counter, "convey_http_connections_total", "Connections accepted.", { $0.accepted }),
            (
                .counter, "convey_http_accept_pauses_total", "Times the cap was reached.",
                { $0.pausesAtCap }
            ),
            (
                .counter, "convey_http_handshakes_failed_total", "TLS handshakes failed.",
                { $0.handshakesFailed }
            ),
            (.counter, "convey_http_requests_total", "Complete requests.", { $0.requests }),
            (
                .counter, "convey_http_refused_heads_total", "Requests refused for form.",
                { $0.refusedHeads }
            ),
            (
                .counter, "convey_http_timeouts_total", "Deadlines missed by clients or us.",
                { $0.timedOut }
            ),
            (
                .counter, "convey_http_vanished_total", "Clients gone before the answer.",
                { $0.vanished }
            ),
            (.counter, "convey_http_shed_total", "Requests refused under load.", { $0.shed }),
        ]
        for (kind, name, help, number) in numbers {
            registry.observe(kind, name, help) { [self] in
                [.init(number: Double(number(snapshot)))]
            }
        }
        registry.observe(
            .counter, "convey_http_answers_total", "Answers by class of status.", labels: ["class"]
        ) { [self] in
            let answers = snapshot.answers
            return (2...5).map { .init(["\($0)xx"], number: Double(answers[$0])) }
        }
    }

    func connectionOpened() -> Int {
        accepted.add(1, ordering: .relaxed)
        return open.add(1, ordering: .relaxed).newValue
    }

    func connectionClosed() -> Int { open.subtract(1, ordering: .relaxed).newValue }

    var openConnections: Int { open.load(ordering: .relaxed) }

    func queue(_ bytes: Int) -> Int { queuedBytes.add(bytes, ordering: .relaxed).newValue }

    func paused() { pausesAtCap.add(1, ordering: .relaxed) }
    func handshakeFailed() { handshakesFailed.add(1, ordering: .relaxed) }
    func requestCompleted() { requests.add(1, ordering: .relaxed) }
    func headRefused() { refusedHeads.add(1, ordering: .relaxed) }
    func deadlineMissed() { timedOut.add(1, ordering: .relaxed) }
    func clientVanished() { vanished.add(1, ordering: .relaxed) }
    func requestShed() { shed.add(1, ordering: .relaxed) }

    func answered(_ status: Int) {
        switch status {
        case 200..<300: answers2.add(1, ordering: .relaxed)
        case 300..<400: answers3.add(1, ordering: .relaxed)
        case 400..<500: answers4.add(1, ordering: .relaxed)
        case 500..<600: answers5.add(1, ordering: .relaxed)
        default: answersOther.add(1, ordering: .relaxed)
        }
    }
}

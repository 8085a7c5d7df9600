package import Daemon
import Store
import Synchronization
import Time

/// Uploads' figures for Prometheus: what ended how, and how much money waits for what.
package final class UploadMetrics: Sendable {
    private let ends: Labelled<Counter>
    private let requests: Labelled<Counter>
    private let latency: Labelled<Histogram>
    private let waiting = Mutex<[WaitingMoney]>([])

    /// Declares them in a program's registry.
    package init(in registry: MetricRegistry) {
        ends = registry.counter(
            "convey_uploads_total", "Uploads by what became of them; held ones each time.",
            labels: ["state", "code"])
        requests = registry.counter(
            "convey_upload_requests_total", "Exchanges with ad platforms, by outcome.",
            labels: ["kind", "outcome"])
        latency = registry.histogram(
            "convey_upload_request_seconds", "Length of exchanges with ad platforms.",
            labels: ["kind"])
        registry.observe(
            .gauge, "convey_uploads_waiting", "Uploads without an end, by what they wait for.",
            labels: ["destination", "class"]
        ) { [weak self] in self?.samples(\.counts) ?? [] }
        registry.observe(
            .gauge, "convey_uploads_waiting_value",
            "Money in uploads without an end, in units of the currency, by what they wait for.",
            labels: ["destination", "class", "currency"]
        ) { [weak self] in self?.samples(\.values) ?? [] }
    }

    /// Takes what waits now.
    func set(_ waiting: [WaitingMoney]) { self.waiting.withLock { $0 = waiting } }

    private func samples(
        _ part: (WaitingSummary) -> [[String]: Double]
    ) -> [MetricRegistry.Sample] {
        let summary = WaitingSummary(waiting.withLock { $0 })
        return part(summary).sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { MetricRegistry.Sample($0.key, number: $0.value) }
    }

    /// Counts what an answer brought.
    func count(_ aftermath: Aftermath, _ request: OpenRequest, _ attempt: UploadAttempt) {
        requests[attempt.kind.rawValue, attempt.outcome].increase()
        latency[attempt.kind.rawValue].observe(attempt.latency)
        for outcome in aftermath.outcomes.values { count(outcome, 1) }
        if let rest = aftermath.rest {
            let moved = aftermath.parts.reduce(0) { $0 + $1.members.count }
            count(rest, request.members.count - aftermath.outcomes.count - moved)
        }
        if case .accepted = aftermath.ending {
            ends[UploadState.accepted.rawValue, ""].increase(by: request.members.count)
        }
    }

    private func count(_ outcome: Aftermath.Outcome, _ number: Int) {
        ends[outcome.fate.state.rawValue, outcome.fate.code ?? outcome.detail ?? ""]
            .increase(by: max(0, number))
    }
}

/// How much waits of one destination, in one state for one reason.
package struct WaitingMoney: Codable, Equatable, Sendable {
    /// The destination's short number.
    package let destination: Int64
    /// What it waits for: a class of verdicts, or one of our own words.
    package let waitsFor: String
    /// The unit of `valueMicros`.
    package let currency: String
    /// How many uploads.
    package let uploads: Int64
    /// Millionths of a unit, together.
    package let valueMicros: Int64

    private enum CodingKeys: String, CodingKey {
        case destination
        case waitsFor = "waits_for"
        case currency, uploads
        case valueMicros = "value_micros"
    }
}

/// What waits, added up by the labels of the two gauges.
private struct WaitingSummary {
    var counts: [[String]: Double] = [:]
    var values: [[String]: Double] = [:]

    init(_ waiting: [WaitingMoney]) {
        for one in waiting {
            counts[["\(one.destination)", one.waitsFor], default: 0] += Double(one.uploads)
            values[["\(one.destination)", one.waitsFor, one.currency], default: 0] +=
                Double(one.valueMicros) / 1_000_000
        }
    }
}

/// Reads what waits, of all organizations.
enum WaitingUploads {
    static func all(
        _ verdicts: VerdictTable, in transaction: Transaction
    ) throws(StoreFault) -> [WaitingMoney] {
        var found: [WaitingMoney] = []
        for sql in [held, due, inFlight] {
            found += try transaction.all(sql) { row in
                WaitingMoney(
                    destination: row.integer(0),
                    waitsFor: waitsFor(
                        row.text(1), row.optionalText(2), isHeld: row.flag(6), verdicts),
                    currency: row.text(3), uploads: row.integer(4), valueMicros: row.integer(5))
            }
        }
        return found
    }

    /// The class of verdicts that an upload waits on, or a word of ours.
    static func waitsFor(
        _ state: String, _ code: String?, isHeld: Bool, _ verdicts: VerdictTable
    ) -> String {
        guard state == UploadState.held.rawValue, let code else {
            return isHeld && state == UploadState.due.rawValue
                ? Verdict.Class.fixConfiguration.rawValue : state
        }
        switch UploadCode(rawValue: code) {
        case .tooRecentClick, .delayed, .unsettled: return Verdict.Class.holdUntil.rawValue
        case .modeObserve, .modeValidate, .beforeLive, .rollout: return "mode"
        case .consentUnknown: return "consent"
        case .credential, .configuration: return Verdict.Class.fixConfiguration.rawValue
        case let own?: return own.rawValue
        case nil: return verdicts.verdict(of: code).kind.rawValue
        }
    }

    // Sums stop at 9 * 10^18 and a little: prices are anybody's to claim.
    private static let held = SQL(
        """
        SELECT u.destination, u.state, u.code, u.currency, count(*),
            CAST(CASE WHEN sum(u.value_micros / 1000000) < 9000000000000
                THEN sum(u.value_micros / 1000000) ELSE 9000000000000 END * 1000000
                + sum(u.value_micros % 1000000) AS BIGINT),
            max(CASE WHEN d.hold_code IS NULL THEN 0 ELSE 1 END)
        FROM upload u JOIN destination d
            ON d.organization = u.organization AND d.number = u.destination
        WHERE u.state = 'held' AND d.removed_at_us IS NULL
        GROUP BY u.destination, u.state, u.code, u.currency LIMIT 100000
        """)
    private static let due = SQL(
        """
        SELECT u.destination, u.state, u.code, u.currency, count(*),
            CAST(CASE WHEN sum(u.value_micros / 1000000) < 9000000000000
                THEN sum(u.value_micros / 1000000) ELSE 9000000000000 END * 1000000
                + sum(u.value_micros % 1000000) AS BIGINT),
            max(CASE WHEN d.hold_code IS NULL THEN 0 ELSE 1 END)
        FROM upload u JOIN destination d
            ON d.organization = u.organization AND d.number = u.destination
        WHERE u.state = 'due' AND d.removed_at_us IS NULL
        GROUP BY u.destination, u.state, u.code, u.currency LIMIT 100000
        """)
    private static let inFlight = SQL(
        """
        SELECT u.destination, u.state, u.code, u.currency, count(*),
            CAST(CASE WHEN sum(u.value_micros / 1000000) < 9000000000000
                THEN sum(u.value_micros / 1000000) ELSE 9000000000000 END * 1000000
                + sum(u.value_micros % 1000000) AS BIGINT),
            max(CASE WHEN d.hold_code IS NULL THEN 0 ELSE 1 END)
        FROM upload u JOIN destination d
            ON d.organization = u.organization AND d.number = u.destination
        WHERE u.state IN ('sending', 'accepted') AND d.removed_at_us IS NULL
        GROUP BY u.destination, u.state, u.code, u.currency LIMIT 100000
        """)
}

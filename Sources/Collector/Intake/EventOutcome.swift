import ConveyProtocol
import HTTP
import JSON

/// What became of one event of a request.
struct EventOutcome: Sendable {
    enum Result: Sendable {
        /// Goes to the buffer in this lane.
        case taken(Lane)
        /// Refused; the lane is the one that its type has, as far as it can be read.
        case faulty(EventFault, Lane)
    }

    var id: EventID?
    var isIDGenerated = false
    var isTruncated = false
    var result: Result
}

/// Puts the outcomes of a request into its answer.
struct EventAnswer {
    let outcomes: [EventOutcome]
    let requestID: RequestID
    /// Only what the client does not know yet: `Prefer: return=minimal`.
    var isMinimal = false
    var form = Form.convey

    /// Whose clients read the answer.
    enum Form {
        case convey
        /// They look for `success`, and at the status to know whether to send the whole request again.
        case segment
    }

    private static let problemsMax = 100

    /// - Parameter refusals: Why the buffer turned a lane's events away; all nil when it took them.
    func response(_ refusals: PerLane<BufferReason?>) -> Response {
        var stored = 0
        var turnedAway: BufferReason?
        for outcome in outcomes {
            guard case .taken(let lane) = outcome.result else { continue }
            if let refusal = refusals[lane] { turnedAway = refusal } else { stored += 1 }
        }
        // Who reads nothing but the status must not believe that all is stored.
        let isRefused = stored == 0 && !outcomes.isEmpty
        if isRefused || form == .segment && turnedAway != nil { return refusal(turnedAway) }
        let response = Response.json(200, results(stored, refusals))
        guard let turnedAway else { return response }
        return response.with("Retry-After", turnedAway.retryAfter)
    }

    private func results(_ stored: Int, _ refusals: PerLane<BufferReason?>) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + outcomes.count * 96)
        writer.object { writer in
            if form == .segment { writer.member("success", true) }
            writer.key("stored")
            writer.integer(Int64(stored))
            writer.key("refused")
            writer.integer(Int64(outcomes.count - stored))
            writer.key("results")
            writer.array { writer in
                for (index, outcome) in outcomes.enumerated() {
                    write(outcome, index, refusals, to: &writer)
                }
            }
        }
        return writer.bytes
    }

    private func write(
        _ outcome: EventOutcome, _ index: Int, _ refusals: PerLane<BufferReason?>,
        to writer: inout JSONWriter
    ) {
        let reason: BufferReason?
        let fault: EventFault?
        switch outcome.result {
        case .taken(let lane): (reason, fault) = (refusals[lane], nil)
        case .faulty(let found, _): (reason, fault) = (nil, found)
        }
        let isStored = reason == nil && fault == nil
        if isMinimal, isStored, !outcome.isIDGenerated, !outcome.isTruncated { return }
        writer.object { writer in
            writer.key("index")
            writer.integer(Int64(index))
            writer.member("id", outcome.id?.description)
            writer.key("status")
            writer.string(isStored ? "stored" : "refused")
            if outcome.isIDGenerated { writer.member("id_generated", true) }
            if outcome.isTruncated { writer.member("truncated", true) }
            if let fault {
                writer.member("code", fault.code.rawValue)
                writer.key("pointer")
                writer.string(fault.pointer)
                writer.member("message", fault.code.sentence)
            }
            if let reason {
                writer.member("code", reason.code)
                writer.member("message", reason.sentence)
            }
        }
    }

    /// Nothing was stored. Where another try can help, the answer says so; else what is wrong.
    private func refusal(_ reason: BufferReason?) -> Response {
        if let reason {
            return .problem(reason.status, reason.code, reason.sentence, requestID: requestID)
                .with("Retry-After", reason.retryAfter)
        }
        var errors: [Problem.Violation] = []
        for (index, outcome) in outcomes.enumerated() {
            guard case .faulty(let fault, _) = outcome.result, errors.count < Self.problemsMax
            else { continue }
            let prefix = outcomes.count == 1 ? "" : "/\(index)"
            errors.append(
                Problem.Violation(
                    pointer: prefix + fault.pointer, code: fault.code.rawValue,
                    message: fault.code.sentence))
        }
        return .problem(
            Problem(400, "events_refused", "No event could be taken.", errors: errors),
            requestID: requestID)
    }
}

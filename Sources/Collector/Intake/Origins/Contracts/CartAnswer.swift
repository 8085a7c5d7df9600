import ConveyProtocol
import HTTP
import JSON
import Time

/// The answers of the cart tracking contract, to the letter.
struct CartAnswer: ContractForm {
    let results: [CartResult]
    let isBulk: Bool

    /// - Parameter refusals: Why the buffer turned a lane's events away; all nil when it took them.
    func response(_ refusals: PerLane<BufferReason?>) -> Response {
        var stored = 0
        var turnedAway: BufferReason?
        for case .taken(_, _, let lane) in results {
            if let reason = refusals[lane] { turnedAway = reason } else { stored += 1 }
        }
        var writer = JSONWriter()
        if isBulk, !isListMissing {
            writeBulk(stored, refusals, to: &writer)
        } else {
            write(results[0], refusals, to: &writer)
        }
        let status = stored > 0 ? 200 : turnedAway.map(Self.status) ?? 400
        var response = Response.json(status, writer.bytes)
        response.code = turnedAway?.code ?? "events_refused"
        guard let turnedAway else { return response }
        return response.with("Retry-After", turnedAway.retryAfter)
    }

    /// A bulk request without a usable list is refused as a whole.
    private var isListMissing: Bool {
        guard results.count == 1, case .refused(let fault) = results[0] else { return false }
        return fault.field == .events
    }

    private func writeBulk(
        _ stored: Int, _ refusals: PerLane<BufferReason?>, to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("status", stored > 0 ? "success" : "error")
            writer.member("message", "\(stored) of \(results.count) cart events tracked")
            writer.key("data")
            writer.object { writer in
                writer.member("tracked", Int64(stored))
                writer.member("failed", Int64(results.count - stored))
                writer.key("results")
                writer.array { writer in
                    for result in results { write(result, refusals, to: &writer) }
                }
            }
        }
    }

    private func write(
        _ result: CartResult, _ refusals: PerLane<BufferReason?>, to writer: inout JSONWriter
    ) {
        switch result {
        case .taken(let id, let time, let lane):
            if let reason = refusals[lane] {
                Self.writeRefusal(
                    ContractRefusal(
                        status: Self.status(reason), code: reason.code, sentence: reason.sentence),
                    to: &writer)
            } else {
                Self.write(id, time, to: &writer)
            }
        case .refused(let fault): Self.write(fault, to: &writer)
        }
    }

    private static func write(_ id: EventID, _ time: Timestamp, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("status", "success")
            writer.member("message", "Cart event tracked successfully")
            writer.key("data")
            writer.object { writer in
                writer.member("id", id.description)
                writer.member("createdAt", time.description)
            }
        }
    }

    private static func write(_ fault: CartFault, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("status", "error")
            writer.member("error", "Validation Error")
            writer.member("message", fault.message)
            writer.key("details")
            writer.object { writer in
                writer.member("field", fault.field.rawValue)
                writer.member("reason", fault.reason.rawValue)
            }
        }
    }

    /// A disk that failed is a fault of ours; one without room is a time to wait.
    private static func status(_ reason: BufferReason) -> Int { reason.isFault ? 500 : 503 }

    static func writeRefusal(_ refusal: ContractRefusal, to writer: inout JSONWriter) {
        let (error, message, code) = words(refusal)
        writer.object { writer in
            writer.member("status", "error")
            writer.member("error", error)
            writer.member("message", message)
            writer.member("code", code)
            guard code == nil else { return }
            writer.key("details")
            writer.object { writer in
                writer.member("field", "body")
                writer.member("reason", refusal.sentence)
            }
        }
    }

    private static func words(
        _ refusal: ContractRefusal
    ) -> (error: String, message: String, code: String?) {
        let code = refusal.code.uppercased()
        switch refusal.status {
        case 400: return ("Validation Error", "body is invalid", nil)
        case 401: return ("Unauthorized", refusal.sentence, code)
        case 403: return ("Forbidden", refusal.sentence, code)
        case 413: return ("Payload Too Large", refusal.sentence, code)
        case 415: return ("Unsupported Media Type", refusal.sentence, code)
        case 429: return ("Too Many Requests", refusal.sentence, "RATE_LIMITED")
        case 503:
            return (
                "Service Unavailable", "Database service unavailable", "DATABASE_UNAVAILABLE"
            )
        default: return ("Server Error", "Failed to track cart event", "DATABASE_ERROR")
        }
    }
}

import ConveyProtocol
import HTTP
import JSON

/// The answers of the campaign conversion contract.
struct ConversionAnswer: ContractForm {
    let result: ConversionResult

    /// - Parameter refusals: Why the buffer turned a lane's events away; all nil when it took them.
    func response(_ refusals: PerLane<BufferReason?>) -> Response {
        switch result {
        case .refused(let fault):
            return Self.shaped(400, fault.code, fault.sentence, field: fault.field)
        case .taken(let conversion):
            if let reason = refusals[conversion.lane] {
                return Self.shaped(reason.status, reason.code, reason.sentence)
                    .with("Retry-After", reason.retryAfter)
            }
            return Self.response(conversion)
        }
    }

    /// Whether the click earns it, and how old it is, only the aggregator knows: null. 201 where the
    /// link is known, 202 where the aggregator may still refuse it.
    private static func response(_ conversion: ConversionResult.Taken) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("success", true)
            writer.key("data")
            writer.object { writer in
                writer.member("id", conversion.id.description)
                writer.key("attributed")
                writer.null()
                writer.key("days_since_click")
                writer.null()
                writer.key("warnings")
                writer.array { writer in
                    for warning in conversion.warnings { writer.string(warning) }
                }
            }
        }
        return .json(conversion.isLinkKnown ? 201 : 202, writer.bytes)
    }

    private static func shaped(
        _ status: Int, _ code: String, _ sentence: String, field: ConversionField? = nil
    ) -> Response {
        var writer = JSONWriter()
        write(code, sentence, field, to: &writer)
        var response = Response.json(status, writer.bytes)
        response.code = code
        return response
    }

    static func writeRefusal(_ refusal: ContractRefusal, to writer: inout JSONWriter) {
        write(refusal.code, refusal.sentence, nil, to: &writer)
    }

    private static func write(
        _ code: String, _ sentence: String, _ field: ConversionField?, to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("success", false)
            writer.member("error", sentence)
            writer.member("code", code)
            writer.member("field", field?.rawValue)
        }
    }
}

internal import HTTP
internal import JSON
internal import Time

/// The double's own door, which no platform has: what it recorded, and how it shall behave.
struct ControlRoutes: Sendable {
    private static let pageMax = 100_000

    let state: DoubleState

    var routes: [Route] {
        let limits = Route.Limits(bodyBytesMax: 33_554_432)
        return [
            Route(
                .get, "/control/behaviour",
                handler: .direct { _, answer in answer.send(.json(200, state.behaviour.json)) }),
            Route(
                .patch, "/control/behaviour", limits: limits,
                handler: .direct { request, answer in answer.send(change(request)) }),
            Route(
                .get, "/control/statistics",
                handler: .direct { _, answer in answer.send(.json(200, statistics)) }),
            Route(
                .get, "/control/conversions",
                handler: .direct { request, answer in
                    answer.send(.json(200, conversions(request.query)))
                }),
        ]
    }

    private func change(_ request: Request) -> Response {
        do throws(DoubleRefusal) {
            try state.change { behaviour throws(DoubleRefusal) in
                try behaviour.changed(by: request.body)
            }
            return .json(200, state.behaviour.json)
        } catch {
            return .problem(Problem(400, "wrong_setting", "Not taken.", detail: error.what))
        }
    }

    private var statistics: [UInt8] {
        let statistics = state.statistics
        var json = JSONWriter()
        json.object { json in
            json.key("conversions")
            json.integer(Int64(statistics.conversions))
            json.key("events")
            json.integer(Int64(statistics.events))
            json.key("counts")
            json.object { json in
                for (name, count) in statistics.counts.sorted(by: { $0.key < $1.key }) {
                    json.key(name)
                    json.integer(Int64(count))
                }
            }
        }
        return json.bytes
    }

    /// By key, those after `offset`, at most `limit`; `account`, `action` and `transaction_id` choose.
    private func conversions(_ query: Query) -> [UInt8] {
        let offset = max(0, query["offset"].flatMap { Int($0) } ?? 0)
        let limit = min(Self.pageMax, max(0, query["limit"].flatMap { Int($0) } ?? Self.pageMax))
        let chosen = state.conversions.filter { conversion in
            (query["account"].map { $0 == conversion.key.account } ?? true)
                && (query["action"].map { $0 == conversion.key.action } ?? true)
                && (query["transaction_id"].map { $0 == conversion.key.transactionID } ?? true)
        }
        var json = JSONWriter()
        json.object { json in
            json.key("total")
            json.integer(Int64(chosen.count))
            json.key("conversions")
            json.array { json in
                for conversion in chosen.dropFirst(offset).prefix(limit) {
                    json.object { Self.write(conversion, &$0) }
                }
            }
        }
        return json.bytes
    }

    private static func write(_ conversion: RecordedConversion, _ json: inout JSONWriter) {
        let texts: [(StaticString, String)] = [
            ("account", conversion.key.account), ("action", conversion.key.action),
            ("transaction_id", conversion.key.transactionID),
            ("occurred_at", conversion.occurredAt.description), ("click", conversion.click),
            ("currency", conversion.value?.currency ?? ""),
        ]
        for (name, text) in texts {
            json.key(name)
            json.string(text)
        }
        let numbers: [(StaticString, Int64)] = [
            ("value_micros", conversion.value?.micros ?? 0),
            ("received", Int64(conversion.received)),
            ("value_count", Int64(conversion.valueCount)),
            ("early_changes", Int64(conversion.earlyChanges)),
        ]
        for (name, number) in numbers {
            json.key(name)
            json.integer(number)
        }
        json.key("values")
        json.array { json in
            for value in conversion.values { json.object { write(value, &$0) } }
        }
    }

    private static func write(_ value: RecordedConversion.Value, _ json: inout JSONWriter) {
        json.key("value_micros")
        json.integer(value.micros)
        json.key("currency")
        json.string(value.currency)
        json.key("at")
        json.string(value.at.description)
        json.key("request_id")
        json.string(value.requestID)
    }
}

internal import JSON

/// Writes a `RetrieveRequestStatusResponse`.
/// - Source: google-ads-datamanager 0.9.4, types/request_status_per_destination.py.
struct StatusWriter {
    let isDecided: Bool
    let namesRecords: Bool

    func json(_ request: ConversionRecord.Request) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("requestStatusPerDestination")
            json.array { json in
                for part in request.parts { json.object { write(part, &$0) } }
            }
        }
        return json.bytes
    }

    private func write(_ part: ConversionRecord.Part, _ json: inout JSONWriter) {
        json.key("destination")
        json.object { json in
            json.key("operatingAccount")
            json.object { json in
                json.key("accountType")
                json.string("GOOGLE_ADS")
                json.key("accountId")
                json.string(part.account)
            }
            json.key("productDestinationId")
            json.string(part.action)
        }
        json.key("requestStatus")
        let failed = Set(part.failures.values.joined()).count
        guard isDecided else { return json.string("PROCESSING") }
        json.string(failed == 0 ? "SUCCESS" : failed < part.records ? "PARTIAL_SUCCESS" : "FAILED")
        if failed > 0 { writeErrors(part, &json) }
        json.key("eventsIngestionStatus")
        json.object { json in
            json.key("recordCount")
            json.string("\(part.records)")
        }
    }

    private func writeErrors(_ part: ConversionRecord.Part, _ json: inout JSONWriter) {
        json.key("errorInfo")
        json.object { json in
            json.key("errorCounts")
            json.array { json in
                for (reason, indices) in part.failures.sorted(by: { $0.key < $1.key }) {
                    json.object { json in
                        json.key("recordCount")
                        json.string("\(indices.count)")
                        json.key("reason")
                        json.string(reason)
                        if namesRecords { writeIndices(indices, &json) }
                    }
                }
            }
        }
    }

    private func writeIndices(_ indices: [Int], _ json: inout JSONWriter) {
        json.key("recordIndices")
        json.array { json in
            for index in indices { json.string("\(index)") }
        }
    }
}

internal import HTTP
internal import JSON

/// Reads what Google answers to a batch and to the question what became of it. Pure, and strict: an
/// answer that is not understood is never taken for a yes or a no.
enum AnswerReading {
    static let answerBytesMax = 16_777_216

    // MARK: events:ingest

    /// - Parameter batch: what was asked; an index beyond it is no index.
    static func ingest(_ response: Response, to batch: PlatformBatch) -> IngestAnswer {
        guard response.status == 200 else { return refusal(response, uploads: batch.uploads.count) }
        let accepted: IngestAnswer? = read(response.body) { root in
            let requestID = root["requestId"]?.string ?? ""
            guard root.kind == .object, requestID.utf8.count <= 512,
                !requestID.isEmpty || batch.validateOnly
            else { return nil }
            return .accepted(requestID: requestID, warnings: warnings(root))
        }
        return accepted ?? .trouble(unreadable(response))
    }

    private static func warnings(_ root: JSONElement) -> [FieldComplaint] {
        guard let array = root["fieldWarnings"]?.array else { return [] }
        return array.prefix(ErrorAnswer.complaintsMax).map { warning in
            FieldComplaint(
                warning, field: warning["field"], else: "WARNING_REASON_UNSPECIFIED")
        }
    }

    private static func refusal(_ response: Response, uploads: Int) -> IngestAnswer {
        switch failure(response) {
        case .trouble(let trouble): return .trouble(trouble)
        case .refused(let error):
            let complaints = error.complaints.map { complaint in
                complaint.upload.map { $0 < uploads } == false
                    ? FieldComplaint(code: complaint.code, upload: nil, field: complaint.field)
                    : complaint
            }
            return .refused(
                PlatformRefusal(
                    code: error.code, httpStatus: response.status, complaints: complaints,
                    requestID: error.requestID))
        }
    }

    // MARK: requestStatus:retrieve

    /// A request of ours has one destination; an answer about more or fewer is not understood.
    static func status(_ response: Response) -> StatusAnswer {
        guard response.status == 200 else { return noStatus(response) }
        let answer: StatusAnswer? = read(response.body) { root in
            guard let statuses = root["requestStatusPerDestination"], statuses.count == 1,
                let status = statuses.array?.first(where: { _ in true })
            else { return nil }
            return Self.status(of: status)
        }
        return answer ?? .trouble(unreadable(response))
    }

    private static func status(of element: JSONElement) -> StatusAnswer? {
        let errors = counts(element["errorInfo"]?["errorCounts"])
        let warnings = counts(element["warningInfo"]?["warningCounts"])
        let records = element["eventsIngestionStatus"]?["recordCount"].flatMap(number)
        func final(_ result: BatchOutcome.Result) -> StatusAnswer {
            .final(
                BatchOutcome(result, errors: errors, warnings: warnings, records: records))
        }
        return switch element["requestStatus"]?.string {
        case "SUCCESS": final(.success)
        case "PARTIAL_SUCCESS": final(.partial)
        case "FAILED": final(.failed)
        case "PROCESSING", "REQUEST_STATUS_UNKNOWN": .processing
        default: nil
        }
    }

    private static func counts(_ element: JSONElement?) -> [BatchOutcome.Count] {
        guard let array = element?.array else { return [] }
        return array.prefix(200).map { count in
            BatchOutcome.Count(
                code: PlatformCode.clean(count["reason"]?.string ?? ""),
                records: count["recordCount"].flatMap(number) ?? 0,
                uploads: indices(count["recordIndices"]))
        }
    }

    /// Which records a count means. Today's interface has no such member; where it comes, halving is
    /// spared.
    private static func indices(_ element: JSONElement?) -> [Int]? {
        guard let array = element?.array else { return nil }
        var indices: [Int] = []
        for element in array.prefix(2000) {
            guard let index = number(element) else { return nil }
            indices.append(index)
        }
        return indices.isEmpty ? nil : indices.sorted()
    }

    /// A 64-bit integer, which their JSON writes as a string; 0 to 10,000,000.
    private static func number(_ element: JSONElement) -> Int? {
        let value = element.int64 ?? element.string.flatMap(Int64.init)
        return value.flatMap { (0...10_000_000).contains($0) ? Int($0) : nil }
    }

    private static func noStatus(_ response: Response) -> StatusAnswer {
        switch failure(response) {
        case .trouble(let trouble): .trouble(trouble)
        case .refused(let error):
            ["INVALID_REQUEST_ID", "REQUEST_TOO_OLD", "NOT_FOUND"].contains(error.code)
                ? .gone(code: error.code, httpStatus: response.status)
                : .trouble(
                    .uncertain(code: error.code, httpStatus: response.status, retryAfter: nil))
        }
    }

    // MARK: What both have in common

    private enum Failure {
        case refused(ErrorAnswer)
        case trouble(PlatformTrouble)
    }

    private static func failure(_ response: Response) -> Failure {
        let status = response.status
        let error = ErrorAnswer(response.body)
        let wait = RetryAfter.read(response) ?? error?.retryDelay
        let code = error?.code ?? "HTTP_\(status)"
        switch status {
        case 401, 403: return .trouble(.credential(code: code, httpStatus: status))
        case 429:
            let isForToday = error?.quotaLimit?.contains("PerDay") == true
            return .trouble(
                .throttled(
                    code: code, httpStatus: status,
                    retryAfter: wait ?? (isForToday ? .seconds(3600) : nil)))
        case 400...499 where error != nil && ![408, 409].contains(status):
            return error.map(Failure.refused)
                ?? .trouble(.uncertain(code: code, httpStatus: status, retryAfter: wait))
        default:
            return .trouble(.uncertain(code: code, httpStatus: status, retryAfter: wait))
        }
    }

    private static func unreadable(_ response: Response) -> PlatformTrouble {
        .uncertain(code: "ANSWER_UNREADABLE", httpStatus: response.status, retryAfter: nil)
    }

    private static func read<Value>(_ body: [UInt8], _ make: (JSONElement) -> Value?) -> Value? {
        var parser = JSONParser(
            bytesMax: answerBytesMax, depthMax: 32, duplicateKeys: .lastWins)
        do throws(JSONError) {
            return try parser.parse(body) { root in make(root) }
        } catch {
            return nil
        }
    }
}

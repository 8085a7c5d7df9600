package import Time

/// One exchange with a platform about a request, as it is kept for people.
package struct UploadAttempt: Codable, Equatable, Sendable {
    /// What was asked.
    package enum Kind: String, Codable, Sendable {
        case ingest, status
    }

    /// What was asked.
    package let kind: Kind
    /// When it began.
    package let at: Timestamp
    /// How long it took, in microseconds.
    package let latencyMicroseconds: Int64
    /// One word: `accepted`, `refused`, `credential`, `throttled`, `unreached`, `uncertain`, `processing`, …
    package let outcome: String
    /// Nil where no answer came.
    package var httpStatus: Int?
    /// The platform's first code.
    package var code: String?
    /// What the platform calls the request.
    package var platformID: String?

    private enum CodingKeys: String, CodingKey {
        case kind, at
        case latencyMicroseconds = "latency_us"
        case outcome
        case httpStatus = "http_status"
        case code
        case platformID = "request_id"
    }

    var latency: Duration { .microseconds(latencyMicroseconds) }

    init(_ answer: IngestAnswer, from start: Timestamp, to end: Timestamp) {
        (kind, at) = (.ingest, start)
        latencyMicroseconds = max(0, (end - start).wholeMicroseconds)
        switch answer {
        case .accepted(let id, let warnings):
            outcome = "accepted"
            (httpStatus, platformID, code) = (200, id, warnings.first?.code)
        case .refused(let refusal):
            outcome = "refused"
            (httpStatus, code) = (refusal.httpStatus, refusal.code)
            platformID = refusal.requestID
        case .trouble(let trouble):
            outcome = trouble.word
            (httpStatus, code) = (trouble.httpStatus, trouble.code)
        }
    }

    init(_ answer: StatusAnswer, from start: Timestamp, to end: Timestamp) {
        (kind, at) = (.status, start)
        latencyMicroseconds = max(0, (end - start).wholeMicroseconds)
        switch answer {
        case .processing:
            outcome = "processing"
            httpStatus = 200
        case .final(let final):
            outcome = final.result.rawValue
            (httpStatus, code) = (200, final.errors.first?.code)
        case .gone(let code, let status):
            outcome = "gone"
            (httpStatus, self.code) = (status, code)
        case .trouble(let trouble):
            outcome = trouble.word
            (httpStatus, code) = (trouble.httpStatus, trouble.code)
        }
    }

    /// As it is read from the table.
    init(
        _ kind: Kind, at: Timestamp, latencyMicroseconds: Int64, outcome: String
    ) {
        (self.kind, self.at, self.outcome) = (kind, at, outcome)
        self.latencyMicroseconds = latencyMicroseconds
    }
}

extension PlatformTrouble {
    /// What an attempt is called by.
    var word: String {
        switch self {
        case .credential: "credential"
        case .throttled: "throttled"
        case .unreached: "unreached"
        case .uncertain: "uncertain"
        }
    }
}

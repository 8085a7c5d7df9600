/// What stands between the upload queue and one ad platform: a batch goes out, an answer comes back.
///
/// An instance belongs to one destination's credential. It keeps no queue, repeats nothing but a
/// request that a renewed token may save, and never decides what becomes of an upload: the caller
/// does, by the answer's code and the table of verdicts.
package protocol AdPlatform: Sendable {
    /// Most uploads of one batch.
    var uploadsMax: Int { get }

    /// The code that this platform would refuse such an upload with, found without asking it; nil for
    /// one that may go. Called for each upload before it joins a batch, so that none spoils another's.
    func preflight(_ upload: PlatformUpload) -> String?

    /// The body that would leave for this batch, for people to read; holds no credential.
    func preview(_ batch: PlatformBatch) -> String

    /// Sends a batch that passed `preflight`, 1...`uploadsMax` uploads, and waits for the answer. The
    /// same batch makes the same bytes, now and after a restart.
    func ingest(_ batch: PlatformBatch) async -> IngestAnswer

    /// Asks what became of an accepted batch. Called with growing pauses until the answer is final.
    func status(of requestID: String) async -> StatusAnswer
}

/// Answers that any call may end with, when the platform said nothing about the uploads.
package enum PlatformTrouble: Hashable, Sendable {
    /// Nothing happened: the credential does not open this account. A person must act.
    case credential(code: String, httpStatus: Int?)
    /// Nothing happened: too many requests. `retryAfter` is the platform's own wish, 0...24 h.
    case throttled(code: String, httpStatus: Int, retryAfter: Duration?)
    /// Nothing left: no connection, or no access token, came about.
    case unreached(code: String, httpStatus: Int?, retryAfter: Duration?)
    /// Nobody knows: the connection broke, time ran out, the platform failed, or its answer cannot be
    /// read. The batch may have been processed: only the very same one may be sent again.
    case uncertain(code: String, httpStatus: Int?, retryAfter: Duration?)

    /// What to look up in the table of verdicts.
    package var code: String {
        switch self {
        case .credential(let code, _), .throttled(let code, _, _), .unreached(let code, _, _),
            .uncertain(let code, _, _):
            code
        }
    }

    /// The answer's HTTP status; nil when none came.
    package var httpStatus: Int? {
        switch self {
        case .credential(_, let status), .unreached(_, let status, _),
            .uncertain(_, let status, _):
            status
        case .throttled(_, let status, _): status
        }
    }

    /// How long the platform asks to wait.
    package var retryAfter: Duration? {
        switch self {
        case .credential: nil
        case .throttled(_, _, let wait), .unreached(_, _, let wait), .uncertain(_, _, let wait):
            wait
        }
    }
}

/// What a platform says to a batch.
package enum IngestAnswer: Hashable, Sendable {
    /// Taken for processing, and no more than that; ask for the status with this id. A batch that was
    /// only to be validated is valid.
    case accepted(requestID: String, warnings: [FieldComplaint])
    /// Nothing of the batch was processed, by the platform's word.
    case refused(PlatformRefusal)
    /// No word about the batch.
    case trouble(PlatformTrouble)
}

/// Why a platform turned a whole batch away.
package struct PlatformRefusal: Hashable, Sendable {
    /// The first reason, for the table of verdicts: `INVALID_CONVERSION_ACTION_ID`.
    package let code: String
    /// 400...499 but 401 and 429.
    package let httpStatus: Int
    /// The faults it named, those of the first 1,000; empty when it named none.
    package let complaints: [FieldComplaint]
    /// What the platform's support asks for.
    package let requestID: String?

    /// - Parameter complaints: in the platform's order.
    package init(
        code: String, httpStatus: Int, complaints: [FieldComplaint] = [], requestID: String? = nil
    ) {
        self.code = code
        self.httpStatus = httpStatus
        self.complaints = complaints
        self.requestID = requestID
    }

    /// The first code of each upload that was named, by its index in the batch. Empty: bisect.
    package var codesByUpload: [Int: String] {
        complaints.reduce(into: [:]) { codes, complaint in
            guard let upload = complaint.upload, codes[upload] == nil else { return }
            codes[upload] = complaint.code
        }
    }
}

/// One fault or warning about one field.
package struct FieldComplaint: Hashable, Sendable {
    /// The platform's reason, as `INVALID_HEX_ENCODING`.
    package let code: String
    /// Which upload of the batch, from 0; nil when it concerns the request or the destination.
    package let upload: Int?
    /// Where, in the platform's words and at most 200 bytes: `events[3].userData`. Shown, not parsed.
    package let field: String

    /// States a complaint.
    package init(code: String, upload: Int?, field: String) {
        self.code = code
        self.upload = upload
        self.field = field
    }
}

/// What a platform says about a batch that it accepted earlier.
package enum StatusAnswer: Hashable, Sendable {
    /// Not decided yet; ask again later.
    case processing
    /// Decided for good.
    case final(BatchOutcome)
    /// It does not know this request any more, or never did.
    case gone(code: String, httpStatus: Int)
    /// No word about the batch.
    case trouble(PlatformTrouble)
}

/// What became of an accepted batch.
package struct BatchOutcome: Hashable, Sendable {
    /// How much of it came through.
    package enum Result: String, Hashable, Sendable { case success, partial, failed }

    /// Records that share a reason.
    package struct Count: Hashable, Sendable {
        /// The platform's reason, as `PROCESSING_ERROR_REASON_INVALID_GCLID`.
        package let code: String
        /// How many records, 0 or more.
        package let records: Int
        /// Which uploads of the batch, ascending, where the platform says so; else halve the batch.
        package let uploads: [Int]?

        /// States a count.
        package init(code: String, records: Int, uploads: [Int]? = nil) {
            self.code = code
            self.records = records
            self.uploads = uploads
        }
    }

    /// How much of it came through.
    package let result: Result
    /// Why records failed, by reason; empty after a success, and it may be empty after a failure.
    package let errors: [Count]
    /// What was odd about records that came through.
    package let warnings: [Count]
    /// Records it counts in all; nil when it does not say.
    package let records: Int?

    /// States an outcome.
    package init(
        _ result: Result, errors: [Count] = [], warnings: [Count] = [], records: Int? = nil
    ) {
        self.result = result
        self.errors = errors
        self.warnings = warnings
        self.records = records
    }
}

import HTTP
import Testing

@testable import Destinations

/// Goal: an answer is taken for what it says and for nothing more. Method: answers by hand, good,
/// bad and foreign.
@Suite struct AnswerReadingTests {
    private let batch = PlatformBatch(
        to: EventBodyTests.address, ["1", "2", "3"].map { EventBodyTests.upload($0) })

    private func ingest(
        _ status: Int, _ body: String, headers: Headers = Headers(), validateOnly: Bool = false
    ) -> IngestAnswer {
        var batch = batch
        batch.validateOnly = validateOnly
        return AnswerReading.ingest(
            Response(status, headers: headers, body: Array(body.utf8)), to: batch)
    }

    private func status(_ status: Int, _ body: String) -> StatusAnswer {
        AnswerReading.status(Response(status, body: Array(body.utf8)))
    }

    private func error(_ status: String, _ details: String) -> String {
        #"{"error":{"code":400,"message":"m","status":"\#(status)","details":[\#(details)]}}"#
    }

    private let info =
        #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_ARGUMENT","domain":"d"}"#

    @Test func takesAnAcceptance() {
        #expect(ingest(200, #"{"requestId":"r1"}"#) == .accepted(requestID: "r1", warnings: []))
        #expect(
            ingest(
                200,
                #"{"requestId":"r","fieldWarnings":[{"reason":"WARNING_REASON_GENERIC","field":"events[1].x"}]}"#
            )
                == .accepted(
                    requestID: "r",
                    warnings: [
                        FieldComplaint(
                            code: "WARNING_REASON_GENERIC", upload: 1, field: "events[1].x")
                    ]))
        #expect(ingest(200, "{}", validateOnly: true) == .accepted(requestID: "", warnings: []))
    }

    @Test(arguments: [
        "", "{}", "[]", "<html>", #"{"requestId":""}"#, #"{"requestId":7}"#, #"{"requestId":"r"#,
    ])
    func anUnreadableYesIsNoYes(body: String) {
        #expect(
            ingest(200, body)
                == .trouble(
                    .uncertain(code: "ANSWER_UNREADABLE", httpStatus: 200, retryAfter: nil)))
    }

    @Test func namesTheUploadsThatSpoilABatch() throws {
        let violations = """
            {"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[
            {"field":"events[2].adIdentifiers","description":"d","reason":"INVALID_FORMAT"},
            {"field":"events[0].currency","description":"d","reason":"INVALID_CURRENCY_CODE"},
            {"field":"events[0].userData","description":"d"},
            {"field":"events[9].currency","reason":"INVALID_EVENT"},
            {"field":"destinations[0]","reason":"a b"}]},
            {"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"r9"}
            """
        guard
            case .refused(let refusal) = ingest(
                400, error("INVALID_ARGUMENT", info + "," + violations))
        else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == "INVALID_FORMAT")
        #expect(refusal.httpStatus == 400 && refusal.requestID == "r9")
        #expect(refusal.codesByUpload == [2: "INVALID_FORMAT", 0: "INVALID_CURRENCY_CODE"])
        #expect(
            refusal.complaints.map(\.code) == [
                "INVALID_FORMAT", "INVALID_CURRENCY_CODE", "INVALID_ARGUMENT", "INVALID_EVENT",
                "UNREADABLE_CODE",
            ])
    }

    @Test func takesTheReasonBeforeTheStatus() {
        let reason =
            #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_CONVERSION_ACTION_ID"}"#
        guard case .refused(let refusal) = ingest(400, error("INVALID_ARGUMENT", reason)) else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == "INVALID_CONVERSION_ACTION_ID" && refusal.codesByUpload.isEmpty)
    }

    @Test(arguments: [
        (401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"),
    ])
    func aClosedDoorIsTheCredentials(http: Int, code: String) {
        #expect(
            ingest(http, error(code, ""))
                == .trouble(.credential(code: code, httpStatus: http)))
        #expect(
            ingest(http, "")
                == .trouble(.credential(code: "HTTP_\(http)", httpStatus: http)))
    }

    @Test func waitsAsLongAsAsked() {
        let body = error("RESOURCE_EXHAUSTED", "")
        func wait(_ headers: Headers, _ details: String = "") -> Duration? {
            guard
                case .trouble(.throttled("RESOURCE_EXHAUSTED", 429, let wait)) = ingest(
                    429, details.isEmpty ? body : error("RESOURCE_EXHAUSTED", details),
                    headers: headers)
            else { return .seconds(-1) }
            return wait
        }
        #expect(wait(["Retry-After": "7"]) == .seconds(7))
        #expect(wait(["Retry-After": "999999"]) == .seconds(86_400))
        #expect(wait(["Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"]) == nil)
        #expect(wait([:]) == nil)
        let retry = #"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3.2s"}"#
        #expect(wait([:], retry) == .seconds(4))
        let day =
            #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RESOURCE_EXHAUSTED","#
            + #""metadata":{"quota_limit":"IngestionMutateRequestsPerDayPerProject"}}"#
        #expect(wait([:], day) == .seconds(3600))
    }

    @Test(arguments: [302, 404, 408, 409, 500, 502, 503, 504])
    func whatSaysNothingIsUncertain(http: Int) {
        #expect(
            ingest(http, "<html>")
                == .trouble(
                    .uncertain(code: "HTTP_\(http)", httpStatus: http, retryAfter: nil)))
    }

    @Test func aFailureOfGooglesIsUncertainWhateverItSays() {
        #expect(
            ingest(503, error("UNAVAILABLE", ""), headers: ["Retry-After": "2"])
                == .trouble(
                    .uncertain(code: "UNAVAILABLE", httpStatus: 503, retryAfter: .seconds(2))))
    }

    @Test func readsOutcomes() {
        #expect(
            status(
                200,
                #"{"requestStatusPerDestination":[{"requestStatus":"SUCCESS","eventsIngestionStatus":{"recordCount":"3"}}]}"#
            ) == .final(BatchOutcome(.success, records: 3)))
        #expect(
            status(200, #"{"requestStatusPerDestination":[{"requestStatus":"PROCESSING"}]}"#)
                == .processing)
        let partial = """
            {"requestStatusPerDestination":[{"requestStatus":"PARTIAL_SUCCESS","errorInfo":{"errorCounts":[
            {"reason":"PROCESSING_ERROR_REASON_INVALID_GCLID","recordCount":"2","recordIndices":["2",0]},
            {"reason":"PROCESSING_ERROR_REASON_CLICK_NOT_FOUND","recordCount":1}]},
            "warningInfo":{"warningCounts":[{"reason":"W","recordCount":"1"}]}}]}
            """
        #expect(
            status(200, partial)
                == .final(
                    BatchOutcome(
                        .partial,
                        errors: [
                            .init(
                                code: "PROCESSING_ERROR_REASON_INVALID_GCLID", records: 2,
                                uploads: [0, 2]),
                            .init(code: "PROCESSING_ERROR_REASON_CLICK_NOT_FOUND", records: 1),
                        ], warnings: [.init(code: "W", records: 1)])))
    }

    @Test(arguments: [
        "{}", #"{"requestStatusPerDestination":[]}"#,
        #"{"requestStatusPerDestination":[{"requestStatus":"SUCCESS"},{"requestStatus":"FAILED"}]}"#,
        #"{"requestStatusPerDestination":[{"requestStatus":"DONE"}]}"#,
    ])
    func anUnreadableOutcomeIsNone(body: String) {
        #expect(
            status(200, body)
                == .trouble(
                    .uncertain(code: "ANSWER_UNREADABLE", httpStatus: 200, retryAfter: nil)))
    }

    @Test func knowsWhenARequestIsForgotten() {
        let reason =
            #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"REQUEST_TOO_OLD"}"#
        #expect(
            status(400, error("INVALID_ARGUMENT", reason))
                == .gone(code: "REQUEST_TOO_OLD", httpStatus: 400))
        #expect(
            status(400, error("INVALID_ARGUMENT", ""))
                == .trouble(
                    .uncertain(code: "INVALID_ARGUMENT", httpStatus: 400, retryAfter: nil)))
    }
}

import Crypto
import Destinations
import Doubles
import HTTP
import TestSupport
import Testing

/// Goal: what Google says arrives as what it means, whatever happens on the way. Method: the client
/// before the double, one fault at a time.
@Suite struct ClientTests {
    private func accepted(_ answer: IngestAnswer) -> String? {
        guard case .accepted(let requestID, _) = answer else { return nil }
        return requestID
    }

    @Test func aBatchIsAcceptedAndThenConfirmed() async throws {
        try await Bench.with { bench async throws in
            bench.double.change { $0.verdictDelayMs = 1000 }
            let answer = await bench.client.ingest(Bench.batch(["S1.1", "S1.2"]))
            let id = try #require(accepted(answer))
            #expect(await bench.client.status(of: id) == .processing)
            bench.clock.advance(by: .seconds(1))
            #expect(await bench.client.status(of: id) == .final(BatchOutcome(.success, records: 2)))
            let found = try #require(
                bench.double.conversion(
                    account: "1234567890", action: "987654321", transactionID: "S1.1"))
            #expect(found.values.map(\.micros) == [12_500_000])
            #expect(found.click == "gclid:EAIaIQobChMIsample")
        }
    }

    @Test func validatingIsAcceptedAndNothingElse() async throws {
        try await Bench.with { bench async throws in
            let answer = await bench.client.ingest(Bench.batch(["1"], validateOnly: true))
            let id = try #require(accepted(answer))
            #expect(bench.double.conversions.isEmpty)
            let status = await bench.client.status(of: id)
            #expect(status == .gone(code: "INVALID_REQUEST_ID", httpStatus: 400))
        }
    }

    @Test(arguments: [true, false]) func aPartlyFailedBatchTellsCounts(named: Bool) async throws {
        try await Bench.with { bench async throws in
            bench.double.change { $0.recordIndices = named }
            var batch = Bench.batch(["1", "2", "3"])
            batch.uploads[1].click = PlatformClick(.gclid, "EAIaIQ")
            batch.uploads[2].click = PlatformClick(.wbraid, "EAIaIQ")
            let id = try #require(accepted(await bench.client.ingest(batch)))
            let errors: [BatchOutcome.Count] = [
                .init(
                    code: "PROCESSING_ERROR_REASON_INVALID_GCLID", records: 1,
                    uploads: named ? [1] : nil),
                .init(
                    code: "PROCESSING_ERROR_REASON_INVALID_WBRAID", records: 1,
                    uploads: named ? [2] : nil),
            ]
            #expect(
                await bench.client.status(of: id)
                    == .final(BatchOutcome(.partial, errors: errors, records: 3)))
        }
    }

    @Test func oneBadUploadRefusesAllAndIsNamed() async throws {
        try await Bench.with { bench async throws in
            var batch = Bench.batch(["1", "2"])
            batch.uploads[1].user = PlatformUser(emailSHA256: "zz")
            guard case .refused(let refusal) = await bench.client.ingest(batch) else {
                Issue.record("not refused")
                return
            }
            #expect(refusal.code == "INVALID_HEX_ENCODING" && refusal.httpStatus == 400)
            #expect(refusal.codesByUpload == [1: "INVALID_HEX_ENCODING"])
            #expect(refusal.requestID?.isEmpty == false)
            #expect(bench.double.conversions.isEmpty)
            bench.double.change { $0.fieldIndices = false }
            guard case .refused(let silent) = await bench.client.ingest(batch) else {
                Issue.record("not refused")
                return
            }
            #expect(silent.code == "INVALID_HEX_ENCODING" && silent.codesByUpload.isEmpty)
        }
    }

    @Test(arguments: [
        (
            DoubleFault.throttled,
            PlatformTrouble.throttled(
                code: "RESOURCE_EXHAUSTED", httpStatus: 429, retryAfter: .seconds(1))
        ),
        (.internal, .uncertain(code: "INTERNAL_ERROR", httpStatus: 500, retryAfter: nil)),
        (.unavailable, .uncertain(code: "UNAVAILABLE", httpStatus: 503, retryAfter: nil)),
        (.failedAfterCommit, .uncertain(code: "INTERNAL_ERROR", httpStatus: 500, retryAfter: nil)),
        (.garbled, .uncertain(code: "ANSWER_UNREADABLE", httpStatus: 200, retryAfter: nil)),
    ])
    func troubleIsNoVerdict(fault: DoubleFault, trouble: PlatformTrouble) async throws {
        try await Bench.with { bench async throws in
            bench.double.change {
                $0.faults = [
                    .ingest: FaultScript(next: [fault]), .status: FaultScript(next: [fault]),
                ]
            }
            let batch = Bench.batch(["1"])
            #expect(await bench.client.ingest(batch) == .trouble(trouble))
            let id = try #require(accepted(await bench.client.ingest(batch)))
            #expect(bench.double.conversions.map(\.valueCount) == [1])
            #expect(await bench.client.status(of: id) == .trouble(trouble))
            #expect(await bench.client.status(of: id) == .final(BatchOutcome(.success, records: 1)))
        }
    }

    @Test(arguments: [DoubleFault.reset, .answeredButLost, .lostBeforeCommit])
    func aLostAnswerIsUncertain(fault: DoubleFault) async throws {
        try await Bench.with { bench async throws in
            let batch = Bench.batch(["1"])
            // A connection is kept now, and what breaks off on it must not be repeated in silence.
            #expect(accepted(await bench.client.ingest(Bench.batch(["0"]))) != nil)
            bench.double.change { $0.faults = [.ingest: FaultScript(next: [fault, .throttled])] }
            #expect(
                await bench.client.ingest(batch)
                    == .trouble(
                        .uncertain(code: "CONNECTION_RESET", httpStatus: nil, retryAfter: nil)))
            #expect(bench.requests(.ingest) == 2)
            bench.double.change { $0.faults = [:] }
            #expect(accepted(await bench.client.ingest(batch)) != nil)
            #expect(bench.double.conversions.map(\.valueCount) == [1, 1])
        }
    }

    @Test func aWrongActionIsAboutTheDestination() async throws {
        try await Bench.with { bench async throws in
            bench.double.change { $0.actions = ["987654321": "INVALID_CONVERSION_ACTION_ID"] }
            guard case .refused(let refusal) = await bench.client.ingest(Bench.batch(["1"])) else {
                Issue.record("not refused")
                return
            }
            #expect(refusal.codesByUpload.isEmpty)
            #expect(GoogleVerdicts.table.verdict(of: refusal.code).concernsAll)
            bench.double.change { $0.actions = ["987654321": "PERMISSION_DENIED"] }
            #expect(
                await bench.client.ingest(Bench.batch(["1"]))
                    == .trouble(.credential(code: "PERMISSION_DENIED", httpStatus: 403)))
        }
    }

    @Test func whereNobodyListensNothingLeft() async throws {
        try await Bench.with { bench async throws in
            // Port 1: a port that was free a moment ago may be another test's by now.
            let nowhere = try #require(Origin("http://127.0.0.1:1"))
            let client = DataManagerClient(nowhere, tokens: bench.tokens, client: Client())
            #expect(
                await client.ingest(Bench.batch(["1"]))
                    == .trouble(
                        .unreached(code: "CONNECTION_REFUSED", httpStatus: nil, retryAfter: nil)))
        }
    }

    @Test func theSameBatchMakesTheSameBytes() async throws {
        try await Bench.with { bench async throws in
            let batch = Bench.batch((0..<100).map(String.init))
            #expect(bench.client.preview(batch) == bench.client.preview(batch))
            #expect(bench.client.uploadsMax == 2000)
            #expect(bench.client.preflight(batch.uploads[0]) == nil)
        }
    }

    @Test func takesTwoThousandAtOnce() async throws {
        try await Bench.with { bench async throws in
            let answer = await bench.client.ingest(Bench.batch((0..<2000).map { "S1.\($0)" }))
            #expect(accepted(answer) != nil)
            #expect(bench.double.conversions.count == 2000)
        }
    }
}

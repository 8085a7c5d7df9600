import HTTP
import TestSupport
import Testing

@testable import Destinations

/// Goal: no damage turns a no into a yes, and nothing foreign comes through. Method: real answers with
/// bytes changed, cut and repeated at random; a failure prints the seed.
@Suite struct DamagedAnswerTests {
    private static let answers: [(status: Int, body: String)] = [
        (
            400,
            #"{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":["#
                + #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_ARGUMENT"},"#
                + #"{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":["#
                + #"{"field":"events[1].currency","description":"d","reason":"INVALID_CURRENCY_CODE"}]}]}}"#
        ),
        (
            200,
            #"{"requestStatusPerDestination":[{"requestStatus":"PARTIAL_SUCCESS","errorInfo":{"errorCounts":["#
                + #"{"reason":"PROCESSING_ERROR_REASON_INVALID_GCLID","recordCount":"1","recordIndices":["1"]}]},"#
                + #""eventsIngestionStatus":{"recordCount":"2"}}]}"#
        ),
        (503, #"{"error":{"code":503,"status":"UNAVAILABLE","details":[]}}"#),
        (401, #"{"error":"invalid_client"}"#),
    ]

    private let batch = PlatformBatch(
        to: EventBodyTests.address, ["1", "2"].map { EventBodyTests.upload($0) })

    @Test func damageIsNeverAYes() {
        var random = SeededRandom(seed: .random(in: 0 ... .max))
        for _ in 0..<20_000 {
            let answer = Self.answers.randomElement(using: &random) ?? Self.answers[0]
            let response = Response(
                answer.status, body: damaged(Array(answer.body.utf8), &random))
            let ingest = AnswerReading.ingest(response, to: batch)
            if case .accepted = ingest { Issue.record("a yes; seed \(random.seed)") }
            if case .refused(let refusal) = ingest {
                let isWithin = refusal.codesByUpload.keys.allSatisfy { (0..<2).contains($0) }
                #expect(isWithin && isCode(refusal.code), "seed \(random.seed)")
            }
            if case .final(let outcome) = AnswerReading.status(response) {
                let isRight =
                    response.status == 200 && outcome.errors.allSatisfy { isCode($0.code) }
                #expect(isRight, "seed \(random.seed)")
            }
            if case .success = TokenAnswer.read(response) {
                Issue.record("a token; seed \(random.seed)")
            }
        }
    }

    private func isCode(_ text: String) -> Bool { PlatformCode.clean(text) == text }

    private func damaged(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0 ... .max, using: &random)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + 5))
            case 2: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
            default:
                bytes[place] = Array("0123456789\"[]{},:".utf8).randomElement(using: &random) ?? 0
            }
        }
        return bytes
    }
}

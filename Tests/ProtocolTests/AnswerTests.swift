import Crypto
import Testing
import Time

@testable import ConveyProtocol

/// Goal: receipts and problems survive the wire, and a receipt that does not add up is none.
/// Method: write, read, compare; alter single members.
@Suite struct AnswerTests {
    static let chain = SHA256Digest(of: [1])
    static let time = Timestamp(rfc3339: "2026-03-01T12:00:00.000Z")!
    static let place = ProtocolProblem.LedgerPlace(
        epoch: BatchTests.epoch, lane: .pageview, expectedSeq: 41, chain: chain)

    static func receipt() -> Receipt {
        let header = BatchHeader(
            collector: BatchTests.collector, epoch: BatchTests.epoch, parent: nil,
            coverage: BatchHeader.Coverage(
                lane: .conversion, numbers: 3...9, next: 3,
                gaps: [Gap(first: 4, last: 5, reason: .damaged)!], chain: (chain, chain)),
            standing: BatchTests.standing)
        var receipt = Receipt(
            for: header,
            position: Receipt.Position(expectedSeq: 10, chain: chain, chainMatches: true),
            advice: Receipt.Advice(settings: 3, pace: 20_000, time: time))
        receipt.accepted = 3
        receipt.duplicate = 1
        receipt.gaps = 2
        receipt.rejected = [
            Receipt.Rejection(
                seq: 7, fault: EventFault(.invalidValue, at: "/value/amount"), id: EventID("e-7"))
        ]
        receipt.totals.accepted = 5
        return receipt
    }

    @Test func aReceiptSurvivesTheWire() throws {
        let receipt = Self.receipt()
        #expect(receipt.isBalanced)
        #expect(try Receipt(json: receipt.json) == receipt)
    }

    @Test(arguments: [
        ("\"accepted\":3", "\"accepted\":4"),
        ("\"gaps\":2,\"replayed\"", "\"gaps\":1,\"replayed\""),
        ("\"duplicate\":1", "\"duplicate\":-1"), ("\"chain_matches\":true", "\"chain_matches\":1"),
        ("\"expected_seq\":10", "\"expected_seq\":0"), ("\"lane\"", "\"line\""),
        ("12:00:00.000Z", "12:00:00Z"),
    ])
    func aReceiptThatDoesNotAddUpIsNone(_ old: String, _ new: String) {
        let text = String(decoding: Self.receipt().json, as: UTF8.self)
        #expect(text.contains(old))
        #expect(throws: AnswerRefusal.self) {
            try Receipt(json: Array(text.replacing(old, with: new, maxReplacements: 1).utf8))
        }
    }

    @Test(arguments: [
        ProtocolProblem.framing(.seq, line: 3), .framing(.zstd, line: nil),
        .malformed(pointer: "/token_id", code: "invalid_value"), .signatureMissing,
        .signatureCoverage, .signatureInvalid, .digestMismatch, .signatureTime, .authorityUnknown,
        .keyUnknown, .tokenInvalid, .keyRevoked, .collectorMismatch, .ledgerBehind(place),
        .ledgerFork(place, seq: 12), .tooLarge(.standard), .encoding, .mediaType, .schema,
        .slowDown(retryAfter: .seconds(7)), .unavailable(retryAfter: .seconds(0)), .internal,
    ])
    func aProblemSurvivesTheWire(_ problem: ProtocolProblem) throws {
        let body = ProblemBody(problem, requestID: "r-1", time: Self.time)
        #expect(try ProblemBody(json: body.json, status: problem.status) == body)
    }

    @Test func anUnknownProblemIsJudgedByItsStatus() throws {
        let text = String(
            decoding: ProblemBody(.internal, requestID: "r", time: Self.time).json, as: UTF8.self)
        let later = text.replacing("problem:internal", with: "problem:moon-phase")
        #expect(try ProblemBody(json: Array(later.utf8), status: 500).remedy == .backOff)
        let other = later.replacing("\"status\":500", with: "\"status\":418")
        let body = try ProblemBody(json: Array(other.utf8), status: 418)
        #expect(body.problem == nil)
        #expect(body.remedy == .keepAndAlert)
    }

    @Test func aProblemWhoseStatusIsAnotherIsNone() {
        let json = ProblemBody(.keyUnknown, requestID: "r", time: Self.time).json
        #expect(throws: AnswerRefusal.wrongMember("status")) {
            try ProblemBody(json: json, status: 200)
        }
    }
}

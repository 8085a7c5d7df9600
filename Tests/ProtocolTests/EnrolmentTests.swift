import Crypto
import Testing
import Time

@testable import ConveyProtocol

/// Goal: a token enrols the keys it was meant for and no others. Method: both sides' values by hand.
@Suite struct EnrolmentTests {
    let aggregator = SigningKey(from: RandomBytes())
    let collector = SigningKey(from: RandomBytes())
    let box = BoxKey(from: RandomBytes())

    var token: EnrolmentToken {
        EnrolmentToken(aggregator: aggregator.verifyingKey, random: ValueTests.Zeros())
    }

    var request: EnrolmentRequest {
        EnrolmentRequest(
            token: token, signingKey: collector.verifyingKey, boxKey: box.publicKey,
            shipper: "test/1", sentAt: AnswerTests.time)
    }

    @Test func aTokenSurvivesItsLine() throws {
        #expect(EnrolmentToken(token.text) == token)
        #expect(token.text.hasPrefix("convey1."))
        #expect(token.fingerprint == aggregator.verifyingKey.fingerprint)
        let text = token.text
        for wrong in ["", String(text.dropLast()), text + "0", text.replacing("y1", with: "y2")] {
            #expect(EnrolmentToken(wrong) == nil)
        }
    }

    @Test func theRequestNeverCarriesTheSecret() throws {
        let json = String(decoding: request.json, as: UTF8.self)
        let secret = token.text.split(separator: ".")[1]
        #expect(!json.contains(secret))
        #expect(try EnrolmentRequest(json: request.json) == request)
    }

    @Test func aProofHoldsForItsOwnKeysOnly() {
        #expect(request.isProved(by: token.verifier))
        let thief = SigningKey(from: RandomBytes())
        let stolen = String(decoding: request.json, as: UTF8.self).replacing(
            collector.verifyingKey.base64URL, with: thief.verifyingKey.base64URL)
        #expect(throws: Never.self) {
            let altered = try EnrolmentRequest(json: Array(stolen.utf8))
            #expect(!altered.isProved(by: token.verifier))
        }
    }

    @Test func namesTheMemberThatIsWrong() {
        let text = String(decoding: request.json, as: UTF8.self)
        let problem = ProtocolProblem.malformed(pointer: "/box_key", code: "invalid_value")
        #expect(throws: problem) {
            try EnrolmentRequest(json: Array(text.replacing("box_key", with: "boxkey").utf8))
        }
        #expect(throws: ProtocolProblem.malformed(pointer: "", code: "invalid_json")) {
            try EnrolmentRequest(json: Array("{".utf8))
        }
    }

    @Test func anAnswerSurvivesTheWire() throws {
        let answer = EnrolmentAnswer(
            collector: BatchTests.collector, aggregatorKey: aggregator.verifyingKey,
            authority: "-----BEGIN CERTIFICATE-----\n…\n", settings: 1, time: AnswerTests.time)
        #expect(try EnrolmentAnswer(json: answer.json) == answer)
    }
}
